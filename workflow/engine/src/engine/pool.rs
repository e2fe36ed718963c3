//! The tasks that run, and those whose turn is to come.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use serde_json::Value;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use crate::{TaskCall, TaskError, Tasks};

/// An execution and the number of one of its tasks.
pub(super) type TaskKey = (i64, u64);
type TaskResult = Result<Value, TaskError>;

/// A task that has ended, and how.
pub(super) type Ended = (TaskKey, TaskResult);

pub(super) struct Pool {
    tasks: Arc<dyn Tasks>,
    at_once: usize,
    /// In the order of their turn. One that has no call any more was cancelled.
    queue: VecDeque<TaskKey>,
    calls: HashMap<TaskKey, TaskCall>,
    running: JoinSet<TaskResult>,
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

    /// Stops a task, or takes it from the queue; says whether it was there.
    pub(super) fn cancel(&mut self, key: TaskKey) -> bool {
        if let Some(handle) = self.handles.remove(&key) {
            self.task_of.remove(&handle.id());
            handle.abort();
            return true;
        }
        self.calls.remove(&key).is_some()
    }

    /// Starts as many as may run.
    pub(super) fn start_queued(&mut self) {
        while self.running.len() < self.at_once {
            let Some(key) = self.queue.pop_front() else { return };
            let Some(call) = self.calls.remove(&key) else { continue };
            let tasks = Arc::clone(&self.tasks);
            let handle = self.running.spawn(async move { tasks.run(call).await });
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

    fn settle(&mut self, ended: Result<(Id, TaskResult), JoinError>) -> Option<Ended> {
        let (id, result) = match ended {
            Ok((id, result)) => (id, result),
            Err(error) => (error.id(), Err(crashed(&error)?)),
        };
        let key = self.task_of.remove(&id)?;
        self.handles.remove(&key);
        Some((key, result))
    }
}

/// A task that panicked; `None` for one that was cancelled.
fn crashed(error: &JoinError) -> Option<TaskError> {
    // The name that Step Functions gives when a function's process dies.
    let cause = || "The step crashed. Its log says more.".to_owned();
    error.is_panic().then(|| TaskError { error: "Lambda.Unknown".to_owned(), cause: cause() })
}
