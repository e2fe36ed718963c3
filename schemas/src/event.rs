//! Which event an envelope holds.

use crate::generated::slack::{
    AppMention, EventCallback, MemberJoinedChannel, Message, ReactionAdded, ReactionRemoved, TeamJoin,
};
use crate::payload::{model, type_of};
use crate::payload_error::PayloadError;

/// Where an event stands in its payload.
const PATH: &str = "event";

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
    /// Reads the JSON text of an event.
    pub fn read(text: &str) -> Result<Self, PayloadError> {
        let text = text.as_bytes();
        match type_of(text, PATH)?.as_deref() {
            Some("message") => model(text, PATH).map(Self::Message),
            Some("app_mention") => model(text, PATH).map(Self::AppMention),
            Some("team_join") => model(text, PATH).map(Self::TeamJoin),
            Some("member_joined_channel") => model(text, PATH).map(Self::MemberJoinedChannel),
            Some("reaction_added") => model(text, PATH).map(Self::ReactionAdded),
            Some("reaction_removed") => model(text, PATH).map(Self::ReactionRemoved),
            unknown => Ok(Self::Unknown { event_type: unknown.map(str::to_owned) }),
        }
    }
}

impl EventCallback {
    /// The event.
    pub fn event(&self) -> Result<Event, PayloadError> {
        Event::read(self.event.text())
    }
}
