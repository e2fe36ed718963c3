//! What Slack posts when someone presses a button or types a slash command.

use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::world::World;
use super::{PostedMessage, UnknownId};

/// Why a button can't be pressed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PressError {
    /// There is no such message.
    #[error(transparent)]
    Unknown(#[from] UnknownId),
    /// The message has no such button, or has it no more.
    #[error("the message {ts} in the simulated channel {channel} has no button {action_id}")]
    NoButton {
        /// The channel looked in.
        channel: String,
        /// The message looked at.
        ts: String,
        /// The button looked for.
        action_id: String,
    },
}

impl World {
    /// The form of a `block_actions` interaction.
    pub(super) fn press(
        &self,
        channel: &str,
        ts: &str,
        action_id: &str,
        user: &str,
    ) -> Result<String, PressError> {
        let now = self.clock.now();
        let (mut message, channel_name, user_name, action_ts) = {
            let mut content = self.content();
            let message = content.message(channel, ts)?.clone();
            content.enter(channel, user)?;
            let action_ts = content.new_ts(now);
            let channel_name = content.channel(channel)?.name_for_apps().to_owned();
            (message, channel_name, content.user_name(user).to_owned(), action_ts)
        };
        name_blocks(&mut message.blocks);
        let mut action = button(&message.blocks, action_id).ok_or_else(|| PressError::NoButton {
            channel: channel.into(),
            ts: ts.into(),
            action_id: action_id.into(),
        })?;
        action["action_ts"] = json!(action_ts);

        let settings = &self.settings;
        let payload = json!({
            "type": "block_actions",
            "user": {"id": user, "username": user_name, "name": user_name, "team_id": settings.team_id},
            "api_app_id": settings.app_id,
            "token": settings.verification_token,
            "container": container(&message),
            "trigger_id": self.trigger_id(),
            "team": {"id": settings.team_id, "domain": settings.domain},
            "enterprise": null,
            "is_enterprise_install": false,
            "channel": {"id": channel, "name": channel_name},
            "message": self.pressed_message(&message),
            "state": {"values": {}},
            "response_url": self.response_url("actions", channel, user),
            "actions": [action],
        });
        Ok(Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish())
    }

    /// The form of a slash command.
    pub(super) fn slash(
        &self,
        command: &str,
        text: &str,
        channel: &str,
        user: &str,
    ) -> Result<String, UnknownId> {
        let (channel_name, user_name) = {
            let mut content = self.content();
            content.enter(channel, user)?;
            let channel_name = content.channel(channel)?.name_for_apps().to_owned();
            (channel_name, content.user_name(user).to_owned())
        };
        let settings = &self.settings;
        let response_url = self.response_url("commands", channel, user);
        let trigger_id = self.trigger_id();
        let fields: [(&str, &str); 13] = [
            ("token", &settings.verification_token),
            ("team_id", &settings.team_id),
            ("team_domain", &settings.domain),
            ("channel_id", channel),
            ("channel_name", &channel_name),
            ("user_id", user),
            ("user_name", &user_name),
            ("command", command),
            ("text", text),
            ("api_app_id", &settings.app_id),
            ("is_enterprise_install", "false"),
            ("response_url", &response_url),
            ("trigger_id", &trigger_id),
        ];
        Ok(Serializer::new(String::new()).extend_pairs(fields).finish())
    }

    /// The message as it is now, with the app that posted it.
    fn pressed_message(&self, message: &PostedMessage) -> Value {
        let mut shown = self.message_with_files(message);
        if message.bot_id.is_some() {
            shown["app_id"] = json!(self.settings.app_id);
        }
        shown
    }

    fn trigger_id(&self) -> String {
        self.content().new_id("trigger.")
    }
}

/// Slack names the blocks that the app left unnamed.
fn name_blocks(blocks: &mut [Value]) {
    for (number, block) in blocks.iter_mut().enumerate().filter(|(_, block)| block["block_id"].is_null()) {
        block["block_id"] = json!(format!("block{number}"));
    }
}

/// Where a button is.
fn container(message: &PostedMessage) -> Value {
    let PostedMessage { channel, ts, thread_ts, .. } = message;
    let mut container =
        json!({"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false});
    if let Some(thread_ts) = thread_ts {
        container["thread_ts"] = json!(thread_ts);
    }
    container
}

/// The action of pressing this button, but for the time.
fn button(blocks: &[Value], action_id: &str) -> Option<Value> {
    let is_it = |element: &&Value| element["type"] == "button" && element["action_id"] == action_id;
    blocks.iter().find_map(|block| {
        let elements = block["elements"].as_array().into_iter().flatten();
        let button = elements.chain([&block["accessory"]]).find(is_it)?;
        let mut action = json!({
            "action_id": action_id,
            "block_id": block["block_id"],
            "text": button["text"],
            "type": "button",
        });
        for optional in ["value", "style"] {
            if let Some(given) = button.get(optional) {
                action[optional] = given.clone();
            }
        }
        Some(action)
    })
}
