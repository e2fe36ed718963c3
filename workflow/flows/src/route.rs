//! Which event starts which flow, and with what input.

mod command;
mod execution_name;
mod mention;
mod message;
mod people;
mod press;
mod reaction;
mod slash_command;

use std::collections::BTreeSet;

use ackflow_schemas::slack::{Event, EventCallback, PayloadError};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

pub use self::{
    press::{APPROVAL_ACTIONS, route_press},
    slash_command::route_slash_command,
};
use crate::{
    Configuration, Onboarding, approvals::APPROVALS, channel_guides::CHANNEL_GUIDES, commands::COMMANDS,
    comment_edits::COMMENT_EDITS, deployments::DEPLOYMENTS, document_pipeline::DOCUMENT_PIPELINE,
    moderation::MODERATION, onboarding::ONBOARDING, votes::VOTES,
};

/// A route from an event to a flow, as the deployment describes it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Routed {
    /// The event's type.
    pub event: &'static str,
    /// Which of them, for people.
    pub when: &'static str,
    /// The flow that it starts.
    pub flow: &'static str,
    /// The names under which Slack's app settings list the event.
    pub subscriptions: &'static [&'static str],
    /// Whether the configuration wants it.
    #[serde(skip)]
    is_wanted: fn(&Configuration) -> bool,
}

impl Routed {
    /// Whether the configuration wants what it leads to.
    pub fn is_wanted(&self, configuration: &Configuration) -> bool {
        (self.is_wanted)(configuration)
    }
}

const MESSAGE_EVENTS: &[&str] = &["message.channels", "message.groups", "message.im", "message.mpim"];

/// The messages of channels, which moderation reads. What people say to each other in private it does not.
const CHANNEL_MESSAGE_EVENTS: &[&str] = &["message.channels", "message.groups"];

/// Every route from an event. The first that is for an event is taken.
pub fn routes() -> Vec<Routed> {
    vec![
        Routed {
            event: "message",
            when: "in a channel, new or edited, breaks a rule, not from a bot",
            flow: MODERATION,
            subscriptions: CHANNEL_MESSAGE_EVENTS,
            is_wanted: |configuration| configuration.moderation.is_some(),
        },
        Routed {
            event: "message",
            when: "subtype file_share or none, with files, not from a bot",
            flow: DOCUMENT_PIPELINE,
            subscriptions: MESSAGE_EVENTS,
            is_wanted: |configuration| configuration.documents.enabled,
        },
        Routed {
            event: "message",
            when: "subtype message_changed, the text of a message with files was edited, not by a bot",
            flow: COMMENT_EDITS,
            subscriptions: MESSAGE_EVENTS,
            is_wanted: |configuration| configuration.documents.enabled,
        },
        Routed {
            event: "app_mention",
            when: "deploy ENVIRONMENT SERVICE, not from a bot",
            flow: DEPLOYMENTS,
            subscriptions: &["app_mention"],
            is_wanted: |configuration| configuration.deploy.is_some(),
        },
        Routed {
            event: "app_mention",
            when: "anything else, not from a bot",
            flow: COMMANDS,
            subscriptions: &["app_mention"],
            is_wanted: |configuration| configuration.deploy.is_some(),
        },
        Routed {
            event: "team_join",
            when: "somebody who is no bot",
            flow: ONBOARDING,
            subscriptions: &["team_join"],
            is_wanted: |configuration| {
                configuration.onboarding.as_ref().is_some_and(Onboarding::receives_newcomers)
            },
        },
        Routed {
            event: "member_joined_channel",
            when: "a channel with a guide, somebody other than this bot",
            flow: CHANNEL_GUIDES,
            subscriptions: &["member_joined_channel"],
            is_wanted: |configuration| {
                configuration.onboarding.as_ref().is_some_and(|wanted| !wanted.guides.is_empty())
            },
        },
        Routed {
            event: "reaction_added, reaction_removed",
            when: "on a message of a channel whose votes are counted",
            flow: VOTES,
            subscriptions: &["reaction_added", "reaction_removed"],
            is_wanted: |configuration| configuration.votes.is_some(),
        },
    ]
}

