//! The parts of a message in a call, and Slack's limits to them.

use serde_json::Value;

use crate::simulator::arguments::Arguments;
use crate::simulator::method_error::MethodError;

/// The most blocks a message may have.
const MOST_BLOCKS: usize = 50;
/// The most characters in a section's text.
const LONGEST_SECTION: usize = 3_000;
/// The most characters in a header's text.
const LONGEST_HEADER: usize = 150;
/// The most characters over all blocks. Undocumented; found by trying.
const LONGEST_BLOCKS: usize = 13_200;
/// The most elements in an `actions` block.
const MOST_ELEMENTS: usize = 25;
/// The most characters on a button.
const LONGEST_BUTTON: usize = 75;
/// The most characters in a button's `action_id`.
const LONGEST_ACTION_ID: usize = 255;
/// The most characters in a button's value.
const LONGEST_VALUE: usize = 2_000;

/// The layout, if one is given; an empty one is given too.
pub(super) fn blocks(arguments: &Arguments) -> Result<Option<Vec<Value>>, MethodError> {
    let given = arguments.structure("blocks").map_err(|_| MethodError::named("invalid_blocks_format"))?;
    let blocks = match given {
        None => return Ok(None),
        Some(Value::Array(blocks)) => blocks,
        Some(_) => return Err(MethodError::named("invalid_blocks_format")),
    };
    if blocks.len() > MOST_BLOCKS || !blocks.iter().all(is_sound) {
        return Err(MethodError::named("invalid_blocks"));
    }
    if blocks.iter().map(characters).sum::<usize>() > LONGEST_BLOCKS {
        return Err(MethodError::named("msg_blocks_too_long"));
    }
    Ok(Some(blocks))
}

fn is_sound(block: &Value) -> bool {
    let length = |text: &Value| text["text"].as_str().map(|text| text.chars().count());
    match block["type"].as_str() {
        Some("header") => length(&block["text"]).is_some_and(|length| (1..=LONGEST_HEADER).contains(&length)),
        Some("section") => {
            let fields = block["fields"].as_array().is_some_and(|fields| !fields.is_empty());
            length(&block["text"]).map_or(fields, |length| (1..=LONGEST_SECTION).contains(&length))
        }
        Some("actions") => block["elements"].as_array().is_some_and(|elements| {
            (1..=MOST_ELEMENTS).contains(&elements.len()) && elements.iter().all(is_sound_element)
        }),
        Some(_) => true,
        None => false,
    }
}

/// Of the many elements, only buttons are looked at.
fn is_sound_element(element: &Value) -> bool {
    let fits = |text: &Value, most| text.as_str().is_none_or(|text| text.chars().count() <= most);
    if element["type"] != "button" {
        return true;
    }
    let text = &element["text"];
    text["type"] == "plain_text"
        && text["text"].is_string()
        && fits(&text["text"], LONGEST_BUTTON)
        && fits(&element["action_id"], LONGEST_ACTION_ID)
        && fits(&element["value"], LONGEST_VALUE)
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

/// What the app attaches for itself.
pub(super) fn metadata(arguments: &Arguments) -> Result<Option<Value>, MethodError> {
    let given = arguments.structure("metadata").map_err(|_| MethodError::named("invalid_metadata_format"))?;
    match given {
        Some(metadata) if metadata["event_type"].is_string() && metadata["event_payload"].is_object() => {
            Ok(Some(metadata))
        }
        Some(_) => Err(MethodError::named("invalid_metadata_format")),
        None => Ok(None),
    }
}
