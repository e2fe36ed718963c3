//! The loop that owns all live executions.
//!
//! Each turn takes what has happened meanwhile, applies it, journals all of it in one commit, and only then
//! starts what follows. While the commit runs, more happens, which is the next turn's group. A turn does only so much of
//! each kind: what is left is the next one's, so that nobody waits long for the others.

mod children;
mod memory;
mod stops;

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use ackflow_asl::StateMachine;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{
    Answered, Observation, Settings,
    activities::{Activities, ActivityTask, Ask},
    depth::readable,
    live::Live,
    nested::{Nested, starts_execution},
    pool::{Ended, Pool, TaskKey},
    whole_millis,
};
use crate::{
    Clock, Effect, Journal, JournalError, Outcome, Signal, Tasks,
    journal::{Changes, Record, guarded},
};

/// The most that a turn does of one kind, such as answers.
const AT_ONCE: usize = 100;

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
    /// Told once that is settled; `None` where this version can't read the execution.
    pub(super) tell: oneshot::Sender<Option<Answered>>,
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
    /// Those that left memory with a task that a worker is to ask for. What happened to them was told, though the
    /// journal does not say of them that they wait.
    evicted: HashSet<i64>,
    /// Those that this version can't read.
    unreadable: HashSet<i64>,
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
            evicted: HashSet::new(),
            unreadable: HashSet::new(),
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
            } else if !self.pool.is_running() && self.answers.is_empty() {
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
        let is_asked = self.stopped || self.nested.has_work() || self.activities.has_next();
        !self.answers.is_empty() || (!self.draining && (has_more || is_asked))
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

    /// Applies answers that have come: of two with one token the first is taken.
    async fn take_answers(&mut self) -> Result<(), JournalError> {
        let count = self.answers.len().min(AT_ONCE);
        let answers: Vec<Answer> = self.answers.drain(..count).collect();
        self.bring_up(answers.iter().map(|answer| answer.execution).collect()).await?;
        let (mut signals, mut tells) = (Vec::new(), Vec::new());
        for Answer { execution, signal, tell } in answers {
            let live = self.live.get(&execution);
            if live.is_some_and(|live| live.execution.awaits(&signal)) {
                signals.push((execution, signal));
                tells.push((execution, tell));
            } else {
                // Who answered may have gone away.
                let _ = tell.send(self.refusal(execution));
            }
        }
        let taken = self.apply(signals).await?;
        for ((execution, tell), is_taken) in tells.into_iter().zip(taken) {
            let _ = tell.send(if is_taken { Some(Answered::Taken) } else { self.refusal(execution) });
        }
        Ok(())
    }

    /// What an answer is told that was not taken.
    fn refusal(&self, execution: i64) -> Option<Answered> {
        (!self.unreadable.contains(&execution)).then_some(Answered::NotAwaited)
    }

    /// Gives tasks of activities to the workers that ask for them.
    async fn serve(&mut self) -> Result<(), JournalError> {
        for _ in 0..AT_ONCE {
            let Some((ask, key)) = self.activities.next() else { break };
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
        let signal = Signal::TaskStarted { task, worker: ask.worker.clone() };
        if self.apply(vec![(execution, signal)]).await? != [true] {
            self.activities.ask(ask);
            return Ok(());
        }
        // A worker that has gone away meanwhile is one that died with the task: its timeout ends it.
        let _ = ask.tell.send(Some(ActivityTask { token: call.token, input: call.input }));
        Ok(())
    }

    /// The timers of executions in memory. All of them, since a task whose time is over must not begin.
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

    /// Applies signals, journals them, then does what follows. Says of each whether it was about anything.
    async fn apply(&mut self, signals: Vec<(i64, Signal)>) -> Result<Vec<bool>, JournalError> {
        self.apply_and_forget(signals, None).await
    }

    /// The same for signals that tell tasks how a child has ended, which is forgotten with that.
    async fn apply_and_forget(
        &mut self,
        signals: Vec<(i64, Signal)>,
        child: Option<i64>,
    ) -> Result<Vec<bool>, JournalError> {
        let now = whole_millis(self.parts.clock.now());
        let (mut changes, mut pending, mut applied) = (Changes::default(), Vec::new(), Vec::new());
        for (id, signal) in signals {
            let step = self.step(id, signal, now);
            applied.push(step.is_some());
            let Some((record, effects)) = step else { continue };
            changes.stops.extend(self.nested.stops(id, &effects));
            changes.records.push(record);
            pending.push((id, effects));
        }
        changes.told = child.map(|child| self.told(child));
        if changes.is_empty() {
            return Ok(applied);
        }
        self.stopped |= !changes.stops.is_empty();
        self.parts.journal.append(self.parts.engine, changes).await?;
        // What can't go on does nothing more.
        pending.retain(|(id, _)| self.live.contains_key(id));
        // Several signals can be about one execution: it may be forgotten only after the effects of all.
        let touched: Vec<i64> = pending.iter().map(|(id, _)| *id).collect();
        for (id, effects) in pending {
            self.act(id, effects);
        }
        for id in touched {
            self.tell(id);
            self.settle(id);
        }
        Ok(applied)
    }

    /// Applies a signal to an execution in memory. `None` says that it is about nothing any more.
    fn step(&mut self, id: i64, signal: Signal, now: Timestamp) -> Option<(Record, Vec<Effect>)> {
        let live = self.live.get_mut(&id)?;
        let was_active = live.is_active();
        let signal = readable(signal, &live.execution);
        match guarded(|| live.apply(&signal, now)) {
            Ok(effects) => {
                self.active = self.active + usize::from(live.is_active()) - usize::from(was_active);
                let standing = live.standing();
                let record = Record { execution: id, signal: Some(signal), at: now, standing };
                effects.map(|effects| (record, effects))
            }
            Err(reason) => {
                self.active -= usize::from(was_active);
                self.give_up(id, &reason);
                None
            }
        }
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
}

async fn wait_for(clock: &dyn Clock, due: Option<Timestamp>, busy: bool) {
    if let Some(due) = due {
        clock.sleep_until(due, busy).await;
    }
}
