//! A task that a branch waits for.

use jiff::Timestamp;

use super::TaskCall;

/// A task that runs, or whose answer is awaited.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) call: TaskCall,
    pub(super) errand: Errand,
    /// Its timer: when it takes too long, or when a heartbeat is overdue.
    pub(super) due: Option<Timestamp>,
    /// When it takes too long.
    pub(super) deadline: Option<Timestamp>,
    /// Seconds between heartbeats.
    pub(super) heartbeat: Option<u64>,
    /// Whether nothing runs for it here any more: its token was handed out, or a worker has taken it.
    pub(super) is_submitted: bool,
}

/// What a task is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// For its result: a Task state.
    Work,
    /// To read the items of a distributed Map.
    ReadItems,
    /// To write the results of a distributed Map.
    WriteResults,
}
