//! `chat.update`: the bot puts something else into a message of its own.

use serde_json::{Value, json};

use super::message_arguments::{blocks, metadata};
use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

/// Text over this many bytes is refused, where `chat.postMessage` takes ten times as much.
const LONGEST_TEXT: usize = 4_000;

pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let channel = arguments.required("channel")?;
    let ts = arguments.required("ts")?;
    let text = arguments.text("text").unwrap_or_default();
    let blocks = blocks(arguments)?;
    if text.is_empty() && blocks.as_ref().is_none_or(Vec::is_empty) {
        return Err(MethodError::named("no_text"));
    }
    if text.len() > LONGEST_TEXT {
        return Err(MethodError::named("msg_too_long"));
    }
    // Metadata stays unless other is given; an empty object removes it.
    let removes_metadata = arguments.structure("metadata").is_ok_and(|given| given == Some(json!({})));
    let metadata = if removes_metadata { None } else { metadata(arguments)? };

    let now = world.clock.now();
    let updated = {
        let mut content = world.content();
        content.visible_channel(&channel, caller.user)?;
        let edited_ts = content.new_ts(now);
        let message = content.message_mut(&channel, &ts)?;
        if message.user != caller.user {
            return Err(MethodError::named("cant_update_message"));
        }
        message.text = text;
        message.edited_ts = Some(edited_ts);
        // A layout stays too, and an empty one removes it.
        if let Some(blocks) = blocks {
            message.blocks = blocks;
        }
        if removes_metadata || metadata.is_some() {
            message.metadata = metadata;
        }
        message.clone()
    };
    let message = world.message_with_files(&updated);
    Ok(json!({"ok": true, "channel": channel, "ts": ts, "text": updated.text, "message": message}))
}
