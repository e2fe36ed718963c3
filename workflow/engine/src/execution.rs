//! One execution as a pure state machine: signals in, effects out.
//!
//! The states of a block run in a *branch*: the top level is one, and so is each iteration of a Map and each
//! branch of a Parallel. A branch is at one state, and [`Activity`] says what it does there.

mod branch;
mod data;
mod enter;
mod failure;
mod fan_out;
mod redrive;
mod task;

pub(crate) use self::task::task_of_token;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use ackflow_asl::{ErrorName, Seed, StateMachine};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::{
    branch::{Activity, Branch, BranchId, ROOT},
    failure::Failure,
};
use crate::{
    HistoryEvent, Signal,
    history::{History, MAX_EVENTS},
};

/// How an execution began: all that it depends on besides its definition and its signals.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// The state machine's name.
    pub flow: String,
    /// The execution's name.
    pub name: String,
    /// Its input.
    pub input: Value,
    /// When it started.
    pub at: Timestamp,
    /// Where its randomness starts.
    pub seed: u64,
}

/// What the execution needs done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Run a task and signal how it ended.
    Run(TaskCall),
    /// A task's result is not wanted any more.
    Cancel {
        /// Which task.
        task: u64,
    },
}

/// A task to run.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskCall {
    /// The id of the event that scheduled it, unique in the execution.
    pub task: u64,
    /// The state that asks for it.
    pub state: String,
    /// What runs it: the Task's `Resource`.
    pub resource: String,
    /// Its input.
    pub input: Value,
    /// The same for each run of one attempt, and for no other attempt.
    pub token: String,
}

impl TaskCall {
    /// Whether the task ends only when somebody answers with its token: what runs it hands the token out and returns.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token>
    pub fn awaits_answer(&self) -> bool {
        self.resource.ends_with(".waitForTaskToken")
    }
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It came to its end.
    Succeeded {
        /// What it gave.
        output: Value,
    },
    /// An error was neither retried nor caught.
    Failed {
        /// The error's name.
        error: String,
        /// What happened.
        cause: String,
    },
    /// It took longer than the machine's `TimeoutSeconds`.
    TimedOut,
}

/// One execution.
#[derive(Debug)]
pub struct Execution {
    machine: Arc<StateMachine>,
    token_prefix: String,
    /// The context object, as the state at hand sees it.
    context: Value,
    redrives: u64,
    branches: BTreeMap<BranchId, Branch>,
    next_branch: BranchId,
    /// Branches that are about to enter their state.
    ready: VecDeque<BranchId>,
    /// When each branch wants to be woken.
    timers: BTreeSet<(Timestamp, BranchId)>,
    /// Which branch waits for a task.
    tasks: BTreeMap<u64, BranchId>,
    deadline: Option<Timestamp>,
    draws: Seed,
    history: History,
    effects: Vec<Effect>,
    outcome: Option<Outcome>,
    /// The time of the signal at hand.
    now: Timestamp,
}

impl Execution {
    /// Starts an execution: it moves on until it waits for something.
    pub fn start(machine: Arc<StateMachine>, start: Start) -> (Self, Vec<Effect>) {
        let mut execution = Self {
            machine,
            token_prefix: format!("{}:{}", start.flow, start.name),
            context: data::context(&start),
            redrives: 0,
            branches: BTreeMap::new(),
            next_branch: ROOT,
            ready: VecDeque::new(),
            timers: BTreeSet::new(),
            tasks: BTreeMap::new(),
            deadline: None,
            draws: Seed::new(start.seed),
            history: History::default(),
            effects: Vec::new(),
            outcome: None,
            now: start.at,
        };
        let details = json!({ "input": start.input, "roleArn": data::LOCAL_ROLE });
        execution.history.push(execution.now, 0, "ExecutionStarted", None, details);
        execution.set_deadline();
        let start_at = execution.machine.states.start_at.clone();
        execution.spawn(None, start_at, start.input, 0);
        execution.advance();
        let effects = std::mem::take(&mut execution.effects);
        (execution, effects)
    }

