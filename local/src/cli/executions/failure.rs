//! What went wrong where an event of the history says that something did.

use ackflow_engine::{Details, HistoryEvent};

/// Whether a state failed with this event, or an attempt at it.
pub(super) fn is_failure(event: &HistoryEvent) -> bool {
    event.event_type.ends_with("Failed") || event.event_type.ends_with("TimedOut")
}

/// Whether a state ended with this event since the branch that it is in failed.
fn is_abort(event: &HistoryEvent) -> bool {
    event.event_type.ends_with("StateAborted")
}

/// The error and the cause of a failure. A Map or Parallel fails with what failed inside it, and says nothing of that
/// itself. `None` where the history does not say it, as with a Fail state.
pub(super) fn failure<'h>(mut event: &'h HistoryEvent, history: &'h [HistoryEvent]) -> Option<&'h Details> {
    while event.details.get("error").is_none() {
        event = before(event, history).filter(|before| is_failure(before) || is_abort(before))?;
    }
    Some(&event.details)
}

/// The event that led to another one.
pub(super) fn before<'h>(event: &HistoryEvent, history: &'h [HistoryEvent]) -> Option<&'h HistoryEvent> {
    let index = history.binary_search_by_key(&event.previous_event_id, |event| event.id).ok()?;
    history.get(index)
}
