//! What the app needs of Slack: events to subscribe to, and scopes for these and for the methods it calls.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use crate::{function::functions, route::routes};

/// A Web API method that a function calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// <https://docs.slack.dev/reference/methods/chat.getPermalink>
    ChatGetPermalink,
    /// <https://docs.slack.dev/reference/methods/chat.postMessage>
    ChatPostMessage,
    /// <https://docs.slack.dev/reference/methods/conversations.replies>
    ConversationsReplies,
    /// <https://docs.slack.dev/reference/methods/files.info>
    FilesInfo,
}

impl Method {
    /// Slack's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChatGetPermalink => "chat.getPermalink",
            Self::ChatPostMessage => "chat.postMessage",
            Self::ConversationsReplies => "conversations.replies",
            Self::FilesInfo => "files.info",
        }
    }

    /// The bot scopes that it needs.
    fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::ChatGetPermalink => &[],
            Self::ChatPostMessage => &["chat:write"],
            // One for each kind of channel that messages come from; the events need the same.
            Self::ConversationsReplies => {
                &["channels:history", "groups:history", "im:history", "mpim:history"]
            }
            Self::FilesInfo => &["files:read"],
        }
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The scopes and events of the Slack app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlackAccess {
    /// The bot events to subscribe to.
    pub bot_events: BTreeSet<&'static str>,
    /// The scopes of the bot token.
    pub bot_scopes: BTreeSet<&'static str>,
}

/// What the flows need of Slack: it follows from their routes and from the methods that the functions call.
pub fn slack_access() -> SlackAccess {
    let events = routes().into_iter().flat_map(|route| route.subscriptions);
    let scopes_of_methods =
        functions().into_iter().flat_map(|function| function.slack_methods).flat_map(|it| it.scopes());
    let scopes_of_events = events.clone().flat_map(|event| scopes_of_event(event));
    // Downloading a file needs a scope too, though it calls no method.
    let scopes = scopes_of_methods.chain(scopes_of_events).chain(&["files:read"]);
    SlackAccess { bot_events: events.copied().collect(), bot_scopes: scopes.copied().collect() }
}

/// The scopes that an event needs.
///
/// Source: <https://docs.slack.dev/reference/events>
fn scopes_of_event(event: &str) -> &'static [&'static str] {
    match event {
        "message.channels" => &["channels:history"],
        "message.groups" => &["groups:history"],
        "message.im" => &["im:history"],
        "message.mpim" => &["mpim:history"],
        _ => &[],
    }
}
