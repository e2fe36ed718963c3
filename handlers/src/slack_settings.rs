//! The settings of the Slack app that are no secrets, as the operator writes them. One machine and AWS read them by the
//! same rules; what the deployment refuses beforehand are the patterns of the functions' environment variables.

use std::collections::BTreeSet;

use ackflow_flows::is_private;
use url::Url;

use crate::{notifier::Operators, slack_client::SLACK_API_URL};

/// A setting that is malformed: what is wrong, a colon, what to do. Never holds its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingError(&'static str);

/// `SLACK_TEAM_IDS`: the workspaces whose events are wanted; all when it is empty.
///
/// # Errors
/// When a part of it is no id, or is empty: a list that no workspace is on, or each, is not what was meant.
pub fn team_ids(text: &str) -> Result<BTreeSet<String>, SettingError> {
    if text.trim().is_empty() {
        return Ok(BTreeSet::new());
    }
    let ids: BTreeSet<String> = text.split(',').map(|id| id.trim().to_owned()).collect();
    if ids.iter().all(|id| is_slack_id(id, &['T', 'E'])) {
        Ok(ids)
    } else {
        Err(SettingError(
            "SLACK_TEAM_IDS holds what is no workspace id: separate ids such as T0123ABCD by commas; a workspace's is in its URL, app.slack.com/client/T…",
        ))
    }
}

/// `SLACK_OPERATORS_CHANNEL`: who hears of notices that are not about a thread; the log when it is empty.
///
/// # Errors
/// When it is no channel's id, such as a name.
pub fn operators(text: &str) -> Result<Operators, SettingError> {
    match text.trim() {
        "" => Ok(Operators::Log),
        id if is_slack_id(id, &['C', 'G', 'D']) => Ok(Operators::Channel(id.to_owned())),
        _ => Err(SettingError(
            "SLACK_OPERATORS_CHANNEL is no channel id: copy the id (C…) from the channel's details, at the bottom of About",
        )),
    }
}

/// `SLACK_API_URL`: the Web API; Slack's own when it is empty. It ends with a slash, given or not: else it would lose its
/// last part when a method's name is joined to it.
///
/// # Errors
/// When it is no URL of an API, or one where others could read the token.
pub fn api_url(text: &str) -> Result<Url, SettingError> {
    let text = if text.trim().is_empty() { SLACK_API_URL } else { text.trim() };
    let url = Url::parse(&format!("{}/", text.trim_end_matches('/'))).ok();
    let url = url.filter(|url| {
        let is_plain = url.query().is_none() && url.fragment().is_none() && url.has_host();
        let is_nobodys = url.username().is_empty() && url.password().is_none();
        is_plain && is_nobodys && is_private(url)
    });
    url.ok_or(SettingError(
        "SLACK_API_URL is no https URL, nor an http one of this machine: leave it out for Slack's own, https://slack.com/api/",
    ))
}

/// Whether a text is one of Slack's ids, such as `C0LEADS`, of one of these kinds.
pub fn is_slack_id(text: &str, kinds: &[char]) -> bool {
    text.starts_with(kinds)
        && text.len() > 1
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
