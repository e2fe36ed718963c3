//! Which envelope Slack sent.

use serde_json::Value;

use crate::generated::slack::{AppRateLimited, EventCallback, UrlVerification};
use crate::payload::{model, object, type_of};
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
    /// Reads the body of a request. The body is parsed once, and the event within is moved, not copied.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let mut object = object(body)?;
        match type_of(&object, "type")? {
            Some("event_callback") => {
                // The event is any JSON value. It steps aside while the envelope around it is read.
                let event = object.get_mut("event").map(Value::take);
                let mut callback: Box<EventCallback> = model(Value::Object(object), "")?;
                callback.event = event.unwrap_or_default();
                Ok(Self::EventCallback(callback))
            }
            Some("url_verification") => model(Value::Object(object), "").map(Self::UrlVerification),
            Some("app_rate_limited") => model(Value::Object(object), "").map(Self::AppRateLimited),
            unknown => Ok(Self::Unknown { outer_type: unknown.map(str::to_owned) }),
        }
    }
}
