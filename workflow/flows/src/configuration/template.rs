//! Texts with placeholders: `https://ci.example.com/{service}`.
//!
//! A placeholder is a word in braces. Other braces are text, so JSON may stand in a template.

use super::{findings::Findings, key::Key, nearest::did_you_mean};

/// What targets and links are filled with.
pub(super) const OF_DEPLOYMENT: &[&str] = &["service", "environment"];
/// What messages about somebody in a channel are filled with; both become Slack mentions.
pub(super) const OF_MESSAGE: &[&str] = &["user", "channel"];
/// What a greeting is filled with.
pub(super) const OF_GREETING: &[&str] = &["user"];

/// Fills each placeholder with its value. A value is never taken for a template; a placeholder without a value stays.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, name, after)) = split(rest) {
        filled.push_str(before);
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => filled.push_str(value),
            None => filled.extend(["{", name, "}"]),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// Fills what is said about a deployment.
pub fn fill_deployment(template: &str, service: &str, environment: &str) -> String {
    fill(template, &[("service", service), ("environment", environment)])
}

/// Fills what is said about somebody in a channel. Both are given by their ids, and become Slack's mentions.
pub(crate) fn fill_message(template: &str, user: &str, channel: &str) -> String {
    fill(template, &[("user", &format!("<@{user}>")), ("channel", &format!("<#{channel}>"))])
}

/// The names of a template's placeholders, in its order.
pub fn placeholders(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some((_, name, after)) = split(rest) {
        names.push(name);
        rest = after;
    }
    names
}

/// Checks that each placeholder is one that there is a value for.
pub(super) fn check(key: &Key, template: &str, known: &[&str], findings: &mut Findings<'_>) {
    for name in placeholders(template) {
        if !known.contains(&name) {
            let remedy = did_you_mean(name, known.iter().copied());
            findings.add(key, format!("there is no placeholder {{{name}}} here"), remedy);
        }
    }
}

/// Splits at the first placeholder: what stands before it, its name, what stands after it.
fn split(template: &str) -> Option<(&str, &str, &str)> {
    template.match_indices('{').find_map(|(open, _)| {
        let (name, after) = template[open + 1..].split_once('}')?;
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        (!name.is_empty() && name.bytes().all(is_word)).then(|| (&template[..open], name, after))
    })
}
