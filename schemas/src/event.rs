//! Which event an envelope holds.

use serde::Deserializer;
use serde_json::Value;

use crate::generated::slack::{
    AppMention, EventCallback, MemberJoinedChannel, Message, ReactionAdded, ReactionRemoved, TeamJoin,
};
use crate::payload::{model, type_of};
use crate::payload_error::PayloadError;

/// An event, told apart by its `type`.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A message, or news about one: see its `subtype`.
    Message(Box<Message>),
    /// Somebody mentioned the app.
    AppMention(Box<AppMention>),
    /// Somebody joined the workspace.
    TeamJoin(Box<TeamJoin>),
    /// Somebody, perhaps the app itself, entered a channel.
    MemberJoinedChannel(Box<MemberJoinedChannel>),
    /// An emoji was put on a message.
    ReactionAdded(Box<ReactionAdded>),
    /// An emoji was taken back.
    ReactionRemoved(Box<ReactionRemoved>),
    /// An event that this crate has no model for.
    Unknown {
        /// Its `type`, if it has one.
        event_type: Option<String>,
    },
}

impl Event {
    /// Reads the `event` of an envelope without taking it apart: only what the model holds is copied.
    pub fn read(event: &Value) -> Result<Self, PayloadError> {
        Self::of_type(event_type(event)?, event)
    }

    fn of_type<'de, D>(event_type: Option<&str>, event: D) -> Result<Self, PayloadError>
    where
        D: Deserializer<'de, Error = serde_json::Error>,
    {
        match event_type {
            Some("message") => model(event, "event").map(Self::Message),
            Some("app_mention") => model(event, "event").map(Self::AppMention),
            Some("team_join") => model(event, "event").map(Self::TeamJoin),
            Some("member_joined_channel") => model(event, "event").map(Self::MemberJoinedChannel),
            Some("reaction_added") => model(event, "event").map(Self::ReactionAdded),
            Some("reaction_removed") => model(event, "event").map(Self::ReactionRemoved),
            unknown => Ok(Self::Unknown { event_type: unknown.map(str::to_owned) }),
        }
    }
}

impl EventCallback {
    /// The `type` of the event, without reading the rest of it.
    pub fn event_type(&self) -> Option<&str> {
        self.event.get("type").and_then(Value::as_str)
    }

    /// The event. The envelope keeps it too.
    pub fn event(&self) -> Result<Event, PayloadError> {
        Event::read(&self.event)
    }

    /// The event, moved out of the envelope, which keeps null in its place.
    pub fn take_event(&mut self) -> Result<Event, PayloadError> {
        let event = self.event.take();
        let event_type = event_type(&event)?.map(str::to_owned);
        Event::of_type(event_type.as_deref(), event)
    }
}

fn event_type(event: &Value) -> Result<Option<&str>, PayloadError> {
    match event {
        Value::Object(object) => type_of(object, "event.type"),
        other => Err(PayloadError::wrong_kind("event", "an object", other)),
    }
}
