//! Interprets the Amazon States Language on one machine, durably. Knows nothing of Slack.
//!
//! - [`Execution`] is the pure part: given a signal and the time, it moves on and says what to do. It does no
//!   I/O, reads no clock and draws no randomness but its own, so that the same signals always give the same
//!   execution.
//! - [`Journal`] keeps those signals in SQLite. An execution is rebuilt by applying them again.
//! - [`Engine`] drives executions: it journals each signal before it acts on what follows from it.
//! - [`Simulation`] drives one on virtual time, with its tasks answered by a closure: for tests.
//! - [`test_state()`] runs one state of a definition, as AWS's `TestState` does.

mod clock;
mod database;
mod engine;
mod execution;
mod history;
mod journal;
mod signal;
mod simulation;
mod tasks;
mod test_state;

pub use clock::Clock;
pub use database::{Database, DatabaseError, Space};
pub use engine::{ActivityTask, Answered, Engine, EngineError, Observation, Settings};
pub use execution::{Effect, Execution, Outcome, Start, TaskCall, WorkflowType};
pub use history::{Details, HistoryEvent};
pub use journal::{ExecutionRow, Journal, JournalError, NewExecution, Prunable, Started, Status};
pub use signal::Signal;
pub use simulation::{Answer, Simulation};
pub use tasks::{TaskError, Tasks};
pub use test_state::{
    FieldValidationMode, InspectionData, InspectionDataRequest, InspectionDataResponse,
    InspectionErrorDetails, InspectionLevel, MockErrorOutput, MockInput, TestExecutionStatus,
    TestStateConfiguration, TestStateError, TestStateRequest, TestStateResponse, test_state, test_state_with,
};
