//! A channel as people see it.

use serde_json::Value;

use super::content::Content;
use super::mrkdwn::{mrkdwn, plain_text};
use super::world::World;
use super::{Ephemeral, PostedMessage};

/// How far replies are indented.
const INDENT: &str = "  ";

impl World {
    /// The messages in order, each with its replies below it. Empty if there is no such channel.
    pub(super) fn transcript(&self, channel: &str) -> String {
        let guard = self.content();
        let content = &*guard;
        let bot = content.user_name(&self.settings.bot_user_id);
        let Ok(channel) = content.channel(channel) else { return String::new() };
        let messages = channel.messages.iter().map(|message| Entry::message(content, message));
        let ephemerals = channel.ephemerals.iter().map(|ephemeral| Entry::ephemeral(content, bot, ephemeral));
        let mut entries: Vec<Entry> = messages.chain(ephemerals).collect();
        entries.sort_by_key(|entry| entry.ts);

        let width = entries.iter().map(|entry| entry.author.chars().count()).max().unwrap_or_default();
        let mut text = String::new();
        for start in entries.iter().filter(|entry| entry.thread_ts.is_none()) {
            start.write("", width, &mut text);
            for reply in entries.iter().filter(|entry| entry.thread_ts == Some(start.ts)) {
                reply.write(INDENT, width, &mut text);
            }
        }
        text
    }
}

/// A message, whoever sees it.
struct Entry<'content> {
    ts: &'content str,
    thread_ts: Option<&'content str>,
    author: &'content str,
    lines: Vec<String>,
    /// What is said of the message after its last line.
    note: Option<String>,
}

impl<'content> Entry<'content> {
    fn message(content: &'content Content, message: &'content PostedMessage) -> Self {
        let mut lines = body(content, &message.text, &message.blocks);
        let files = message.files.iter().filter_map(|id| content.file(id).ok()).filter(|file| !file.deleted);
        let files: Vec<&str> = files.map(|file| file.name.as_str()).collect();
        if !files.is_empty() {
            lines.push(format!("📎 {}", files.join(", ")));
        }
        let reactions: Vec<String> = message
            .reactions
            .iter()
            .map(|reaction| format!("{} ×{}", reaction.name, reaction.users.len()))
            .collect();
        Self {
            ts: &message.ts,
            thread_ts: message.thread_ts.as_deref(),
            author: content.user_name(&message.user),
            lines,
            note: (!reactions.is_empty()).then(|| format!("[{}]", reactions.join(", "))),
        }
    }

    /// What this bot says to one person: nobody else can.
    fn ephemeral(content: &'content Content, bot: &'content str, ephemeral: &'content Ephemeral) -> Self {
        Self {
            ts: &ephemeral.ts,
            thread_ts: ephemeral.thread_ts.as_deref(),
            author: bot,
            lines: body(content, &ephemeral.text, &ephemeral.blocks),
            note: Some(format!("(only {} sees this)", content.user_name(&ephemeral.user))),
        }
    }

    fn write(&self, indent: &str, width: usize, text: &mut String) {
        let mut author = self.author;
        let last = self.lines.len().saturating_sub(1);
        for (number, line) in self.lines.iter().enumerate() {
            let note = self.note.as_ref().filter(|_| number == last);
            let note = note.map(|note| format!("  {note}")).unwrap_or_default();
            let line = format!("{indent}{author:<width$}  {line}{note}");
            text.push_str(line.trim_end());
            text.push('\n');
            author = "";
        }
    }
}

/// The layout if there is one: the text is then for notifications only. At least one line.
fn body(content: &Content, text: &str, blocks: &[Value]) -> Vec<String> {
    let shown = if blocks.is_empty() {
        mrkdwn(content, text)
    } else {
        blocks.iter().map(|block| block_text(content, block)).collect::<Vec<_>>().join("\n")
    };
    if shown.is_empty() { vec![shown] } else { shown.lines().map(str::to_owned).collect() }
}

fn block_text(content: &Content, block: &Value) -> String {
    let several = |parts: &Value, between: &str| {
        let parts = parts.as_array().into_iter().flatten();
        parts.map(|part| element_text(content, part)).collect::<Vec<_>>().join(between)
    };
    match block["type"].as_str().unwrap_or_default() {
        "divider" => "───".into(),
        "header" => element_text(content, &block["text"]),
        "context" => several(&block["elements"], "  "),
        "actions" => several(&block["elements"], " "),
        "section" => {
            let part = |part: &Value| (!part.is_null()).then(|| element_text(content, part));
            let fields = block["fields"].is_array().then(|| several(&block["fields"], "\n"));
            let parts = [part(&block["text"]), fields, part(&block["accessory"])];
            parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
        }
        other => format!("({other})"),
    }
}

/// A text or an interactive element; of any other, what kind it is.
fn element_text(content: &Content, element: &Value) -> String {
    let text = |of: &Value| of["text"].as_str().unwrap_or_default().to_owned();
    match element["type"].as_str().unwrap_or_default() {
        "mrkdwn" => mrkdwn(content, &text(element)),
        "plain_text" => plain_text(&text(element)),
        "button" => format!("[{}]", plain_text(&text(&element["text"]))),
        other => format!("({other})"),
    }
}
