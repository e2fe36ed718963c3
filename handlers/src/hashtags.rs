//! The hashtags of a comment.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

/// What is no place for a tag: code blocks, code spans, Slack's own `<…>` markup, bare URLs.
static NOT_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)```.*?```|`[^`\n]+`|<[^<>\n]*>|\b[a-zA-Z][a-zA-Z0-9+.-]*://\S+")
        .expect("a valid pattern")
});

/// What stands in its place. It is part of no tag, and a tag may stand beside it.
const PLACEHOLDER: &str = "\u{fffc}";

/// Italics. The `_` around them are no part of the words.
static ITALICS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(^|[^\p{L}\p{M}\p{N}_#-])_(\S(?:[^\n]*?\S)?)_\b{end-half}").expect("a valid pattern")
});

/// A tag, and what stands before it. Marks belong to the letters they stand on, but for those that make an
/// emoji of a sign: the variation selectors, and the frame of a keycap (`\p{Me}`).
static TAG: LazyLock<Regex> = LazyLock::new(|| {
    const MARK: &str = r"[\p{Mn}\p{Mc}--[\x{fe0e}\x{fe0f}]]";
    let before = format!(r"[^\p{{L}}\p{{N}}{MARK}_#&/\-]");
    let tag = format!(r"[_-]*[\p{{L}}\p{{N}}][\p{{L}}\p{{N}}{MARK}_\-]*");
    Regex::new(&format!("(?:^|{before})#({tag})")).expect("a valid pattern")
});

/// The hashtags of a message's text as Slack sends it: lower-case, in order, once each, without the `#`.
///
/// A tag is made of letters, digits, `_` and `-` of any script, and holds at least one letter or digit. It
/// counts neither within code nor within links, mentions and URLs.
///
/// ```
/// # use ackflow_handlers::hashtags;
/// assert_eq!(hashtags("Q3 #Finance &amp; #2026-q3, `#code` <#C1|general> #finance"), ["finance", "2026-q3"]);
/// ```
pub fn hashtags(text: &str) -> Vec<String> {
    let text = NOT_TEXT.replace_all(text, PLACEHOLDER);
    let text = ITALICS.replace_all(&text, "$1$2");
    let text: String = plain_text(&text).nfc().collect();
    let mut tags: Vec<String> = Vec::new();
    for found in TAG.captures_iter(&text) {
        // Lower case may have a composed form where upper case has none.
        let tag: String = found[1].to_lowercase().nfc().collect();
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// A message's text with the entities decoded that Slack encodes.
///
/// Source: <https://docs.slack.dev/messaging/formatting-message-text#escaping>
pub(crate) fn plain_text(text: &str) -> String {
    html_escape::decode_html_entities(text).into_owned()
}
