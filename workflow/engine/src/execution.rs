//! One execution as a pure state machine: signals in, effects out.
//!
//! The states of a block run in a *branch*: the top level is one, and so is each iteration of a Map and each
//! branch of a Parallel. A branch is at one state, and [`Activity`] says what it does there.

mod branch;
mod branches;
mod context_object;
mod data;
mod enter;
mod failure;
mod fan_out;
mod item_reader;
mod map_run;
mod pending;
mod probe;
mod redrive;
mod task;

pub(crate) use self::{
    context_object::context,
    enter::type_name,
    probe::{Awaited, Probe},
    task::task_of_token,
};

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use ackflow_asl::{ErrorName, Seed, StateMachine};
use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use serde_json::Value;

use self::{
    branch::{Activity, Branch, BranchId},
    branches::Branches,
    failure::Failure,
    pending::Pending,
};
use crate::{
    HistoryEvent, Signal,
    history::{Details, History, MAX_EVENTS},
};

/// What kind of workflow an execution is of.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WorkflowType {
    /// Durable, for up to a year.
    #[default]
    Standard,
    /// For up to five minutes.
    Express,
    /// The same, whose starter waits for its end.
    SynchronousExpress,
}

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
    /// What kind of workflow it is of.
    pub workflow_type: WorkflowType,
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
        self.resource.ends_with(".waitForTaskToken") || self.is_activity()
    }

    /// Whether a worker is to ask for the task: nothing here runs it.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html>
    pub fn is_activity(&self) -> bool {
        self.resource.contains(":activity:")
    }
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It came to its end.
    Succeeded {
        /// What it gave.
        output: Arc<Value>,
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
    /// Somebody stopped it.
    Aborted {
        /// An error's name; may be empty.
        error: String,
        /// Why; may be empty.
        cause: String,
    },
}

/// How long an Express workflow may take (AWS's quota).
const LONGEST_EXPRESS_SECONDS: u64 = 300;

/// How many events one leaves in that time at most. AWS has no such limit; but no time passes here from state to state,
/// so that one that goes round for ever would never come to its end.
const MOST_EXPRESS_EVENTS: u64 = 10 * MAX_EVENTS;

/// One execution.
#[derive(Debug)]
pub struct Execution {
    machine: Arc<StateMachine>,
    workflow_type: WorkflowType,
    token_prefix: String,
    /// The context object, as the state at hand sees it.
    context: Value,
    /// The same of the execution itself, while that tells of a child execution.
    own_context: Option<Value>,
    /// The execution's input, until the context object is first read: only then is it copied there.
    unread_input: Option<Arc<Value>>,
    redrives: u64,
    branches: Branches,
    /// The states' names, each with itself as the details of events hold it.
    names: HashMap<Arc<str>, Arc<Value>>,
    /// Branches that are about to enter their state.
    ready: VecDeque<BranchId>,
    /// When each branch wants to be woken.
    timers: BTreeSet<(Timestamp, BranchId)>,
    /// Which branch waits for a task.
    tasks: BTreeMap<u64, BranchId>,
    /// How many tasks were scheduled without an event: those of a distributed Map's child executions.
    quiet_tasks: u64,
    deadline: Option<Timestamp>,
    draws: Seed,
    history: History,
    effects: Vec<Effect>,
    outcome: Option<Outcome>,
    /// The time of the signal at hand.
    now: Timestamp,
    /// Where one state is tested: what the test sets and sees.
    probe: Option<Box<Probe>>,
}

impl Execution {
    /// Starts an execution: it moves on until it waits for something.
    pub fn start(machine: Arc<StateMachine>, start: Start) -> (Self, Vec<Effect>) {
        let mut execution = Self::new(machine, &start);
        execution.begin(start.input);
        execution.advance();
        let effects = std::mem::take(&mut execution.effects);
        (execution, effects)
    }

    fn new(machine: Arc<StateMachine>, start: &Start) -> Self {
        Self {
            machine,
            workflow_type: start.workflow_type,
            token_prefix: format!("{}:{}", start.flow, start.name),
            context: context(start),
            own_context: None,
            unread_input: None,
            redrives: 0,
            branches: Branches::default(),
            names: HashMap::new(),
            ready: VecDeque::new(),
            timers: BTreeSet::new(),
            tasks: BTreeMap::new(),
            quiet_tasks: 0,
            deadline: None,
            draws: Seed::new(start.seed),
            history: History::default(),
            effects: Vec::new(),
            outcome: None,
            now: start.at,
            probe: None,
        }
    }

