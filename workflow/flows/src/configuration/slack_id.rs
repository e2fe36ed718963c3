//! Slack's ids. Names change, ids never do.

use std::collections::BTreeSet;

use super::{findings::Findings, key::Key};

/// A channel's id, as a regular expression.
pub(super) const CHANNEL_ID: &str = "^[CG][A-Z0-9]+$";
/// A user's id, as a regular expression.
pub(super) const USER_ID: &str = "^[UW][A-Z0-9]+$";

pub(super) fn check_channel(key: &Key, id: &str, findings: &mut Findings<'_>) {
    if !is_id(id, &['C', 'G']) {
        findings.add(
            key,
            format!("{id:?} is no channel id"),
            "copy the id (C…) from the channel's details, at the bottom of About",
        );
    }
}

pub(super) fn check_channels(key: &Key, ids: &BTreeSet<String>, findings: &mut Findings<'_>) {
    for id in ids {
        check_channel(&findings.item(key, id), id, findings);
    }
}

pub(super) fn check_users(key: &Key, ids: &BTreeSet<String>, findings: &mut Findings<'_>) {
    for id in ids {
        if !is_id(id, &['U', 'W']) {
            findings.add(
                &findings.item(key, id),
                format!("{id:?} is no user id"),
                "copy the member ID (U…) from the person's profile, under More",
            );
        }
    }
}

/// Whether a text is one of Slack's ids, of one of these kinds.
fn is_id(text: &str, kinds: &[char]) -> bool {
    text.starts_with(kinds)
        && text.len() > 1
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
