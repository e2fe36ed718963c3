//! The tasks that run, and those whose turn is to come.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use crate::{Signal, TaskCall, TaskError, Tasks};

/// An execution and the number of one of its tasks.
pub(super) type TaskKey = (i64, u64);

/// The execution whose task has run to its end, and what to signal.
pub(super) type Ended = (i64, Signal);

pub(super) struct Pool {
    tasks: Arc<dyn Tasks>,
    at_once: usize,
    /// In the order of their turn. One that has no call any more was cancelled.
    queue: VecDeque<TaskKey>,
    calls: HashMap<TaskKey, TaskCall>,
    running: JoinSet<Signal>,
    /// Which task a running future is; one that was cancelled is none.
    task_of: HashMap<Id, TaskKey>,
    handles: HashMap<TaskKey, AbortHandle>,
}

impl Pool {
    pub(super) fn new(tasks: Arc<dyn Tasks>, at_once: usize) -> Self {
        Self {
            tasks,
            at_once,
            queue: VecDeque::new(),
            calls: HashMap::new(),
            running: JoinSet::new(),
            task_of: HashMap::new(),
            handles: HashMap::new(),
        }
    }

    /// Whether a task runs, or is being stopped.
    pub(super) fn is_running(&self) -> bool {
        !self.running.is_empty()
    }

    /// Whether a task runs or waits for its turn.
    pub(super) fn is_busy(&self) -> bool {
        self.is_running() || !self.calls.is_empty()
    }

    pub(super) fn queue(&mut self, key: TaskKey, call: TaskCall) {
        self.calls.insert(key, call);
        self.queue.push_back(key);
    }

    /// Stops a task, or takes it from the queue, if it is there.
    pub(super) fn cancel(&mut self, key: TaskKey) {
        if let Some(handle) = self.handles.remove(&key) {
            self.task_of.remove(&handle.id());
            handle.abort();
        }
        self.calls.remove(&key);
    }

    /// Starts as many as may run.
    pub(super) fn start_queued(&mut self) {
        while self.running.len() < self.at_once {
            let Some(key) = self.queue.pop_front() else { return };
            let Some(call) = self.calls.remove(&key) else { continue };
            let tasks = Arc::clone(&self.tasks);
            let handle = self.running.spawn(run(tasks, call));
            self.task_of.insert(handle.id(), key);
            self.handles.insert(key, handle);
        }
    }

    /// Waits until a task has ended or was stopped; `None` when none runs.
    pub(super) async fn next(&mut self) -> Option<Vec<Ended>> {
        let ended = self.running.join_next_with_id().await?;
        Some(self.settle(ended).into_iter().collect())
    }

    /// Every other task that has ended by now.
    pub(super) fn ended(&mut self) -> Vec<Ended> {
        let mut all = Vec::new();
        while let Some(ended) = self.running.try_join_next_with_id() {
            all.extend(self.settle(ended));
        }
        all
    }

    fn settle(&mut self, ended: Result<(Id, Signal), JoinError>) -> Option<Ended> {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let (execution, task) = self.task_of.remove(&id)?;
        self.handles.remove(&(execution, task));
        let signal = match ended {
            Ok((_, signal)) => signal,
            Err(error) => failed(task, crashed(&error)?),
        };
        Some((execution, signal))
    }
}

/// Runs a task, and says what to signal then.
async fn run(tasks: Arc<dyn Tasks>, call: TaskCall) -> Signal {
    let (task, awaits_answer) = (call.task, call.awaits_answer());
    match tasks.run(call).await {
        Ok(output) if awaits_answer => Signal::TaskSubmitted { task, output },
        Ok(output) => Signal::TaskSucceeded { task, output },
        Err(error) => failed(task, error),
    }
}

pub(super) fn failed(task: u64, TaskError { error, cause }: TaskError) -> Signal {
    Signal::TaskFailed { task, error, cause }
}

/// A task that panicked; `None` for one that was cancelled.
fn crashed(error: &JoinError) -> Option<TaskError> {
    // The name that Step Functions gives when a function's process dies.
    let cause = || "The step crashed. Its log says more.".to_owned();
    error.is_panic().then(|| TaskError { error: "Lambda.Unknown".to_owned(), cause: cause() })
}
