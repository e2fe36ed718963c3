//! The loop that owns all live executions.
//!
//! Each turn takes what has happened meanwhile, applies it, journals all of it in one commit, and only then
//! starts what follows. While the commit runs, more happens, which is the next turn's group.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use ackflow_asl::StateMachine;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{
    Answered, Observation, Settings,
    pool::{Ended, Pool},
    whole_millis,
};
use crate::{
    Clock, Effect, Execution, Journal, JournalError, Outcome, Signal, Tasks,
    journal::{Record, Recorded},
};

/// What others ask of the driver.
#[derive(Debug)]
pub(super) enum Message {
    LookForNew,
    LookForRedriven,
    /// Somebody answers with the token of one of an execution's tasks.
    Answer(Answer),
    Drain,
}

/// A signal from outside, and who waits to hear whether it was taken.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) execution: i64,
    pub(super) signal: Signal,
    /// Told once that is settled.
    pub(super) tell: oneshot::Sender<Answered>,
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

/// What a driver works with.
pub(super) struct Parts {
    pub(super) journal: Journal,
    /// What this engine is known by to the journal.
    pub(super) engine: u64,
    pub(super) tasks: Arc<dyn Tasks>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: Settings,
    pub(super) observer: Option<mpsc::UnboundedSender<Observation>>,
    pub(super) inbox: mpsc::UnboundedReceiver<Message>,
}

pub(super) struct Driver {
    parts: Parts,
    machines: HashMap<String, Arc<StateMachine>>,
    live: HashMap<i64, Live>,
    /// The executions that have tasks, running or queued.
    active: usize,
    timers: BTreeSet<(Timestamp, i64)>,
    pool: Pool,
    /// The newest execution that was taken into memory.
    cursor: i64,
    /// Whether the journal may hold newer ones.
    more: bool,
    /// Whether older ones may have been redriven.
    redriven: bool,
    /// Answers to be applied.
    answers: Vec<Answer>,
    draining: bool,
}

/// What woke the driver.
enum Wake {
    Message(Option<Message>),
    Tasks(Vec<Ended>),
    Timer,
}

