//! `chat.postMessage`: the bot says something.

use serde_json::{Value, json};

use crate::simulator::arguments::Arguments;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;
use crate::simulator::{PostedMessage, UnknownId};

/// Text beyond this many characters is cut off, without an error.
const LONGEST_TEXT: usize = 40_000;
/// The most blocks a message may have.
const MOST_BLOCKS: usize = 50;
/// The most characters in a section's text.
const LONGEST_SECTION: usize = 3_000;
/// The most characters in a header's text.
const LONGEST_HEADER: usize = 150;
/// The most characters over all blocks. Undocumented; found by trying.
const LONGEST_BLOCKS: usize = 13_200;

pub(super) fn run(world: &World, arguments: &Arguments) -> Result<Value, MethodError> {
    let channel = arguments.required("channel")?;
    let text: String = arguments.text("text").unwrap_or_default().chars().take(LONGEST_TEXT).collect();
    let blocks = blocks(arguments)?;
    if text.is_empty() && blocks.is_empty() {
        return Err(MethodError::named("no_text"));
    }
    let message = PostedMessage {
        bot_id: Some(world.settings.bot_id.clone()),
        blocks,
        metadata: metadata(arguments)?,
        ..PostedMessage::by_user(
            &channel,
            arguments.text("thread_ts").as_deref(),
            &world.settings.bot_user_id,
            &text,
            &[],
        )
    };
    let posted = world.post(message).map_err(|unknown| match unknown {
        UnknownId::Message { .. } => MethodError::named("thread_not_found"),
        other => other.into(),
    })?;
    let message = world.message_with_files(&posted);
    Ok(json!({"ok": true, "channel": posted.channel, "ts": posted.ts, "message": message}))
}

fn blocks(arguments: &Arguments) -> Result<Vec<Value>, MethodError> {
    let given = arguments.structure("blocks").map_err(|_| MethodError::named("invalid_blocks_format"))?;
    let blocks = match given {
        None => return Ok(Vec::new()),
        Some(Value::Array(blocks)) => blocks,
        Some(_) => return Err(MethodError::named("invalid_blocks_format")),
    };
    if blocks.len() > MOST_BLOCKS || !blocks.iter().all(is_sound) {
        return Err(MethodError::named("invalid_blocks"));
    }
    if blocks.iter().map(characters).sum::<usize>() > LONGEST_BLOCKS {
        return Err(MethodError::named("msg_blocks_too_long"));
    }
    Ok(blocks)
}

fn is_sound(block: &Value) -> bool {
    let length = |text: &Value| text["text"].as_str().map(|text| text.chars().count());
    match block["type"].as_str() {
        Some("header") => length(&block["text"]).is_some_and(|length| (1..=LONGEST_HEADER).contains(&length)),
        Some("section") => {
            let fields = block["fields"].as_array().is_some_and(|fields| !fields.is_empty());
            length(&block["text"]).map_or(fields, |length| (1..=LONGEST_SECTION).contains(&length))
        }
        Some(_) => true,
        None => false,
    }
}

/// How many characters people are shown of this.
fn characters(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) if name == "text" => text.chars().count(),
                other => characters(other),
            })
            .sum(),
        Value::Array(values) => values.iter().map(characters).sum(),
        _ => 0,
    }
}

fn metadata(arguments: &Arguments) -> Result<Option<Value>, MethodError> {
    let given = arguments.structure("metadata").map_err(|_| MethodError::named("invalid_metadata_format"))?;
    match given {
        Some(metadata) if metadata["event_type"].is_string() && metadata["event_payload"].is_object() => {
            Ok(Some(metadata))
        }
        Some(_) => Err(MethodError::named("invalid_metadata_format")),
        None => Ok(None),
    }
}
