//! A message as the workspace keeps it.

use serde::Serialize;
use serde_json::{Value, json};

/// A message in a channel or a thread.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PostedMessage {
    /// The channel it is in.
    pub channel: String,
    /// When it was posted: with the channel, its identity.
    pub ts: String,
    /// The first message of the thread that it is a reply in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_ts: Option<String>,
    /// Who posted it; the bot's user if the app did.
    pub user: String,
    /// The bot that posted it, if no person did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot_id: Option<String>,
    /// The text, in Slack's stored form.
    pub text: String,
    /// The layout, if one was given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Value>,
    /// What an app attached for itself: `event_type` and `event_payload`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// The ids of the files shared with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// When it was last edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_ts: Option<String>,
}

impl PostedMessage {
    pub(super) fn by_user(
        channel: &str,
        thread_ts: Option<&str>,
        user: &str,
        text: &str,
        files: &[String],
    ) -> Self {
        Self {
            channel: channel.into(),
            ts: String::new(),
            thread_ts: thread_ts.map(str::to_owned),
            user: user.into(),
            bot_id: None,
            text: text.into(),
            blocks: Vec::new(),
            metadata: None,
            files: files.to_vec(),
            edited_ts: None,
        }
    }

    /// The message as the Web API shows it, but for the files and the counts of a thread. Metadata is shown to those
    /// who ask for it only.
    pub(super) fn to_slack(&self, team_id: &str, with_metadata: bool) -> Value {
        let mut shown = json!({
            "type": "message",
            "user": self.user,
            "text": self.text,
            "ts": self.ts,
            "team": team_id,
        });
        if let Some(bot_id) = &self.bot_id {
            shown["bot_id"] = json!(bot_id);
        }
        if let Some(thread_ts) = &self.thread_ts {
            shown["thread_ts"] = json!(thread_ts);
        }
        if !self.blocks.is_empty() {
            shown["blocks"] = json!(self.blocks);
        }
        if let Some(ts) = &self.edited_ts {
            shown["edited"] = json!({"user": self.user, "ts": ts});
        }
        if let Some(metadata) = self.metadata.as_ref().filter(|_| with_metadata) {
            shown["metadata"] = metadata.clone();
        }
        shown
    }
}