impl Driver {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            pool: Pool::new(Arc::clone(&parts.tasks), parts.settings.max_running_tasks),
            parts,
            machines: HashMap::new(),
            live: HashMap::new(),
            active: 0,
            timers: BTreeSet::new(),
            cursor: 0,
            more: true,
            redriven: false,
            answers: Vec::new(),
            draining: false,
        }
    }

    /// Runs until it is drained, or until the journal fails: then nothing more may happen.
    pub(super) async fn run(mut self) -> Result<(), JournalError> {
        loop {
            self.admit().await?;
            // Before any task starts: it may have run out of time while the process was down.
            let due = self.due_timers();
            self.apply(due).await?;
            if !self.draining {
                self.pool.start_queued();
            } else if !self.pool.is_running() {
                return Ok(());
            }
            let wake = self.wait().await;
            let signals = self.gather(wake);
            self.apply(signals).await?;
            self.take_answers().await?;
        }
    }

    async fn wait(&mut self) -> Wake {
        let due = if self.draining { None } else { self.timers.first().map(|(due, _)| *due) };
        let busy = self.pool.is_busy();
        tokio::select! {
            // While it drains too: a task that is to come to its end may have an answer to give.
            message = self.parts.inbox.recv(), if !self.parts.inbox.is_closed() => Wake::Message(message),
            Some(ended) = self.pool.next() => Wake::Tasks(ended),
            () = wait_for(&*self.parts.clock, due, busy), if due.is_some() => Wake::Timer,
        }
    }

    /// Every task that has ended by now, as signals. Takes all messages too.
    fn gather(&mut self, wake: Wake) -> Vec<(i64, Signal)> {
        let mut ended = Vec::new();
        match wake {
            Wake::Message(message) => self.take(message),
            Wake::Tasks(tasks) => ended = tasks,
            Wake::Timer => {}
        }
        // When nobody is there to send any more, the next wait says so.
        while let Ok(message) = self.parts.inbox.try_recv() {
            self.take(Some(message));
        }
        ended.extend(self.pool.ended());
        for (execution, _) in &ended {
            self.task_gone(*execution);
        }
        ended
    }

    fn take(&mut self, message: Option<Message>) {
        match message {
            None | Some(Message::Drain) => self.draining = true,
            Some(Message::LookForNew) => self.more = true,
            Some(Message::LookForRedriven) => self.redriven = true,
            Some(Message::Answer(answer)) => self.answers.push(answer),
        }
    }

    /// Applies the answers that have come, each by itself: of two with one token the first is taken.
    async fn take_answers(&mut self) -> Result<(), JournalError> {
        for Answer { execution, signal, tell } in std::mem::take(&mut self.answers) {
            self.bring_up(execution).await?;
            let is_awaited = self.live.get(&execution).is_some_and(|live| live.execution.awaits(&signal));
            let is_taken = is_awaited && self.apply(vec![(execution, signal)]).await?;
            // Who answered may have gone away.
            let _ = tell.send(if is_taken { Answered::Taken } else { Answered::NotAwaited });
        }
        Ok(())
    }

    /// Has an execution in memory that still waits for its turn to be taken there.
    async fn bring_up(&mut self, execution: i64) -> Result<(), JournalError> {
        if execution > self.cursor && !self.live.contains_key(&execution) {
            let next = self.parts.journal.running(execution - 1, 1).await?;
            for recorded in next.into_iter().filter(|recorded| recorded.row.id == execution) {
                self.take_up(recorded).await?;
            }
        }
        Ok(())
    }

    fn due_timers(&self) -> Vec<(i64, Signal)> {
        if self.draining {
            return Vec::new();
        }
        let now = self.parts.clock.now();
        self.timers
            .iter()
            .take_while(|(due, _)| *due <= now)
            .map(|(_, id)| (*id, Signal::TimersDue))
            .collect()
    }

    /// Applies signals, journals them, then does what follows. Says whether any changed something.
    async fn apply(&mut self, signals: Vec<(i64, Signal)>) -> Result<bool, JournalError> {
        let now = whole_millis(self.parts.clock.now());
        let mut records = Vec::new();
        let mut pending = Vec::new();
        for (id, signal) in signals {
            let Some(live) = self.live.get_mut(&id) else { continue };
            if let Some(effects) = live.execution.apply(&signal, now) {
                records.push(Record::of(id, Some(signal), now, &live.execution));
                pending.push((id, effects));
            }
        }
        if records.is_empty() {
            return Ok(false);
        }
        self.parts.journal.append(self.parts.engine, records).await?;
        // Several signals can be about one execution: it may be forgotten only after the effects of all.
        let changed: Vec<i64> = pending.iter().map(|(id, _)| *id).collect();
        for (id, effects) in pending {
            self.act(id, effects);
        }
        for id in changed {
            self.tell(id);
            self.settle(id);
        }
        Ok(true)
    }

    /// Acts on what is now durable.
    fn act(&mut self, id: i64, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Run(call) => {
                    self.task_added(id);
                    self.pool.queue((id, call.task), call);
                }
                Effect::Cancel { task } => {
                    if self.pool.cancel((id, task)) {
                        self.task_gone(id);
                    }
                }
            }
        }
    }

    fn task_added(&mut self, id: i64) {
        if let Some(live) = self.live.get_mut(&id) {
            live.tasks += 1;
            if live.tasks == 1 {
                self.active += 1;
            }
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
        if let Some(observer) = self.parts.observer.as_ref().filter(|_| !events.is_empty()) {
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
        let Some(outcome) = live.execution.outcome() else { return };
        debug_assert_eq!(live.tasks, 0, "an execution that has ended waits for no task");
        match outcome {
            Outcome::Succeeded { .. } => {}
            Outcome::Failed { error, cause } => {
                tracing::error!(flow = live.flow, name = live.name, error, cause, "an execution failed");
            }
            Outcome::TimedOut => {
                tracing::error!(flow = live.flow, name = live.name, "an execution timed out");
            }
        }
        self.live.remove(&id);
    }

    /// Takes executions from the journal into memory while there is room.
    async fn admit(&mut self) -> Result<(), JournalError> {
        if self.draining {
            return Ok(());
        }
        if std::mem::take(&mut self.redriven) {
            self.take_up_redriven().await?;
        }
        while self.more && self.active < self.parts.settings.max_active_executions {
            let room = self.parts.settings.max_active_executions - self.active;
            let found = self.parts.journal.running(self.cursor, room).await?;
            self.more = found.len() == room;
            for recorded in found {
                self.cursor = self.cursor.max(recorded.row.id);
                // An answer may have had it taken up before its turn.
                if !self.live.contains_key(&recorded.row.id) {
                    self.take_up(recorded).await?;
                }
            }
        }
        Ok(())
    }

    async fn take_up_redriven(&mut self) -> Result<(), JournalError> {
        for recorded in self.parts.journal.take_redriven().await? {
            if recorded.row.id > self.cursor {
                self.more = true;
            } else if !self.live.contains_key(&recorded.row.id) {
                self.take_up(recorded).await?;
            }
        }
        Ok(())
    }

    /// Rebuilds an execution and goes on with it.
    async fn take_up(&mut self, recorded: Recorded) -> Result<(), JournalError> {
        match self.rebuild(&recorded).await {
            Ok((execution, at)) => self.go_on(recorded, execution, at).await,
            // The others go on; this one stays as it is in the journal, for a version that can read it.
            Err(error @ JournalError::Unreadable { .. }) => {
                tracing::error!(%error, "an execution can't go on");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The execution as it was when it was last heard of, and when that was.
    async fn rebuild(&mut self, recorded: &Recorded) -> Result<(Execution, Timestamp), JournalError> {
        let machine = self.machine(&recorded.row.machine).await?;
        let signals = recorded.signals()?;
        let mut last = recorded.row.start.at;
        let (mut execution, _) = Execution::start(machine, recorded.row.start.clone());
        for (at, signal) in signals {
            // Told when it happened.
            execution.take_history();
            execution.apply(&signal, at);
            last = at;
        }
        Ok((execution, last))
    }

    async fn go_on(
        &mut self,
        recorded: Recorded,
        execution: Execution,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let id = recorded.row.id;
        if execution.outcome().is_some() {
            let record = Record::of(id, None, at, &execution);
            self.parts.journal.append(self.parts.engine, vec![record]).await?;
        }
        let calls = execution.running_tasks();
        let (flow, name) = (recorded.row.start.flow, recorded.row.start.name);
        self.live.insert(id, Live { flow, name, execution, due: None, tasks: 0 });
        self.act(id, calls.into_iter().map(Effect::Run).collect());
        self.tell(id);
        self.settle(id);
        Ok(())
    }

    async fn machine(&mut self, digest: &str) -> Result<Arc<StateMachine>, JournalError> {
        if let Some(machine) = self.machines.get(digest) {
            return Ok(Arc::clone(machine));
        }
        let machine = Arc::new(self.parts.journal.machine(digest).await?);
        self.machines.insert(digest.to_owned(), Arc::clone(&machine));
        Ok(machine)
    }
}

async fn wait_for(clock: &dyn Clock, due: Option<Timestamp>, busy: bool) {
    if let Some(due) = due {
        clock.sleep_until(due, busy).await;
    }
}
