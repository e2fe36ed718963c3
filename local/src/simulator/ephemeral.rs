//! A message that one person sees.

use serde::Serialize;
use serde_json::Value;

/// A message shown to one member of a channel, and kept nowhere in Slack itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ephemeral {
    /// Who sees it.
    pub user: String,
    /// The text, in Slack's stored form.
    pub text: String,
    /// The layout, if one was given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Value>,
    /// The first message of the thread that it is shown in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_ts: Option<String>,
    /// When it was shown: the `message_ts` that `chat.postEphemeral` gives.
    pub ts: String,
}
