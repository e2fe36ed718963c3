//! Events as Slack words them.

use serde_json::{Value, json};

use super::channel_kind::ChannelKind;
use super::world::World;
use super::{PostedMessage, UnknownId};

impl World {
    /// The event around this body: what is posted to an app's request URL.
    pub(super) fn envelope(&self, event: &Value) -> Value {
        let settings = &self.settings;
        let event_id = self.content().new_id("Ev");
        json!({
            "token": settings.verification_token,
            "team_id": settings.team_id,
            "context_team_id": settings.team_id,
            "context_enterprise_id": null,
            "api_app_id": settings.app_id,
            "event": event,
            "type": "event_callback",
            "event_context": format!("4-{event_id}"),
            "event_id": event_id,
            "event_time": self.clock.now().as_second(),
            "authorizations": [{
                "enterprise_id": null,
                "team_id": settings.team_id,
                "user_id": settings.bot_user_id,
                "is_bot": true,
                "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": false,
        })
    }

    /// The `message` event of a post, `file_share` if files came with it.
    pub(super) fn message_event(&self, message: &PostedMessage) -> Value {
        let mut event = self.message_with_files(message);
        if !message.files.is_empty() {
            event["subtype"] = json!("file_share");
        }
        if message.bot_id.is_some() {
            event["app_id"] = json!(self.settings.app_id);
        }
        event["channel"] = json!(message.channel);
        event["channel_type"] = json!(self.channel_kind(&message.channel).channel_type());
        event["event_ts"] = json!(message.ts);
        event
    }

    /// Changes a message and gives the `message_changed` event.
    pub(super) fn edit(&self, channel: &str, ts: &str, text: &str) -> Result<Value, UnknownId> {
        let now = self.clock.now();
        let (before, after, event_ts) = {
            let mut content = self.content();
            let event_ts = content.new_ts(now);
            let (before, after) = content.edit(channel, ts, text, event_ts.clone())?;
            (before, after, event_ts)
        };
        let mut message = self.message_with_files(&after);
        message["source_team"] = json!(self.settings.team_id);
        message["user_team"] = json!(self.settings.team_id);
        Ok(json!({
            "type": "message",
            "subtype": "message_changed",
            "message": message,
            "previous_message": self.message_with_files(&before),
            "channel": channel,
            "hidden": true,
            "ts": event_ts,
            "event_ts": event_ts,
            "channel_type": self.channel_kind(channel).channel_type(),
        }))
    }

    /// The `app_mention` event of a post. Unlike the `message` event of the same post, it says nothing of the kind of
    /// channel, and has no subtype.
    pub(super) fn mention_event(&self, message: &PostedMessage) -> Value {
        let mut event = self.message_with_files(message);
        event["type"] = json!("app_mention");
        event["channel"] = json!(message.channel);
        event["event_ts"] = json!(message.ts);
        event
    }

    /// A newcomer's id, and the `team_join` event.
    pub(super) fn join_team(&self, name: &str) -> (String, Value) {
        let now = self.clock.now();
        let (id, event_ts) = {
            let mut content = self.content();
            (content.add_user(name), content.new_ts(now))
        };
        let user = self.user(&id);
        let event =
            json!({"type": "team_join", "user": user, "cache_ts": now.as_second(), "event_ts": event_ts});
        (id, event)
    }

    /// Lets someone into a channel and gives the `member_joined_channel` event.
    pub(super) fn join_channel(&self, channel: &str, user: &str) -> Result<Value, UnknownId> {
        let now = self.clock.now();
        let mut content = self.content();
        content.enter(channel, user)?;
        let event_ts = content.new_ts(now);
        Ok(json!({
            "type": "member_joined_channel",
            "user": user,
            "channel": channel,
            "channel_type": content.channel(channel)?.kind.letter(),
            "team": self.settings.team_id,
            "event_ts": event_ts,
        }))
    }

    /// Adds a reaction and gives the `reaction_added` event.
    pub(super) fn react(&self, channel: &str, ts: &str, user: &str, name: &str) -> Result<Value, UnknownId> {
        let message = {
            let mut content = self.content();
            content.message_mut(channel, ts)?.react(name, user);
            content.enter(channel, user)?;
            content.message(channel, ts)?.clone()
        };
        Ok(self.reaction_event("reaction_added", &message, user, name))
    }

    /// Takes a reaction back and gives the `reaction_removed` event.
    pub(super) fn unreact(
        &self,
        channel: &str,
        ts: &str,
        user: &str,
        name: &str,
    ) -> Result<Value, UnknownId> {
        let message = {
            let mut content = self.content();
            let message = content.message_mut(channel, ts)?;
            if !message.unreact(name, user) {
                return Err(UnknownId::Reaction { ts: ts.into(), user: user.into(), name: name.into() });
            }
            message.clone()
        };
        Ok(self.reaction_event("reaction_removed", &message, user, name))
    }

    fn reaction_event(&self, event_type: &str, message: &PostedMessage, user: &str, name: &str) -> Value {
        let now = self.clock.now();
        json!({
            "type": event_type,
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "item_user": message.user,
            "event_ts": self.content().new_ts(now),
        })
    }

    /// The kind of a channel; of one that the workspace does not have, what most are.
    fn channel_kind(&self, channel: &str) -> ChannelKind {
        self.content().channel(channel).map_or(ChannelKind::Public, |channel| channel.kind)
    }

    /// A message with its file objects, and with the author of the message that its thread starts with.
    pub(super) fn message_with_files(&self, message: &PostedMessage) -> Value {
        let mut shown = message.to_slack(&self.settings.team_id, true);
        let content = self.content();
        if !message.files.is_empty() {
            let files = message.files.iter().filter_map(|id| content.file(id).ok());
            shown["files"] = files.map(|file| file.in_event(self)).collect();
            shown["upload"] = json!(true);
            shown["display_as_bot"] = json!(false);
        }
        if let Some(thread_ts) = &message.thread_ts
            && let Ok(parent) = content.message(&message.channel, thread_ts)
        {
            shown["parent_user_id"] = json!(parent.user);
        }
        shown
    }
}
