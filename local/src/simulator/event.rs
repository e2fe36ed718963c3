//! Events as Slack words them.

use serde_json::{Value, json};

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
        event["channel_type"] = json!("channel");
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
            "channel_type": "channel",
        }))
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
