//! Answers tasks that wait.

use async_trait::async_trait;
use serde_json::Value;

use super::PortError;

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// The task has ended with it.
    Taken,
    /// Nothing waits for it any more.
    NotAwaited,
}

/// The engine, as somebody sees it who has the token of a task that waits.
#[async_trait]
pub trait TaskTokens: Send + Sync {
    /// Ends the task with this output. Durable when this returns.
    async fn answer(&self, token: &str, output: &Value) -> Result<Answered, PortError>;
}
