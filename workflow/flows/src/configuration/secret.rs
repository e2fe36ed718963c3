//! No secret stands in the file: it is committed, and read by everybody.

use super::{
    findings::Findings,
    key::{Key, Step},
};

/// Reports each secret without showing it, and removes it so that no other message shows it.
pub(super) fn check(findings: &mut Findings<'_>) {
    // From the end, so that an item that is removed does not change the numbers of those still to come.
    for (key, text) in findings.strings().iter().rev() {
        if is_secret_name(key) || has_slack_token(text) {
            findings.add_and_remove(
                key,
                "a secret does not belong in this file",
                "remove it, revoke it if others have seen it, and set SLACK_BOT_TOKEN or SLACK_SIGNING_SECRET in the environment",
            );
        }
    }
}

/// Whether a key says that its value is a secret, as `bot_token` does.
fn is_secret_name(key: &Key) -> bool {
    let Some(Step::Name(name)) = key.steps().last() else { return false };
    let name = name.to_ascii_lowercase();
    ["token", "secret", "password"].iter().any(|end| name.ends_with(end))
}

/// Whether a text holds a Slack token, such as `xoxb-1…`. A pattern that finds tokens, such as `xox[bp]-`, is none.
/// Source: <https://docs.slack.dev/authentication/tokens>.
fn has_slack_token(text: &str) -> bool {
    text.match_indices("xox").chain(text.match_indices("xapp")).any(|(start, prefix)| {
        let mut rest = text[start + prefix.len()..].chars();
        let has_kind = prefix == "xapp" || rest.next().is_some_and(|kind| kind.is_ascii_alphabetic());
        has_kind
            && rest.next().is_some_and(|separator| "-.".contains(separator))
            && rest.next().is_some_and(|first| first.is_ascii_alphanumeric())
    })
}
