//! The history of an execution, in the shape of AWS's `GetExecutionHistory`.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>

mod details;

pub use details::Details;

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

/// The most events that an execution may have (AWS's quota for Standard workflows).
pub(crate) const MAX_EVENTS: u64 = 25_000;

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEvent {
    /// Counts from 1.
    pub id: u64,
    /// The event that led to this one; 0 when none did.
    pub previous_event_id: u64,
    /// When.
    pub timestamp: Timestamp,
    /// AWS's name of the event, such as `TaskStateEntered`.
    #[serde(rename = "type")]
    pub event_type: &'static str,
    /// The state that it happened in; absent for the execution's own events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Arc<str>>,
    /// The event's details.
    #[serde(skip_serializing_if = "Details::is_null")]
    pub details: Details,
}

impl HistoryEvent {
    /// The event on one line: id, the event it follows from, seconds since the start, type, details.
    pub fn line(&self, started_at: Timestamp) -> String {
        let seconds = self.timestamp.duration_since(started_at).as_secs_f64();
        let details = if self.details.is_null() { String::new() } else { format!(" {}", self.details) };
        let state = match &self.state {
            Some(state) if self.details["name"].is_null() => format!(" of {state}"),
            _ => String::new(),
        };
        let (id, previous, event_type) = (self.id, self.previous_event_id, self.event_type);
        format!("{id:>3} < {previous:<3} {seconds:>5}s {event_type}{state}{details}")
    }
}

/// Numbers the events, and keeps those not yet taken.
#[derive(Debug, Default)]
pub(crate) struct History {
    last_id: u64,
    events: Vec<HistoryEvent>,
}

impl History {
    /// Adds an event and gives its id.
    pub(crate) fn push(
        &mut self,
        at: Timestamp,
        previous_event_id: u64,
        event_type: &'static str,
        state: Option<&Arc<str>>,
        details: Details,
    ) -> u64 {
        self.last_id += 1;
        self.events.push(HistoryEvent {
            id: self.last_id,
            previous_event_id,
            timestamp: at,
            event_type,
            state: state.cloned(),
            details,
        });
        self.last_id
    }

    /// The id that the next event will have.
    pub(crate) fn next_id(&self) -> u64 {
        self.last_id + 1
    }

    /// Whether a Standard execution can have no more events but for its last.
    pub(crate) fn is_full(&self) -> bool {
        self.last_id >= MAX_EVENTS
    }

    /// Drops the events from the last possible one on.
    pub(crate) fn make_room_for_last(&mut self) {
        // One signal can lead to many events: those that went beyond the limit were never told.
        self.events.retain(|event| event.id < MAX_EVENTS);
        self.last_id = MAX_EVENTS - 1;
    }

    /// Takes the events since the last call.
    pub(crate) fn take(&mut self) -> Vec<HistoryEvent> {
        std::mem::take(&mut self.events)
    }
}
