//! Drives one execution by a clock: its tasks are mocked, or done by programs.

use std::{
    collections::{BTreeSet, HashMap},
    io, panic,
    pin::pin,
    sync::Arc,
};

use ackflow_asl::StateMachine;
use ackflow_engine::{Clock, Effect, Execution, HistoryEvent, Outcome, Signal, Start, TaskCall, TaskError};
use jiff::Timestamp;
use serde_json::Value;
use tokio::{
    sync::Semaphore,
    task::{AbortHandle, JoinError, JoinSet},
};

use super::{Mocks, Program, tasks::tasks_of};

/// How many programs run at once.
const MOST_PROGRAMS: usize = 40;

/// An execution that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// How.
    pub outcome: Outcome,
    /// Its events.
    pub history: Vec<HistoryEvent>,
}

/// Why an execution can't come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A mock is of no task.
    #[error("there is a mock of {state:?}, and no such state runs a task; these do: {states}")]
    NoState {
        /// The state that is mocked.
        state: String,
        /// Those that can be.
        states: String,
    },
    /// A program is for no task.
    #[error("there is a program for {resource}, and no state has that resource; theirs are: {resources}")]
    NoResource {
        /// The resource that the program is for.
        resource: String,
        /// Those that it could be for.
        resources: String,
    },
    /// A task has neither a mock nor a program.
    #[error("nothing does the task of the state {state:?}, whose resource is {resource}")]
    Undone {
        /// The state.
        state: String,
        /// What was to do it.
        resource: String,
    },
    /// A task was run more often than it has mocks.
    #[error("the mocks of the state {state:?} are used up, and its task {resource} is to run once more")]
    UsedUp {
        /// The state.
        state: String,
        /// What was to do it.
        resource: String,
    },
    /// A program can't be run.
    #[error("{path} can't be run: {error}")]
    Program {
        /// The program.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// A wait goes beyond the last time that there is.
    #[error("the execution waits for a time that never comes")]
    Endless,
}

/// Runs an execution to its end, or until `stop` comes: it is aborted then. The mocks of a state are used before a
/// program; of the programs that do the work of a resource, the first is run.
///
/// # Errors
/// It can't come to its end, or a mock or a program is for no task of the machine.
pub async fn run(
    machine: Arc<StateMachine>,
    start: Start,
    mocks: &mut Mocks,
    programs: &[Program],
    clock: &dyn Clock,
    stop: impl Future<Output = ()>,
) -> Result<Ended, RunError> {
    check(&machine, mocks, programs)?;
    let mut stop = pin!(stop);
    let (execution, effects) = Execution::start(machine, start);
    let mut runner = Runner {
        execution,
        history: Vec::new(),
        clock,
        mocks,
        programs,
        coming: Vec::new(),
        running: JoinSet::new(),
        handles: HashMap::new(),
        slots: Arc::new(Semaphore::new(MOST_PROGRAMS)),
    };
    runner.follow(effects)?;
    loop {
        if let Some(outcome) = runner.execution.outcome().cloned() {
            return Ok(Ended { outcome, history: runner.history });
        }
        let signal = tokio::select! {
            biased;
            () = &mut stop => Some(Signal::Stopped { error: String::new(), cause: String::new() }),
            next = runner.next() => next?,
        };
        if let Some(signal) = signal {
            let now = runner.now();
            let effects = runner.execution.apply(&signal, now).unwrap_or_default();
            runner.follow(effects)?;
        }
    }
}

/// Refuses what no task can ask for.
fn check(machine: &StateMachine, mocks: &Mocks, programs: &[Program]) -> Result<(), RunError> {
    let (states, resources): (BTreeSet<_>, BTreeSet<_>) = tasks_of(&machine.states).into_iter().unzip();
    if let Some(state) = mocks.states().find(|state| !states.contains(state)) {
        return Err(RunError::NoState { state: state.to_owned(), states: listed(&states) });
    }
    let is_needless = |program: &&Program| !resources.iter().any(|resource| program.does(resource));
    match programs.iter().find(is_needless) {
        Some(Program { resource, .. }) => {
            Err(RunError::NoResource { resource: resource.clone(), resources: listed(&resources) })
        }
        None => Ok(()),
    }
}

