//! What became of one channel.

use std::fmt;

use ackflow_handlers::SlackError;
use ackflow_schemas::slack::Channel;
use serde::Serialize;

use crate::cli::terminal::plain;

/// The errors that are about the token or the workspace: each channel would meet them.
///
/// Source: <https://docs.slack.dev/reference/methods/conversations.join>
const OF_THE_TOKEN: [&str; 13] = [
    "access_denied",
    "accesslimited",
    "account_inactive",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "invalid_auth",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "org_login_required",
    "token_expired",
    "token_revoked",
];

/// A channel, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Attempt {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    pub(super) is_private: bool,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

/// What became of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum Outcome {
    /// The bot is in it from now on.
    Joined,
    /// The bot would be in it, were this not a dry run.
    WouldJoin,
    /// The bot was in it before.
    AlreadyIn,
    /// The bot can't join it.
    Refused {
        /// Slack's error.
        error: String,
        /// The same for people.
        reason: &'static str,
    },
    /// Slack can't be reached for it, however often it is tried.
    Unanswered {
        /// What happened instead of an answer.
        error: String,
    },
}

impl Attempt {
    pub(super) fn new(channel: Channel, outcome: Outcome) -> Self {
        let Channel { id, name, is_private, .. } = channel;
        Self { id, name, is_private: is_private == Some(true), outcome }
    }

    /// An attempt at a channel that Slack does not show.
    pub(super) fn unknown(id: &str, outcome: Outcome) -> Self {
        Self { id: id.to_owned(), name: None, is_private: false, outcome }
    }
}

impl Outcome {
    /// What is known without asking Slack to join.
    pub(super) fn foreseen(channel: &Channel) -> Option<Self> {
        if channel.is_member == Some(true) {
            return Some(Self::AlreadyIn);
        }
        if channel.is_archived == Some(true) {
            return Some(Self::refused("is_archived".to_owned()));
        }
        let is_private = channel.is_private == Some(true);
        is_private.then(|| Self::refused("method_not_supported_for_channel_type".to_owned()))
    }

    /// What an error means for this channel; the error itself if other channels would meet it too.
    pub(super) fn of_error(error: SlackError) -> Result<Self, SlackError> {
        match error {
            SlackError::Refused { error, .. } if !OF_THE_TOKEN.contains(&error.as_str()) => {
                Ok(Self::refused(error))
            }
            SlackError::Unavailable { reason, .. } => Ok(Self::Unanswered { error: reason }),
            other => Err(other),
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Unanswered { .. })
    }

    fn refused(error: String) -> Self {
        let reason = match error.as_str() {
            "channel_is_limited_access" => "only some people may be in it",
            "channel_not_found" => {
                "there is no such channel; or it is private, and somebody in it has to invite the bot"
            }
            "is_archived" => "it is archived",
            "method_not_supported_for_channel_type" => {
                "it is private: somebody in it has to invite the bot, with /invite and its name"
            }
            "restricted_action" => "the workspace's settings don't let the bot join",
            "too_many_members" => "it has as many members as Slack allows",
            _ => "Slack's error is at docs.slack.dev/reference/methods/conversations.join",
        };
        Self::Refused { error, reason }
    }
}

/// One line.
impl fmt::Display for Attempt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_ref().map_or_else(String::new, |name| format!(" #{}", plain(name)));
        let id = &self.id;
        match &self.outcome {
            Outcome::Joined => write!(formatter, "joined     {id}{name}"),
            Outcome::WouldJoin => write!(formatter, "would join {id}{name}"),
            Outcome::AlreadyIn => write!(formatter, "was in     {id}{name}"),
            Outcome::Refused { error, reason } => {
                write!(formatter, "refused    {id}{name}: {reason} ({})", plain(error))
            }
            Outcome::Unanswered { error } => {
                write!(formatter, "no answer  {id}{name}: Slack can't be reached: {}", plain(error))
            }
        }
    }
}
