//! The loop that owns all live executions.
//!
//! Each turn takes what has happened meanwhile, applies it, journals all of it in one commit, and only then
//! starts what follows. While the commit runs, more happens, which is the next turn's group.

mod children;

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use ackflow_asl::StateMachine;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{
    Answered, Observation, Settings,
    activities::{Activities, ActivityTask, Ask},
    live::Live,
    nested::{Nested, starts_execution},
    pool::{Ended, Pool, TaskKey},
    whole_millis,
};
use crate::{
    Clock, Effect, Execution, Journal, JournalError, Outcome, Signal, Tasks,
    journal::{Record, Recorded, Standing},
};

/// What others ask of the driver.
#[derive(Debug)]
pub(super) enum Message {
    LookForNew,
    LookForRedriven,
    LookForStopped,
    /// Somebody answers with the token of one of an execution's tasks.
    Answer(Answer),
    /// A worker asks for a task of an activity.
    Ask(Ask),
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

/// What a driver works with.
pub(super) struct Parts {
    pub(super) journal: Journal,
    /// What this engine is known by to the journal.
    pub(super) engine: u64,
    /// What its machines are known by to the journal.
    pub(super) digests: HashMap<String, String>,
    pub(super) tasks: Arc<dyn Tasks>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: Settings,
    pub(super) observer: Option<mpsc::UnboundedSender<Observation>>,
    pub(super) inbox: mpsc::UnboundedReceiver<Message>,
}

#[allow(
    clippy::struct_excessive_bools,
    reason = "each says of one thing by itself whether it is to be looked at"
)]
pub(super) struct Driver {
    parts: Parts,
    machines: HashMap<String, Arc<StateMachine>>,
    live: HashMap<i64, Live>,
    /// The executions that have tasks, running or queued.
    active: usize,
    /// Those that have none, in the order in which they came to that. One that has some again may be here too.
    idle: VecDeque<i64>,
    timers: BTreeSet<(Timestamp, i64)>,
    /// The timers of executions that only wait, and are not in memory.
    parked: BTreeSet<(Timestamp, i64)>,
    activities: Activities,
    nested: Nested,
    pool: Pool,
    /// The number up to which every execution was taken into memory, but for those that only wait.
    cursor: i64,
    /// Whether the journal may hold newer ones.
    more: bool,
    /// Whether older ones may have been redriven.
    redriven: bool,
    /// Whether some may have to be stopped.
    stopped: bool,
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
            idle: VecDeque::new(),
            timers: BTreeSet::new(),
            parked: BTreeSet::new(),
            activities: Activities::default(),
            nested: Nested::default(),
            cursor: 0,
            more: true,
            redriven: false,
            stopped: true,
            answers: Vec::new(),
            draining: false,
        }
    }

    /// Runs until it is drained, or until the journal fails: then nothing more may happen.
    pub(super) async fn run(mut self) -> Result<(), JournalError> {
        self.parked.extend(self.parts.journal.timers().await?);
        for awaited in self.parts.journal.awaited().await? {
            self.nested.await_end(awaited);
        }
        loop {
            self.wake().await?;
            self.admit().await?;
            // Before any task starts: it may have run out of time while the process was down.
            let due = self.due_timers();
            self.apply(due).await?;
            if !self.draining {
                self.stop_asked().await?;
                self.serve().await?;
                self.start_children().await?;
                self.tell_parents().await?;
                self.pool.start_queued();
            } else if !self.pool.is_running() {
                return Ok(());
            }
            self.evict();
            let wake = self.wait().await;
            let signals = self.gather(wake);
            self.apply(signals).await?;
            self.take_answers().await?;
        }
    }

    async fn wait(&mut self) -> Wake {
        if self.has_work() {
            return Wake::Timer;
        }
        let due = self.next_due();
        let busy = self.pool.is_busy();
        tokio::select! {
            // While it drains too: a task that is to come to its end may have an answer to give.
            message = self.parts.inbox.recv(), if !self.parts.inbox.is_closed() => Wake::Message(message),
            Some(ended) = self.pool.next() => Wake::Tasks(ended),
            () = wait_for(&*self.parts.clock, due, busy), if due.is_some() => Wake::Timer,
        }
    }

    /// Whether this turn has left something to the next.
    fn has_work(&self) -> bool {
        let has_more = self.more && self.room() > 0;
        !self.draining && (has_more || self.stopped || self.nested.has_work())
    }

    /// When there is something to do though nothing happens.
    fn next_due(&self) -> Option<Timestamp> {
        if self.draining {
            return None;
        }
        let parked = self.parked.first().filter(|_| self.room() > 0);
        let timers = self.timers.first().into_iter().chain(parked).map(|(due, _)| *due);
        timers.chain(self.activities.next_due()).min()
    }

    /// How many more executions with work at hand may be in memory.
    fn room(&self) -> usize {
        self.parts.settings.max_active_executions.saturating_sub(self.active)
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
        ended
    }

    fn take(&mut self, message: Option<Message>) {
        match message {
            None | Some(Message::Drain) => self.draining = true,
            Some(Message::LookForNew) => self.more = true,
            Some(Message::LookForRedriven) => self.redriven = true,
            Some(Message::LookForStopped) => self.stopped = true,
            Some(Message::Answer(answer)) => self.answers.push(answer),
            Some(Message::Ask(ask)) => self.activities.ask(ask),
        }
    }

    /// Applies the answers that have come, each by itself: of two with one token the first is taken.
    async fn take_answers(&mut self) -> Result<(), JournalError> {
        for Answer { execution, signal, tell } in std::mem::take(&mut self.answers) {
            self.bring_up(vec![execution]).await?;
            let is_awaited = self.live.get(&execution).is_some_and(|live| live.execution.awaits(&signal));
            let is_taken = is_awaited && self.apply(vec![(execution, signal)]).await?;
            // Who answered may have gone away.
            let _ = tell.send(if is_taken { Answered::Taken } else { Answered::NotAwaited });
        }
        Ok(())
    }

    /// Stops the executions that are to be stopped.
    async fn stop_asked(&mut self) -> Result<(), JournalError> {
        if !std::mem::take(&mut self.stopped) {
            return Ok(());
        }
        let stops = self.parts.journal.stops().await?;
        self.bring_up(stops.iter().map(|(execution, _)| *execution).collect()).await?;
        self.apply(stops).await?;
        Ok(())
    }

    /// Gives tasks of activities to the workers that ask for them.
    async fn serve(&mut self) -> Result<(), JournalError> {
        while let Some((ask, key)) = self.activities.next() {
            self.give(ask, key).await?;
        }
        self.activities.dismiss(self.parts.clock.now());
        Ok(())
    }

    async fn give(&mut self, ask: Ask, key: TaskKey) -> Result<(), JournalError> {
        let (execution, task) = key;
        self.bring_up(vec![execution]).await?;
        self.activities.remove(key);
        let Some(call) = self.live.get(&execution).and_then(|live| live.open_task(task)) else {
            self.activities.ask(ask);
            return Ok(());
        };
        let signal = Signal::TaskStarted { task, worker: ask.worker };
        self.apply(vec![(execution, signal)]).await?;
        // A worker that has gone away meanwhile is one that died with the task: its timeout ends it.
        let _ = ask.tell.send(Some(ActivityTask { token: call.token, input: call.input }));
        Ok(())
    }

    /// Has executions in memory: those that left it, and those whose turn to be taken there is to come.
    async fn bring_up(&mut self, mut executions: Vec<i64>) -> Result<(), JournalError> {
        executions.retain(|execution| !self.live.contains_key(execution));
        if executions.is_empty() {
            return Ok(());
        }
        let recorded = self.parts.journal.under_way(executions).await?;
        self.take_up(recorded).await
    }

    /// Brings up the executions that only waited and whose time has come, while there is room.
    async fn wake(&mut self) -> Result<(), JournalError> {
        if self.draining {
            return Ok(());
        }
        let now = self.parts.clock.now();
        let due = self.parked.iter().take_while(|(due, _)| *due <= now).take(self.room());
        let due: Vec<_> = due.copied().collect();
        for timer in &due {
            self.parked.remove(timer);
        }
        self.bring_up(due.into_iter().map(|(_, execution)| execution).collect()).await
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
        let (mut records, mut stops) = (Vec::new(), Vec::new());
        let mut pending = Vec::new();
        for (id, signal) in signals {
            let Some(live) = self.live.get_mut(&id) else { continue };
            let was_active = live.is_active();
            if let Some(effects) = live.apply(&signal, now) {
                let standing = live.standing();
                stops.extend(self.nested.stops(id, &effects));
                records.push(Record { execution: id, signal: Some(signal), at: now, standing });
                pending.push((id, effects));
            }
            self.active = self.active + usize::from(live.is_active()) - usize::from(was_active);
        }
        if records.is_empty() {
            return Ok(false);
        }
        self.stopped |= !stops.is_empty();
        self.parts.journal.append(self.parts.engine, records, stops).await?;
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
                Effect::Run(call) if call.is_activity() => {
                    self.activities.add(call.resource, (id, call.task));
                }
                Effect::Run(call) if starts_execution(&call) => self.nested.queue(id, call),
                Effect::Run(call) => self.pool.queue((id, call.task), call),
                Effect::Cancel { task } => {
                    self.pool.cancel((id, task));
                    self.nested.cancel((id, task));
                    self.activities.remove((id, task));
                }
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

    /// Keeps the execution's timer and its place in the line up to date, and forgets one that has ended.
    fn settle(&mut self, id: i64) {
        let Some(live) = self.live.get_mut(&id) else { return };
        let due = live.execution.next_due();
        if due != live.due {
            live.due.map(|before| self.timers.remove(&(before, id)));
            due.map(|next| self.timers.insert((next, id)));
            live.due = due;
        }
        let Some(outcome) = live.execution.outcome() else {
            if !live.is_active() && !live.is_idle {
                self.idle.push_back(id);
            }
            live.is_idle = !live.is_active();
            return;
        };
        debug_assert!(!live.is_active(), "an execution that has ended waits for no task");
        match outcome {
            Outcome::Succeeded { .. } => {}
            Outcome::Failed { error, cause } => {
                tracing::error!(flow = live.flow, name = live.name, error, cause, "an execution failed");
            }
            Outcome::TimedOut => {
                tracing::error!(flow = live.flow, name = live.name, "an execution timed out");
            }
            Outcome::Aborted { error, cause } => {
                tracing::warn!(flow = live.flow, name = live.name, error, cause, "an execution was stopped");
            }
        }
        self.live.remove(&id);
        self.nested.note_end(id);
    }

    /// Has those leave memory that have waited longest, but for so many. What is left of one is its timer.
    fn evict(&mut self) {
        while self.idle.len() > self.parts.settings.max_idle_executions {
            let Some(id) = self.idle.pop_front() else { return };
            if self.live.get(&id).is_some_and(|live| live.is_idle)
                && let Some(live) = self.live.remove(&id)
                && let Some(due) = live.due
            {
                self.timers.remove(&(due, id));
                self.parked.insert((due, id));
            }
        }
    }

    /// Takes executions from the journal into memory while there is room.
    async fn admit(&mut self) -> Result<(), JournalError> {
        if self.draining {
            return Ok(());
        }
        if std::mem::take(&mut self.redriven) {
            self.take_up_redriven().await?;
        }
        while self.more && self.room() > 0 {
            let room = self.room();
            let backlog = self.parts.journal.running(self.cursor, room).await?;
            self.more = backlog.executions.len() == room;
            self.cursor = backlog.up_to;
            self.take_up(backlog.executions).await?;
            self.evict();
        }
        Ok(())
    }

    async fn take_up_redriven(&mut self) -> Result<(), JournalError> {
        let (later, now): (Vec<_>, Vec<_>) =
            self.parts.journal.take_redriven().await?.into_iter().partition(|it| it.row.id > self.cursor);
        self.more |= !later.is_empty();
        self.take_up(now).await
    }

    /// Rebuilds executions that are not in memory, and goes on with them.
    async fn take_up(&mut self, mut all: Vec<Recorded>) -> Result<(), JournalError> {
        // An answer may have had one taken up before its turn.
        all.retain(|recorded| !self.live.contains_key(&recorded.row.id));
        let (mut rebuilt, mut records) = (Vec::new(), Vec::new());
        for recorded in all {
            match self.rebuild(&recorded).await {
                Ok((live, at)) => {
                    records.extend(unrecorded(&recorded, &live, at));
                    rebuilt.push((recorded, live));
                }
                // The others go on; this one stays as it is in the journal, for a version that can read it.
                Err(error @ JournalError::Unreadable { .. }) => {
                    tracing::error!(%error, "an execution can't go on");
                }
                Err(error) => return Err(error),
            }
        }
        if !records.is_empty() {
            self.parts.journal.append(self.parts.engine, records, Vec::new()).await?;
        }
        for (recorded, live) in rebuilt {
            self.go_on(&recorded, live);
        }
        Ok(())
    }

    /// The execution as it was when it was last heard of, and when that was.
    async fn rebuild(&mut self, recorded: &Recorded) -> Result<(Live, Timestamp), JournalError> {
        let machine = self.machine(&recorded.row.machine).await?;
        let signals = recorded.signals()?;
        let start = &recorded.row.start;
        let mut last = start.at;
        let (mut execution, _) = Execution::start(machine, start.clone());
        for (at, signal) in signals {
            // Told when it happened.
            execution.take_history();
            execution.apply(&signal, at);
            last = at;
        }
        if recorded.is_waiting {
            execution.take_history();
        }
        Ok((Live::new(start.flow.clone(), start.name.clone(), execution), last))
    }

    fn go_on(&mut self, recorded: &Recorded, live: Live) {
        let id = recorded.row.id;
        if let Some(due) = live.execution.next_due() {
            self.parked.remove(&(due, id));
        }
        self.active += usize::from(live.is_active());
        let calls = live.execution.running_tasks();
        self.live.insert(id, live);
        self.act(id, calls.into_iter().map(Effect::Run).collect());
        self.tell(id);
        self.settle(id);
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

/// What the journal does not know yet of an execution that was rebuilt: that it has ended, or only waits.
fn unrecorded(recorded: &Recorded, live: &Live, at: Timestamp) -> Option<Record> {
    let execution = recorded.row.id;
    match live.standing() {
        Standing::Runs => None,
        Standing::Waits(_) if recorded.is_waiting => None,
        standing => Some(Record { execution, signal: None, at, standing }),
    }
}
