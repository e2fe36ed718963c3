//! Which envelope Slack sent.

use crate::generated::slack::{AppRateLimited, EventCallback, UrlVerification};
use crate::payload::{model, type_of};
use crate::payload_error::PayloadError;

/// A request of the Events API, told apart by its `type`.
#[derive(Debug, Clone, PartialEq)]
pub enum OuterEvent {
    /// The handshake that proves who owns the URL.
    UrlVerification(UrlVerification),
    /// Slack holds events back for a while.
    AppRateLimited(AppRateLimited),
    /// An event.
    EventCallback(Box<EventCallback>),
    /// An envelope that this crate has no model for.
    Unknown {
        /// Its `type`, if it has one.
        outer_type: Option<String>,
    },
}

impl OuterEvent {
    /// Reads the body of a request, but for the event within, which stays text.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        match type_of(body, "")?.as_deref() {
            Some("event_callback") => model(body, "").map(Self::EventCallback),
            Some("url_verification") => model(body, "").map(Self::UrlVerification),
            Some("app_rate_limited") => model(body, "").map(Self::AppRateLimited),
            unknown => Ok(Self::Unknown { outer_type: unknown.map(str::to_owned) }),
        }
    }
}
