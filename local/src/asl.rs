//! Runs any States Language document on this machine, without a journal.

mod mocks;
mod program;
mod runner;
mod tasks;

pub use mocks::{Mocks, MocksError};
pub use program::Program;
pub use runner::{Ended, RunError, run};