    /// Applies a signal. `None` says that it is about nothing any more (a task that was cancelled, a timer
    /// that moved): nothing changed, and there is nothing to journal.
    pub fn apply(&mut self, signal: &Signal, at: Timestamp) -> Option<Vec<Effect>> {
        self.now = at;
        match signal {
            Signal::TaskSucceeded { task, output } => {
                let branch = self.finish_task(*task)?;
                self.task_succeeded(branch, output.clone());
            }
            Signal::TaskSubmitted { task, output } => self.task_submitted(*task, output)?,
            Signal::TaskFailed { task, error, cause } => {
                let branch = self.finish_task(*task)?;
                self.task_failed(branch, error, cause);
            }
            Signal::TimersDue => self.fire_timers()?,
            Signal::Redriven => self.redrive()?,
        }
        self.advance();
        Some(std::mem::take(&mut self.effects))
    }

    /// How the execution ended, if it has.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Whether the signal is about a task that waits for an answer.
    pub(crate) fn awaits(&self, signal: &Signal) -> bool {
        let (Signal::TaskSucceeded { task, .. } | Signal::TaskFailed { task, .. }) = signal else {
            return false;
        };
        let branch = self.tasks.get(task).and_then(|branch| self.branches.get(branch));
        branch.and_then(Branch::task_call).is_some_and(TaskCall::awaits_answer)
    }

    /// When [`Signal::TimersDue`] is wanted.
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.outcome.is_some() {
            return None;
        }
        let first = self.timers.first().map(|(due, _)| *due);
        match (first, self.deadline) {
            (Some(timer), Some(deadline)) => Some(timer.min(deadline)),
            (timer, deadline) => timer.or(deadline),
        }
    }

    /// The tasks that are to run now: what to start again after a crash. One that only waits for an answer is not.
    pub fn running_tasks(&self) -> Vec<TaskCall> {
        let activities = self.tasks.values().map(|branch| &self.branches[branch].activity);
        let running = activities.filter_map(|activity| match activity {
            Activity::Task { call, is_submitted: false, .. } => Some(call.clone()),
            _ => None,
        });
        running.collect()
    }

    /// Takes the history events since the last call.
    pub fn take_history(&mut self) -> Vec<HistoryEvent> {
        self.history.take()
    }

    /// Lets every ready branch enter its state, until all of them wait.
    fn advance(&mut self) {
        while self.outcome.is_none() {
            if self.history.is_full() {
                let cause =
                    format!("The execution reached the maximum number of history events ({MAX_EVENTS}).");
                self.history.make_room_for_last();
                return self.fail_execution(0, &Failure::new(ErrorName::RUNTIME, &cause));
            }
            let Some(branch) = self.ready.pop_front() else { return };
            // A branch that was stopped before it entered its state is gone.
            if self.branches.contains_key(&branch) {
                self.enter(branch);
            }
        }
    }

    fn set_deadline(&mut self) {
        let seconds = self.machine.timeout_seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX));
        self.deadline = seconds.and_then(|seconds| self.after(seconds));
    }

    /// The time so many seconds from now; `None` when that is beyond what a timestamp can hold.
    fn after(&self, seconds: i64) -> Option<Timestamp> {
        self.now.checked_add(SignedDuration::from_secs(seconds)).ok()
    }

    fn fire_timers(&mut self) -> Option<()> {
        if self.outcome.is_some() {
            return None;
        }
        if self.deadline.is_some_and(|deadline| deadline <= self.now) {
            self.time_out();
            return Some(());
        }
        let mut fired = None;
        while let Some(&(due, branch)) = self.timers.first().filter(|(due, _)| *due <= self.now) {
            self.timers.remove(&(due, branch));
            self.wake(branch);
            fired = Some(());
        }
        fired
    }

    /// A branch's timer has come: its wait is over, its retry begins, or its task took too long.
    fn wake(&mut self, branch: BranchId) {
        match self.branches[&branch].activity {
            Activity::Wait { .. } => self.wait_over(branch),
            Activity::Backoff { .. } => self.work(branch),
            Activity::Task { ref call, .. } => {
                let task = call.task;
                self.tasks.remove(&task);
                self.effects.push(Effect::Cancel { task });
                self.task_timed_out(branch);
            }
            // A timer is removed with the activity that set it.
            _ => {}
        }
    }

    /// The branch that waited for a task; its timer goes with it.
    fn finish_task(&mut self, task: u64) -> Option<BranchId> {
        let branch = self.tasks.remove(&task)?;
        self.clear_timer(branch);
        // An answer may come while the call that hands the token out still runs.
        if self.branches[&branch].task_call().is_some_and(TaskCall::awaits_answer) {
            self.effects.push(Effect::Cancel { task });
        }
        Some(branch)
    }
}
