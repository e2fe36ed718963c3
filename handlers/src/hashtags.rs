//! The hashtags of a comment.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

/// What is no place for a tag: code blocks, code spans, Slack's own `<…>` markup, bare URLs.
static NOT_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)```.*?```|`[^`\n]+`|<[^<>\n]*>|\b[a-zA-Z][a-zA-Z0-9+.-]*://\S+")
        .expect("a valid pattern")
});

/// A tag, and what stands before it. Marks belong to the letters they stand on.
static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^\p{L}\p{M}\p{N}_#&/-])#([\p{L}\p{M}\p{N}_-]*[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*)")
        .expect("a valid pattern")
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
    // The line break keeps what stood on both sides apart without joining anything to a tag.
    let text = NOT_TEXT.replace_all(text, "\n");
    let text: String = plain_text(&text).nfc().collect();
    let mut tags: Vec<String> = Vec::new();
    for found in TAG.captures_iter(&text) {
        let tag = found[1].to_lowercase();
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
