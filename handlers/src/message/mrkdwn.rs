//! Slack's mrkdwn: what is escaped and cut, and how people, places and times are written.
//!
//! Source: <https://docs.slack.dev/messaging/formatting-message-text>

use jiff::{SignedDuration, Timestamp};

/// How much of a name is shown, in characters.
const MAX_NAME_LENGTH: usize = 80;

/// How much is shown of what a program says, in characters.
const MAX_SENTENCE_LENGTH: usize = 1_000;

/// How much is shown of a text of the operators', in characters: most of the 40,000 that Slack takes.
const MAX_OPERATORS_TEXT_LENGTH: usize = 30_000;

/// The longest address that is made a link, in bytes.
const MAX_ADDRESS_LENGTH: usize = 1_000;

/// A name on one line, and not for ever.
pub(super) fn shown(name: &str) -> String {
    on_one_line(name, MAX_NAME_LENGTH)
}

/// What a program says, on one line.
pub(super) fn sentence(text: &str) -> String {
    on_one_line(text, MAX_SENTENCE_LENGTH)
}

/// What the operators wrote in the configuration: it is mrkdwn, and its mentions are meant.
pub(super) fn by_operators(text: &str) -> String {
    cut(text, MAX_OPERATORS_TEXT_LENGTH)
}

/// A user, who is notified.
pub(super) fn user(id: &str) -> String {
    mention('@', id)
}

/// A channel.
pub(super) fn channel(id: &str) -> String {
    mention('#', id)
}

/// What is no id is shown as a name.
fn mention(sigil: char, id: &str) -> String {
    let is_id =
        (1..=MAX_NAME_LENGTH).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_id { format!("<{sigil}{id}>") } else { shown(id) }
}

/// A link, or the address as text where it can't be one.
pub(super) fn link(address: &str, label: &str) -> String {
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    let breaks_off = |char: char| matches!(char, '<' | '>' | '|') || char.is_whitespace() || is_unseen(char);
    if is_web && address.len() <= MAX_ADDRESS_LENGTH && !address.contains(breaks_off) {
        format!("<{}|{label}>", escape(address))
    } else {
        shown(address)
    }
}

/// A time, which Slack shows to everybody in their own time zone.
pub(super) fn time(rfc3339: &str) -> String {
    rfc3339.parse::<Timestamp>().map_or_else(|_| shown(rfc3339), date)
}

/// The time so many seconds later, if there is one.
pub(super) fn time_after(rfc3339: &str, seconds: u64) -> Option<String> {
    let begin: Timestamp = rfc3339.parse().ok()?;
    let wait = SignedDuration::from_secs(i64::try_from(seconds).ok()?);
    begin.checked_add(wait).ok().map(date)
}

fn date(time: Timestamp) -> String {
    let fallback = time.strftime("%Y-%m-%d %H:%M UTC");
    format!("<!date^{}^{{date_short_pretty}} at {{time}}|{fallback}>", time.as_second())
}

/// How long it is from one time to another: `42 s`, `3 min 5 s`, `2 h 5 min`.
pub(super) fn duration(begin: &str, end: &str) -> Option<String> {
    let (begin, end): (Timestamp, Timestamp) = (begin.parse().ok()?, end.parse().ok()?);
    match end.duration_since(begin).as_secs() {
        ..0 => None,
        seconds @ 0..60 => Some(format!("{seconds} s")),
        seconds @ 60..3600 => Some(format!("{} min {} s", seconds / 60, seconds % 60)),
        seconds => Some(format!("{} h {} min", seconds / 3600, seconds % 3600 / 60)),
    }
}

fn on_one_line(text: &str, longest: usize) -> String {
    let line: String = text.chars().map(|char| if is_unseen(char) { ' ' } else { char }).collect();
    escape(&cut(&line, longest))
}

/// The first characters, and dots where there were more.
pub(super) fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A control character, a line's or paragraph's end, or a character that turns the direction of the text, so that
/// `exe.fdp` reads as a PDF.
fn is_unseen(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Slack's three entities, which keep text from being read as a mention or a link.
///
/// Source: <https://docs.slack.dev/messaging/formatting-message-text#escaping>
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