/// The flows that an event may start.
pub(crate) fn flows_of_events() -> BTreeSet<&'static str> {
    routes().iter().map(|route| route.flow).collect()
}

/// The flows that a press on a button or a slash command may start.
pub(crate) fn flows_of_interactivity() -> BTreeSet<&'static str> {
    command::FLOWS.into_iter().chain([APPROVALS]).collect()
}

/// An execution to start.
#[derive(Clone, Debug)]
pub struct StartRequest {
    /// The flow.
    pub flow: String,
    /// The execution's name, made of team and event: the same for every delivery.
    pub name: String,
    /// Its input.
    pub input: Box<RawValue>,
}

impl PartialEq for StartRequest {
    fn eq(&self, other: &Self) -> bool {
        (&self.flow, &self.name, self.input.get()) == (&other.flow, &other.name, other.input.get())
    }
}

/// What an event leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Routing {
    /// A flow wants it.
    Start(StartRequest),
    /// No flow wants it.
    Ignore(Ignored),
}

/// Why no flow wants an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ignored {
    /// It comes from a bot, perhaps from this one.
    FromBot,
    /// A message of another subtype.
    OtherSubtype,
    /// A message without files.
    NoFiles,
    /// A changed message whose text is as before: an unfurled link, say.
    TextUnchanged,
    /// An event of another type.
    OtherType,
    /// A workspace that is not on the list.
    OtherWorkspace,
    /// What it would start is switched off in the configuration.
    SwitchedOff,
    /// A mention in a message that was edited: the command in it was heard before.
    Edited,
    /// Somebody joined a channel that has no guide.
    NoGuide,
    /// A reaction in a channel whose votes are not counted, or on something that is no message.
    NotCounted,
    /// A button, or another element, that is not this system's.
    OtherAction,
    /// A slash command that is not this system's.
    OtherCommand,
}

/// Why a wanted event can't start its flow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Its payload does not have the shape of its type.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// It lacks a field that the flow needs.
    #[error("the payload's field `{0}` is missing")]
    Missing(String),
}

/// Says which flow an event starts.
pub fn route(
    callback: &EventCallback,
    configuration: &Configuration,
    now: Timestamp,
) -> Result<Routing, RouteError> {
    match callback.event()? {
        Event::Message(message) => message::route(callback, *message, configuration),
        Event::AppMention(mention) => mention::route(callback, *mention, configuration, now),
        Event::TeamJoin(join) => people::joined_team(callback, *join, configuration),
        Event::MemberJoinedChannel(join) => people::joined_channel(callback, &join, configuration),
        Event::ReactionAdded(it) => {
            reaction::route(callback, it.item, it.item_user.as_ref(), configuration, now)
        }
        Event::ReactionRemoved(it) => {
            reaction::route(callback, it.item, it.item_user.as_ref(), configuration, now)
        }
        Event::Unknown { .. } => Ok(Routing::Ignore(Ignored::OtherType)),
    }
}

/// The user that this app's bot acts as, as Slack tells with each event.
fn bot_user(callback: &EventCallback) -> Option<&str> {
    let mut authorizations = callback.authorizations.iter().flatten();
    authorizations.find(|it| it.is_bot == Some(true))?.user_id.as_deref()
}

#[allow(clippy::unnecessary_wraps, reason = "it is what the routes return")]
fn ignore(reason: Ignored) -> Result<Routing, RouteError> {
    Ok(Routing::Ignore(reason))
}

fn start(flow: &str, name: String, input: &impl Serialize) -> Routing {
    let input = to_raw_value(input).expect("a stage's document has string keys only");
    Routing::Start(StartRequest { flow: flow.to_owned(), name, input })
}

/// A field that the flow can't do without, by its path in the payload.
fn required(value: Option<&String>, path: &str) -> Result<String, RouteError> {
    let missing = || RouteError::Missing(path.to_owned());
    value.filter(|text| !text.is_empty()).cloned().ok_or_else(missing)
}

/// The workspace and the id of an event.
fn identity(callback: &EventCallback) -> Result<(String, String), RouteError> {
    Ok((required(callback.team_id.as_ref(), "team_id")?, required(callback.event_id.as_ref(), "event_id")?))
}
