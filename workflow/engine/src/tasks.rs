//! What runs the tasks.

use async_trait::async_trait;
use serde_json::Value;

use crate::TaskCall;

/// Runs tasks by their resource.
///
/// A task may be run more than once for one attempt, after a crash: [`TaskCall::token`] is then the same.
#[async_trait]
pub trait Tasks: Send + Sync + 'static {
    /// Runs one task to its end.
    async fn run(&self, call: TaskCall) -> Result<Value, TaskError>;
}

/// A task that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {cause}")]
pub struct TaskError {
    /// The name that `ErrorEquals` matches.
    pub error: String,
    /// What happened, for people.
    pub cause: String,
}
