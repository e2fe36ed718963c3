//! How deep what a task gives may be nested.

use super::pool::failed;
use crate::{Execution, Signal, TaskError};

/// The signal; or, of what a task gave and could not be read from the journal again, that the task failed.
pub(super) fn readable(signal: Signal, execution: &Execution) -> Signal {
    let (Signal::TaskSucceeded { task, output } | Signal::TaskSubmitted { task, output }) = &signal else {
        return signal;
    };
    match execution.exceeds_depth(*task, output) {
        Ok(()) => signal,
        Err(error) => failed(*task, TaskError { error: error.error.to_owned(), cause: error.cause }),
    }
}
