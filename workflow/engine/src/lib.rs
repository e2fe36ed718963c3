//! Interprets the Amazon States Language on one machine, durably. Knows nothing of Slack.
//!
//! - [`Execution`] is the pure part: given a signal and the time, it moves on and says what to do. It does no
//!   I/O, reads no clock and draws no randomness but its own, so that the same signals always give the same
//!   execution.
//! - [`Journal`] keeps those signals in SQLite. An execution is rebuilt by applying them again.
//! - [`Engine`] drives executions: it journals each signal before it acts on what follows from it.

mod clock;
mod database;
mod engine;
mod execution;
mod history;
mod journal;
mod signal;
mod tasks;

pub use clock::Clock;
pub use database::{Database, DatabaseError};
pub use engine::{Answered, Engine, EngineError, Observation, Settings};
pub use execution::{Effect, Execution, Outcome, Start, TaskCall};
pub use history::HistoryEvent;
pub use journal::{ExecutionRow, Journal, JournalError, NewExecution, Started, Status};
pub use signal::Signal;
pub use tasks::{TaskError, Tasks};
