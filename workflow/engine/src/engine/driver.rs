//! The loop that owns all live executions.
//!
//! Each turn takes what has happened meanwhile, applies it, journals all of it in one commit, and only then
//! starts what follows. While the commit runs, more happens, which is the next turn's group.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use ackflow_asl::StateMachine;
use jiff::Timestamp;
use serde_json::Value;
use tokio::{
    sync::mpsc,
    task::{AbortHandle, Id, JoinError, JoinSet},
};

use super::{Observation, Settings, whole_millis};
use crate::{
    Clock, Effect, Execution, ExecutionRow, Journal, JournalError, Signal, TaskCall, TaskError, Tasks,
    journal::{Pending, Record},
};

/// What others ask of the driver.
#[derive(Debug)]
pub(super) enum Message {
    LookForNew,
    LookForRedriven,
    Drain,
}

/// An execution in memory.
struct Live {
    flow: String,
    name: String,
    execution: Execution,
    due: Option<Timestamp>,
    /// How many of its tasks run or are about to.
    tasks: usize,
}

type TaskResult = Result<Value, TaskError>;

pub(super) struct Driver {
    journal: Journal,
    tasks: Arc<dyn Tasks>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    observer: Option<mpsc::UnboundedSender<Observation>>,
    inbox: mpsc::UnboundedReceiver<Message>,
    machines: HashMap<String, Arc<StateMachine>>,
    live: HashMap<i64, Live>,
    /// The executions that have tasks, running or queued.
    active: usize,
    timers: BTreeSet<(Timestamp, i64)>,
    queued: VecDeque<(i64, TaskCall)>,
    running: JoinSet<TaskResult>,
    /// Which task of which execution a running future is.
    task_of: HashMap<Id, (i64, u64)>,
    handles: HashMap<(i64, u64), AbortHandle>,
    /// The newest execution that was taken into memory.
    cursor: i64,
    /// Whether the journal may hold newer ones.
    more: bool,
    draining: bool,
}

/// What woke the driver.
enum Wake {
    Message(Option<Message>),
    Task(Result<(Id, TaskResult), JoinError>),
    Timer,
}

impl Driver {
    pub(super) fn new(
        journal: Journal,
        tasks: Arc<dyn Tasks>,
        clock: Arc<dyn Clock>,
        settings: Settings,
        observer: Option<mpsc::UnboundedSender<Observation>>,
        inbox: mpsc::UnboundedReceiver<Message>,
    ) -> Self {
        Self {
            journal,
            tasks,
            clock,
            settings,
            observer,
            inbox,
            machines: HashMap::new(),
            live: HashMap::new(),
            active: 0,
            timers: BTreeSet::new(),
            queued: VecDeque::new(),
            running: JoinSet::new(),
            task_of: HashMap::new(),
            handles: HashMap::new(),
            cursor: 0,
            more: true,
            draining: false,
        }
    }

    /// Runs until it is drained, or until the journal fails: then nothing more may happen.
    pub(super) async fn run(mut self) -> Result<(), JournalError> {
        loop {
            self.admit().await?;
            self.start_queued();
            if self.draining && self.running.is_empty() {
                return Ok(());
            }
            let wake = self.wait().await;
            let signals = self.gather(wake).await?;
            self.apply(signals).await?;
        }
    }

    async fn wait(&mut self) -> Wake {
        let due = if self.draining { None } else { self.timers.first().map(|(due, _)| *due) };
        let busy = !self.running.is_empty() || !self.queued.is_empty();
        tokio::select! {
            message = self.inbox.recv(), if !self.draining => Wake::Message(message),
            Some(ended) = self.running.join_next_with_id() => Wake::Task(ended),
            () = wait_for(&*self.clock, due, busy), if due.is_some() => Wake::Timer,
        }
    }

    /// Everything that has happened by now, as signals.
    async fn gather(&mut self, wake: Wake) -> Result<Vec<(i64, Signal)>, JournalError> {
        let mut signals = Vec::new();
        match wake {
            Wake::Message(None | Some(Message::Drain)) => self.draining = true,
            Wake::Message(Some(Message::LookForNew)) => self.more = true,
            Wake::Message(Some(Message::LookForRedriven)) => self.take_up_redriven().await?,
            Wake::Task(ended) => signals.extend(self.task_signal(ended)),
            Wake::Timer => signals.extend(self.due_timers()),
        }
        while let Some(ended) = self.running.try_join_next_with_id() {
            signals.extend(self.task_signal(ended));
        }
        Ok(signals)
    }

    fn due_timers(&mut self) -> Vec<(i64, Signal)> {
        let now = self.clock.now();
        self.timers
            .iter()
            .take_while(|(due, _)| *due <= now)
            .map(|(_, id)| (*id, Signal::TimersDue))
            .collect()
    }

    fn task_signal(&mut self, ended: Result<(Id, TaskResult), JoinError>) -> Option<(i64, Signal)> {
        let (id, result) = match ended {
            Ok((id, result)) => (id, result),
            Err(error) => (error.id(), Err(crashed(&error)?)),
        };
        let (execution, task) = self.task_of.remove(&id)?;
        self.handles.remove(&(execution, task));
        self.task_gone(execution);
        let signal = match result {
            Ok(output) => Signal::TaskSucceeded { task, output },
            Err(TaskError { error, cause }) => Signal::TaskFailed { task, error, cause },
        };
        Some((execution, signal))
    }

