//! What the app needs of Slack: events to subscribe to, and scopes for these and for the methods it calls.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use crate::{
    Configuration, Routed, channel_guides::CHANNEL_GUIDES, deployments::DEPLOYMENTS, flows, functions,
    moderation::MODERATION, onboarding::ONBOARDING, routes,
};

/// A Web API method that a function calls. Its tier says how often it may be called in a workspace and a minute: at
/// least 20 times in tier 2, 50 in tier 3, 100 in tier 4.
///
/// Source: <https://docs.slack.dev/apis/web-api/rate-limits/>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// <https://docs.slack.dev/reference/methods/auth.test>, hundreds of times.
    AuthTest,
    /// <https://docs.slack.dev/reference/methods/chat.delete>, tier 3.
    ChatDelete,
    /// <https://docs.slack.dev/reference/methods/chat.getPermalink>, hundreds of times.
    ChatGetPermalink,
    /// <https://docs.slack.dev/reference/methods/chat.postEphemeral>, tier 4.
    ChatPostEphemeral,
    /// <https://docs.slack.dev/reference/methods/chat.postMessage>, once a second in a channel.
    ChatPostMessage,
    /// <https://docs.slack.dev/reference/methods/chat.update>, tier 3.
    ChatUpdate,
    /// <https://docs.slack.dev/reference/methods/conversations.history>, tier 3.
    ConversationsHistory,
    /// <https://docs.slack.dev/reference/methods/conversations.info>, tier 3.
    ConversationsInfo,
    /// <https://docs.slack.dev/reference/methods/conversations.invite>, tier 3.
    ConversationsInvite,
    /// <https://docs.slack.dev/reference/methods/conversations.join>, tier 3.
    ConversationsJoin,
    /// <https://docs.slack.dev/reference/methods/conversations.list>, tier 2.
    ConversationsList,
    /// <https://docs.slack.dev/reference/methods/conversations.open>, tier 3.
    ConversationsOpen,
    /// <https://docs.slack.dev/reference/methods/conversations.replies>, tier 3.
    ConversationsReplies,
    /// <https://docs.slack.dev/reference/methods/files.info>, tier 4.
    FilesInfo,
    /// <https://docs.slack.dev/reference/methods/reactions.get>, tier 3.
    ReactionsGet,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 15] = [
        Self::AuthTest,
        Self::ChatDelete,
        Self::ChatGetPermalink,
        Self::ChatPostEphemeral,
        Self::ChatPostMessage,
        Self::ChatUpdate,
        Self::ConversationsHistory,
        Self::ConversationsInfo,
        Self::ConversationsInvite,
        Self::ConversationsJoin,
        Self::ConversationsList,
        Self::ConversationsOpen,
        Self::ConversationsReplies,
        Self::FilesInfo,
        Self::ReactionsGet,
    ];

    /// Slack's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthTest => "auth.test",
            Self::ChatDelete => "chat.delete",
            Self::ChatGetPermalink => "chat.getPermalink",
            Self::ChatPostEphemeral => "chat.postEphemeral",
            Self::ChatPostMessage => "chat.postMessage",
            Self::ChatUpdate => "chat.update",
            Self::ConversationsHistory => "conversations.history",
            Self::ConversationsInfo => "conversations.info",
            Self::ConversationsInvite => "conversations.invite",
            Self::ConversationsJoin => "conversations.join",
            Self::ConversationsList => "conversations.list",
            Self::ConversationsOpen => "conversations.open",
            Self::ConversationsReplies => "conversations.replies",
            Self::FilesInfo => "files.info",
            Self::ReactionsGet => "reactions.get",
        }
    }

    /// The bot scopes that it needs. Where Slack wants one for each kind of conversation, these are the kinds that it is
    /// called for.
    pub fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::AuthTest | Self::ChatGetPermalink => &[],
            Self::ChatDelete | Self::ChatPostEphemeral | Self::ChatPostMessage | Self::ChatUpdate => {
                &["chat:write"]
            }
            Self::ConversationsInfo | Self::ConversationsList => &["channels:read", "groups:read"],
            Self::ConversationsInvite => &["channels:write.invites", "groups:write.invites"],
            Self::ConversationsJoin => &["channels:join"],
            Self::ConversationsOpen => &["im:write"],
            // One for each kind of channel that messages come from; the events need the same.
            Self::ConversationsHistory | Self::ConversationsReplies => {
                &["channels:history", "groups:history", "im:history", "mpim:history"]
            }
            Self::FilesInfo => &["files:read"],
            Self::ReactionsGet => &["reactions:read"],
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
    /// The scopes of an admin's user token.
    pub user_scopes: BTreeSet<&'static str>,
    /// The slash commands.
    pub commands: BTreeSet<String>,
    /// Whether people press buttons on its messages.
    pub interactivity: bool,
}

