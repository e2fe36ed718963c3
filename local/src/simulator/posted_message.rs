//! A message as the workspace keeps it.

use serde::Serialize;
use serde_json::{Value, json};

use super::Reaction;

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
    /// `tombstone` for what stays of a deleted message that has replies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtype: Option<&'static str>,
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
    /// What people reacted with, in the order in which each emoji came first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
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
            subtype: None,
            text: text.into(),
            blocks: Vec::new(),
            metadata: None,
            files: files.to_vec(),
            reactions: Vec::new(),
            edited_ts: None,
        }
    }

    /// What Slack leaves in the place of a deleted message, so that its thread has a beginning.
    pub(super) fn tombstone(channel: &str, ts: &str) -> Self {
        Self {
            ts: ts.into(),
            subtype: Some("tombstone"),
            ..Self::by_user(channel, None, "USLACKBOT", "This message was deleted.", &[])
        }
    }

    /// A second reaction of the same person with the same emoji changes nothing.
    pub(super) fn react(&mut self, name: &str, user: &str) {
        let given = self.reactions.iter_mut().find(|reaction| reaction.name == name);
        match given {
            Some(reaction) if reaction.users.iter().any(|known| known == user) => {}
            Some(reaction) => reaction.users.push(user.into()),
            None => self.reactions.push(Reaction { name: name.into(), users: vec![user.into()] }),
        }
    }

    /// Says whether there was such a reaction.
    pub(super) fn unreact(&mut self, name: &str, user: &str) -> bool {
        let Some(place) = self.reactions.iter().position(|reaction| reaction.name == name) else {
            return false;
        };
        let users = &mut self.reactions[place].users;
        let Some(reacted) = users.iter().position(|known| known == user) else { return false };
        users.remove(reacted);
        if users.is_empty() {
            self.reactions.remove(place);
        }
        true
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
        if let Some(subtype) = self.subtype {
            shown["subtype"] = json!(subtype);
            shown["hidden"] = json!(true);
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
