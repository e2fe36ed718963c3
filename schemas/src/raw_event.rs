//! The event within an envelope, as it came.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The JSON text of an event. Most events are told apart by their type and then passed over: only what a flow wants is
/// worth reading.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct RawEvent(Box<RawValue>);

impl RawEvent {
    /// The text.
    pub fn text(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for RawEvent {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}