    fn begin(&mut self, input: Value) {
        let input = Arc::new(input);
        self.unread_input = Some(Arc::clone(&input));
        let details = Details::empty().with("input", Arc::clone(&input));
        let details = details.with("roleArn", Value::from(context_object::LOCAL_ROLE));
        self.history.push(self.now, 0, "ExecutionStarted", None, details);
        self.set_deadline();
        let machine = Arc::clone(&self.machine);
        self.spawn(None, &machine.states, input, 0);
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
            Signal::TaskStarted { task, worker } => self.task_started(*task, worker.as_deref())?,
            Signal::TaskHeartbeat { task } => self.heartbeat(*task)?,
            Signal::TaskFailed { task, error, cause } => {
                let branch = self.finish_task(*task)?;
                self.task_failed(branch, error, cause);
            }
            Signal::TimersDue => self.fire_timers()?,
            Signal::Redriven => self.redrive()?,
            Signal::Stopped { error, cause } => self.be_stopped(error, cause)?,
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
        let (Signal::TaskSucceeded { task, .. }
        | Signal::TaskFailed { task, .. }
        | Signal::TaskStarted { task, .. }
        | Signal::TaskHeartbeat { task }) = signal
        else {
            return false;
        };
        let branch = self.tasks.get(task).and_then(|branch| self.branches.get(*branch));
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
        let activities = self.tasks.values().map(|branch| &self.branches[*branch].activity);
        let running = activities.filter_map(|activity| match activity {
            Activity::Task(Pending { call, is_submitted: false, .. }) => Some(call.clone()),
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
            if self.workflow_type != WorkflowType::Standard {
                if self.history.next_id() > MOST_EXPRESS_EVENTS {
                    return self.time_out();
                }
            } else if self.history.is_full() {
                self.history.make_room_for_last();
                return self.fail_execution(0, &too_many_events());
            }
            let Some(branch) = self.ready.pop_front() else { return };
            // A branch that was stopped before it entered its state is gone.
            let Some(Branch { quiet_events, .. }) = self.branches.get(branch) else { continue };
            match self.exhausted(branch, *quiet_events) {
                Some(failure) => self.give_up(branch, &failure),
                None => self.enter(branch),
            }
        }
    }

    fn set_deadline(&mut self) {
        let limit = (self.workflow_type != WorkflowType::Standard).then_some(LONGEST_EXPRESS_SECONDS);
        let seconds = self.machine.timeout_seconds.into_iter().chain(limit).min();
        let seconds = seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX));
        self.deadline = seconds.and_then(|seconds| self.after(seconds));
    }

    /// The time so many seconds from now; `None` when that is beyond what a timestamp can hold.
    fn after(&self, seconds: i64) -> Option<Timestamp> {
        self.now.checked_add(SignedDuration::from_secs(seconds)).ok()
    }

    /// The time so long from now. Signals are timed in whole milliseconds: a timer between two of them would be due
    /// before it is, and one after the last of them never.
    fn due(&self, wait: SignedDuration) -> Timestamp {
        let whole = TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::Ceil);
        let due = self.now.checked_add(wait).and_then(|due| due.round(whole));
        due.unwrap_or_else(|_| {
            Timestamp::from_second(Timestamp::MAX.as_second()).expect("it is not after the last timestamp")
        })
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
        match self.branches[branch].activity {
            Activity::Wait { .. } => self.wait_over(branch),
            Activity::Backoff { .. } => self.work(branch),
            Activity::Task(Pending { ref call, .. }) => {
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
        if self.branches[branch].task_call().is_some_and(TaskCall::awaits_answer) {
            self.effects.push(Effect::Cancel { task });
        }
        Some(branch)
    }
}

fn too_many_events() -> Failure {
    let cause = format!("The execution reached the maximum number of history events ({MAX_EVENTS}).");
    Failure::new(ErrorName::RUNTIME, &cause)
}
