//! `chat.postMessage`: the bot says something.

use serde_json::{Value, json};

use super::message_arguments::{blocks, metadata};
use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;
use crate::simulator::{PostedMessage, UnknownId};

/// Text beyond this many characters is cut off, without an error.
const LONGEST_TEXT: usize = 40_000;

pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let channel = arguments.required("channel")?;
    let text: String = arguments.text("text").unwrap_or_default().chars().take(LONGEST_TEXT).collect();
    let blocks = blocks(arguments)?.unwrap_or_default();
    if text.is_empty() && blocks.is_empty() {
        return Err(MethodError::named("no_text"));
    }
    world.content().visible_channel(&channel, caller.user)?.may_post(caller.user)?;
    let message = PostedMessage {
        bot_id: Some(world.settings.bot_id.clone()),
        blocks,
        metadata: metadata(arguments)?,
        ..PostedMessage::by_user(&channel, arguments.text("thread_ts").as_deref(), caller.user, &text, &[])
    };
    let posted = world.post(message).map_err(|unknown| match unknown {
        UnknownId::Message { .. } => MethodError::named("thread_not_found"),
        other => other.into(),
    })?;
    let message = world.message_with_files(&posted);
    Ok(json!({"ok": true, "channel": posted.channel, "ts": posted.ts, "message": message}))
}
