//! The blocks of Slack's Block Kit that messages are laid out with.
//!
//! Source: <https://docs.slack.dev/reference/block-kit/blocks>

use serde_json::{Value, json};

/// Characters that a section takes.
///
/// Source: <https://docs.slack.dev/reference/block-kit/blocks/section-block>
const MAX_SECTION_LENGTH: usize = 3_000;

/// Room for the line that says how much of a list is left out.
const MORE_LENGTH: usize = 40;

/// A block of text.
pub(super) fn section(text: &str) -> Value {
    json!({ "type": "section", "text": mrkdwn(text) })
}

/// A block of small print.
pub(super) fn context(text: &str) -> Value {
    json!({ "type": "context", "elements": [mrkdwn(text)] })
}

fn mrkdwn(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text })
}

/// A title and a list below it: as much of it as a section takes.
pub(super) fn list(title: &str, items: &[String]) -> String {
    let mut text = title.to_owned();
    for (listed, item) in items.iter().enumerate() {
        let line = format!("\n• {item}");
        if text.chars().count() + line.chars().count() > MAX_SECTION_LENGTH - MORE_LENGTH {
            return format!("{text}\n• and {} more", items.len() - listed);
        }
        text += &line;
    }
    text
}
