//! What moves an execution on. Signals are all that the journal keeps of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that happened to an execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "signal", rename_all = "snake_case")]
pub enum Signal {
    /// A task gave its result.
    TaskSucceeded {
        /// Which task: the id of its scheduling event.
        task: u64,
        /// What it gave.
        output: Value,
    },
    /// The call that hands out a task's token has returned; the task goes on until somebody answers with that token.
    TaskSubmitted {
        /// Which task: the id of its scheduling event.
        task: u64,
        /// What the call gave.
        output: Value,
    },
    /// A worker has taken an activity's task.
    TaskStarted {
        /// Which task: the id of its scheduling event.
        task: u64,
        /// What the worker calls itself.
        worker: Option<String>,
    },
    /// Whoever works on a task says that it still does.
    TaskHeartbeat {
        /// Which task: the id of its scheduling event.
        task: u64,
    },
    /// A task failed.
    TaskFailed {
        /// Which task: the id of its scheduling event.
        task: u64,
        /// The error's name.
        error: String,
        /// What happened, for people.
        cause: String,
    },
    /// The time of one or more timers has come.
    TimersDue,
    /// Someone asked for a failed execution to go on from where it failed.
    Redriven,
    /// Someone stopped the execution.
    Stopped {
        /// An error's name; may be empty.
        error: String,
        /// Why, for people; may be empty.
        cause: String,
    },
}