    /// Applies signals, journals them, then does what follows.
    async fn apply(&mut self, signals: Vec<(i64, Signal)>) -> Result<(), JournalError> {
        let now = whole_millis(self.clock.now());
        let mut records = Vec::new();
        let mut pending: Vec<Pending> = Vec::new();
        for (id, signal) in signals {
            let Some(live) = self.live.get_mut(&id) else { continue };
            if let Some(effects) = live.execution.apply(&signal, now) {
                records.push(Record::of(id, Some(signal), now, &live.execution));
                pending.push((id, effects));
            }
        }
        if !records.is_empty() {
            self.journal.append(records).await?;
        }
        for (id, effects) in pending {
            self.act(id, effects);
        }
        Ok(())
    }

    /// Acts on what is now durable.
    fn act(&mut self, id: i64, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Run(call) => self.queue(id, call),
                Effect::Cancel { task } => self.cancel(id, task),
            }
        }
        self.tell(id);
        self.settle(id);
    }

    fn queue(&mut self, id: i64, call: TaskCall) {
        let Some(live) = self.live.get_mut(&id) else { return };
        live.tasks += 1;
        if live.tasks == 1 {
            self.active += 1;
        }
        self.queued.push_back((id, call));
    }

    fn cancel(&mut self, id: i64, task: u64) {
        if let Some(handle) = self.handles.remove(&(id, task)) {
            self.task_of.remove(&handle.id());
            handle.abort();
            self.task_gone(id);
        } else if let Some(index) = self.queued.iter().position(|(at, call)| (*at, call.task) == (id, task)) {
            self.queued.remove(index);
            self.task_gone(id);
        }
    }

    fn task_gone(&mut self, id: i64) {
        if let Some(live) = self.live.get_mut(&id) {
            live.tasks -= 1;
            if live.tasks == 0 {
                self.active -= 1;
            }
        }
    }

    /// Tells the observer of new events.
    fn tell(&mut self, id: i64) {
        let Some(live) = self.live.get_mut(&id) else { return };
        let events = live.execution.take_history();
        if let Some(observer) = &self.observer {
            let (flow, name) = (live.flow.clone(), live.name.clone());
            let _ = observer.send(Observation { flow, name, events });
        }
    }

    /// Keeps the execution's timer up to date, and forgets an execution that has ended.
    fn settle(&mut self, id: i64) {
        let Some(live) = self.live.get_mut(&id) else { return };
        let due = live.execution.next_due();
        if due != live.due {
            live.due.map(|before| self.timers.remove(&(before, id)));
            due.map(|next| self.timers.insert((next, id)));
            live.due = due;
        }
        if live.execution.outcome().is_some() {
            self.live.remove(&id);
        }
    }

    fn start_queued(&mut self) {
        while !self.draining && self.running.len() < self.settings.max_running_tasks {
            let Some((id, call)) = self.queued.pop_front() else { return };
            let key = (id, call.task);
            let tasks = Arc::clone(&self.tasks);
            let handle = self.running.spawn(async move { tasks.run(call).await });
            self.task_of.insert(handle.id(), key);
            self.handles.insert(key, handle);
        }
    }

    /// Takes executions from the journal into memory while there is room.
    async fn admit(&mut self) -> Result<(), JournalError> {
        while self.more && !self.draining && self.active < self.settings.max_active_executions {
            let room = self.settings.max_active_executions - self.active;
            let rows = self.journal.running(self.cursor, room).await?;
            self.more = rows.len() == room;
            for row in rows {
                self.cursor = self.cursor.max(row.id);
                self.take_up(row).await?;
            }
        }
        Ok(())
    }

    async fn take_up_redriven(&mut self) -> Result<(), JournalError> {
        for row in self.journal.take_redriven().await? {
            if row.id <= self.cursor && !self.live.contains_key(&row.id) {
                self.take_up(row).await?;
            }
        }
        Ok(())
    }

    /// Rebuilds an execution and goes on with it.
    async fn take_up(&mut self, row: ExecutionRow) -> Result<(), JournalError> {
        let machine = self.machine(&row.machine).await?;
        let signals = self.journal.signals(&row).await?;
        let (id, flow, name) = (row.id, row.start.flow.clone(), row.start.name.clone());
        let at = row.start.at;
        let (mut execution, _) = Execution::start(machine, row.start);
        for (at, signal) in &signals {
            // Told when it happened.
            execution.take_history();
            execution.apply(signal, *at);
        }
        let ended_at_once = execution.outcome().is_some();
        let record = Record::of(id, None, at, &execution);
        let calls = execution.running_tasks();
        self.live.insert(id, Live { flow, name, execution, due: None, tasks: 0 });
        if ended_at_once {
            self.journal.append(vec![record]).await?;
        }
        self.act(id, calls.into_iter().map(Effect::Run).collect());
        Ok(())
    }

    async fn machine(&mut self, digest: &str) -> Result<Arc<StateMachine>, JournalError> {
        if let Some(machine) = self.machines.get(digest) {
            return Ok(Arc::clone(machine));
        }
        let machine = Arc::new(self.journal.machine(digest).await?);
        self.machines.insert(digest.to_owned(), Arc::clone(&machine));
        Ok(machine)
    }
}

/// A task that panicked; `None` for one that was cancelled.
fn crashed(error: &JoinError) -> Option<TaskError> {
    // The name that Step Functions gives when a function's process dies.
    let cause = || "The step crashed. Its log says more.".to_owned();
    error.is_panic().then(|| TaskError { error: "Lambda.Unknown".to_owned(), cause: cause() })
}

async fn wait_for(clock: &dyn Clock, due: Option<Timestamp>, busy: bool) {
    if let Some(due) = due {
        clock.sleep_until(due, busy).await;
    }
}