fn listed(names: &BTreeSet<&str>) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().copied().collect::<Vec<_>>().join(", ")
}

struct Runner<'r> {
    execution: Execution,
    history: Vec<HistoryEvent>,
    clock: &'r dyn Clock,
    mocks: &'r mut Mocks,
    programs: &'r [Program],
    /// What is still to be heard of mocked tasks, and when.
    coming: Vec<(Timestamp, Signal)>,
    running: JoinSet<Result<Signal, RunError>>,
    /// What stops the program of a task.
    handles: HashMap<u64, AbortHandle>,
    slots: Arc<Semaphore>,
}

impl Runner<'_> {
    /// The time, in whole milliseconds, as signals are timed.
    fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Waits for what happens next; `None` when that is about nothing any more.
    async fn next(&mut self) -> Result<Option<Signal>, RunError> {
        let first = (0..self.coming.len()).min_by_key(|index| self.coming[*index].0);
        let comes = first.map(|index| self.coming[index].0);
        let due = comes.into_iter().chain(self.execution.next_due()).min();
        let busy = !self.running.is_empty();
        if due.is_none() && !busy {
            return Err(RunError::Endless);
        }
        tokio::select! {
            Some(ended) = self.running.join_next() => told(ended),
            () = wait_for(self.clock, due, busy) => Ok(Some(match first {
                // Before a timer of the same time: a task may end in its last moment.
                Some(index) if comes == due => self.coming.remove(index).1,
                _ => Signal::TimersDue,
            })),
        }
    }

    fn follow(&mut self, effects: Vec<Effect>) -> Result<(), RunError> {
        self.history.extend(self.execution.take_history());
        for effect in effects {
            match effect {
                Effect::Run(call) => self.launch(call)?,
                Effect::Cancel { task } => {
                    if let Some(handle) = self.handles.remove(&task) {
                        handle.abort();
                    }
                }
            }
        }
        Ok(())
    }

    fn launch(&mut self, call: TaskCall) -> Result<(), RunError> {
        let now = self.now();
        if let Some(answer) = self.mocks.next(&call.state) {
            self.coming.extend(answer.signals(&call, now));
            return Ok(());
        }
        let Some(program) = self.programs.iter().find(|program| program.does(&call.resource)) else {
            let is_mocked = self.mocks.know(&call.state);
            let TaskCall { state, resource, .. } = call;
            return Err(if is_mocked {
                RunError::UsedUp { state, resource }
            } else {
                RunError::Undone { state, resource }
            });
        };
        if call.is_activity() {
            self.coming.push((now, Signal::TaskStarted { task: call.task, worker: None }));
        }
        let (task, slots) = (call.task, Arc::clone(&self.slots));
        let handle = self.running.spawn(work(program.clone(), task, call.input, slots));
        self.handles.insert(task, handle);
        Ok(())
    }
}

/// Has a program do a task, once there is room for it.
async fn work(program: Program, task: u64, input: Value, slots: Arc<Semaphore>) -> Result<Signal, RunError> {
    let _slot = slots.acquire_owned().await.expect("nobody closes the slots");
    match program.run(&input).await {
        Ok(Ok(output)) => Ok(Signal::TaskSucceeded { task, output }),
        Ok(Err(TaskError { error, cause })) => Ok(Signal::TaskFailed { task, error, cause }),
        Err(error) => Err(RunError::Program { path: program.path, error }),
    }
}

/// What is heard of a program that has ended; nothing, if it was stopped.
fn told(ended: Result<Result<Signal, RunError>, JoinError>) -> Result<Option<Signal>, RunError> {
    match ended {
        Ok(told) => told.map(Some),
        Err(error) if error.is_cancelled() => Ok(None),
        Err(error) => panic::resume_unwind(error.into_panic()),
    }
}

/// Waits for a time; for ever, if there is none.
async fn wait_for(clock: &dyn Clock, due: Option<Timestamp>, busy: bool) {
    match due {
        Some(due) => clock.sleep_until(due, busy).await,
        None => std::future::pending().await,
    }
}