/// The flows that tell people something in a direct message.
const TELL_DIRECTLY: [&str; 3] = [MODERATION, ONBOARDING, CHANNEL_GUIDES];

/// What the flows that the configuration wants need of Slack: it follows from their routes and from the methods that
/// the functions of their steps call.
pub fn slack_access(configuration: &Configuration) -> SlackAccess {
    let routes: Vec<Routed> = routes().into_iter().filter(|route| route.is_wanted(configuration)).collect();
    let in_use: BTreeSet<&str> = routes.iter().map(|route| route.flow).collect();
    let events: BTreeSet<&str> = routes.iter().flat_map(|route| route.subscriptions).copied().collect();
    let mut scopes: BTreeSet<&str> =
        events.iter().flat_map(|event| scopes_of_event(event)).copied().collect();
    let command = configuration.deploy.as_ref().and_then(|deploy| deploy.slash_command.clone());
    // A slash command works where the bot is not: whoever typed it is then answered in a direct message.
    let tells_directly = command.is_some() || TELL_DIRECTLY.iter().any(|flow| in_use.contains(flow));
    scopes.extend(methods(&in_use, tells_directly).iter().flat_map(|method| method.scopes()));
    if configuration.documents.enabled {
        // Downloading a file needs a scope too, though it calls no method.
        scopes.insert("files:read");
    }
    if command.is_some() {
        scopes.insert("commands");
    }
    SlackAccess {
        bot_events: events,
        bot_scopes: scopes,
        // A bot may delete its own messages only.
        user_scopes: configuration.moderation.iter().map(|_| "chat:write").collect(),
        commands: command.into_iter().collect(),
        interactivity: in_use.contains(DEPLOYMENTS),
    }
}

/// The methods that are called when these flows are in use.
fn methods(in_use: &BTreeSet<&str>, tells_directly: bool) -> Vec<Method> {
    let definitions: Vec<String> = flows()
        .iter()
        .filter(|(name, _)| in_use.contains(name))
        .map(|(_, machine)| machine.to_json().to_string())
        .collect();
    let runs = |step: &str| definitions.iter().any(|definition| definition.contains(&format!("${{{step}}}")));
    functions()
        .into_iter()
        .filter(|function| function.step().is_none_or(runs))
        .flat_map(|function| function.slack_methods)
        .filter(|method| **method != Method::ConversationsOpen || tells_directly)
        .copied()
        .collect()
}

/// The bot scopes that an event needs.
///
/// Source: <https://docs.slack.dev/reference/events>
pub fn scopes_of_event(event: &str) -> &'static [&'static str] {
    match event {
        "app_mention" => &["app_mentions:read"],
        // One for each kind of channel that somebody may enter.
        "member_joined_channel" => &["channels:read", "groups:read"],
        "message.channels" => &["channels:history"],
        "message.groups" => &["groups:history"],
        "message.im" => &["im:history"],
        "message.mpim" => &["mpim:history"],
        "reaction_added" | "reaction_removed" => &["reactions:read"],
        "team_join" => &["users:read"],
        _ => &[],
    }
}
