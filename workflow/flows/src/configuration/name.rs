//! The names of services and environments: what people type, and what goes into commands and URLs.

use super::{findings::Findings, key::Key};

/// Characters of a name.
const LONGEST: usize = 40;

/// Checks the name that a place ends with.
pub(super) fn check(key: &Key, name: &str, findings: &mut Findings<'_>) {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_name = name.len() <= LONGEST
        && name.bytes().next().is_some_and(is_plain)
        && name.bytes().all(|byte| is_plain(byte) || b"-_".contains(&byte));
    if !is_name {
        findings.add(
            key,
            "it can't be a name",
            format!(
                "use a-z, 0-9, - and _, begin with a letter or a digit, and stay within {LONGEST} characters"
            ),
        );
    }
}
