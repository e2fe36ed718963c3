//! What the deployment tells a function, by environment variables.

use std::collections::{BTreeSet, HashMap};

use ackflow_handlers::{Operators, SettingError};
use url::Url;

/// An environment variable that is missing or malformed.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {name} {problem}: the stack sets it, so deploy it again")]
pub struct EnvironmentError {
    name: &'static str,
    problem: String,
}

/// A variable that the function can't do without.
pub fn required(name: &'static str) -> Result<String, EnvironmentError> {
    optional(name).ok_or_else(|| EnvironmentError { name, problem: "is not set".to_owned() })
}

/// A variable; empty is as good as unset.
pub fn optional(name: &'static str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// `STATE_MACHINES`: the ARN of each flow's state machine.
pub fn state_machines() -> Result<HashMap<String, String>, EnvironmentError> {
    const NAME: &str = "STATE_MACHINES";
    serde_json::from_str(&required(NAME)?).map_err(|error| EnvironmentError {
        name: NAME,
        problem: format!("is not a JSON object of names and ARNs ({error})"),
    })
}

/// `SLACK_API_URL`: Slack's Web API.
pub fn slack_api_url() -> Result<Url, SettingError> {
    ackflow_handlers::api_url(&optional("SLACK_API_URL").unwrap_or_default())
}

/// `SLACK_TEAM_IDS`: the workspaces whose events are wanted; all when empty.
pub fn team_ids() -> Result<BTreeSet<String>, SettingError> {
    ackflow_handlers::team_ids(&optional("SLACK_TEAM_IDS").unwrap_or_default())
}

/// `SLACK_OPERATORS_CHANNEL`: who hears of notices that are not about a thread.
pub fn operators() -> Result<Operators, SettingError> {
    ackflow_handlers::operators(&optional("SLACK_OPERATORS_CHANNEL").unwrap_or_default())
}
