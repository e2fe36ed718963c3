//! Slack's markup as people see it.

use super::content::Content;

/// What stands for each of these in a stored text. The ampersand comes last: what it makes is not read again.
const SHOWN: [(&str, &str); 13] = [
    (":bell:", "🔔"),
    (":eyes:", "👀"),
    (":hourglass:", "⏳"),
    (":no_entry:", "⛔"),
    (":rocket:", "🚀"),
    (":tada:", "🎉"),
    (":warning:", "⚠️"),
    (":wave:", "👋"),
    (":white_check_mark:", "✅"),
    (":x:", "❌"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
];

/// A text whose mentions and links are markup.
pub(super) fn mrkdwn(content: &Content, text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<')
        && let Some((inside, next)) = after.split_once('>')
    {
        shown.push_str(&plain_text(before));
        shown.push_str(&entity(content, inside));
        rest = next;
    }
    shown.push_str(&plain_text(rest));
    shown
}

/// A text without markup, in which emoji are shown all the same.
pub(super) fn plain_text(text: &str) -> String {
    SHOWN.into_iter().fold(text.to_owned(), |text, (stored, shown)| text.replace(stored, shown))
}

/// What stands between `<` and `>`: a mention, or a link.
fn entity(content: &Content, inside: &str) -> String {
    let (target, label) = match inside.split_once('|') {
        Some((target, label)) => (target, Some(plain_text(label))),
        None => (inside, None),
    };
    if let Some(user) = target.strip_prefix('@') {
        format!("@{}", content.user_name(user))
    } else if let Some(channel) = target.strip_prefix('#') {
        let name = content.channel(channel).map_or(channel, |channel| channel.name.as_str());
        format!("#{name}")
    } else if let Some(special) = target.strip_prefix('!') {
        label.unwrap_or_else(|| format!("@{special}"))
    } else {
        let url = target.replace("&amp;", "&");
        label.map_or_else(|| url.clone(), |label| format!("{label} ({url})"))
    }
}
