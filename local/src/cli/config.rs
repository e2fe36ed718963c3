//! Reads the configuration of `dev`, and names all that is wrong with it at once.

use std::collections::BTreeSet;

use ackflow_handlers::{IngestSettings, Operators};
use miette::{Diagnostic, Result};
use secrecy::SecretString;
use thiserror::Error;
use url::Url;

use super::dev::Dev;
use crate::system::SystemSettings;

/// Everything that is wrong with the configuration.
#[derive(Debug, Error, Diagnostic)]
#[error("the configuration is incomplete or malformed:\n{}", .problems.iter().map(|problem| format!("  • {problem}")).collect::<Vec<_>>().join("\n"))]
#[diagnostic(help(
    "set each as an environment variable or give it as an option; `ackflow dev --help` lists them all"
))]
struct ConfigError {
    problems: Vec<String>,
}

/// Checks the options of `dev`.
pub(super) fn settings(dev: &Dev) -> Result<SystemSettings> {
    let mut problems = Vec::new();
    let signing_secrets = signing_secrets(dev.signing_secret.as_deref(), &mut problems);
    let bot_token = bot_token(dev.bot_token.as_deref(), &mut problems);
    let api_url = api_url(&dev.api_url, &mut problems);
    let (Some(bot_token), Some(api_url), true) = (bot_token, api_url, problems.is_empty()) else {
        return Err(ConfigError { problems }.into());
    };
    let ingest = IngestSettings {
        signing_secrets,
        verification_token: dev
            .verification_token
            .clone()
            .filter(|token| !token.is_empty())
            .map(SecretString::from),
        team_ids: dev.team_ids.iter().filter(|id| !id.is_empty()).cloned().collect::<BTreeSet<_>>(),
    };
    let operators = match &dev.operators_channel {
        Some(channel) if !channel.is_empty() => Operators::Channel(channel.clone()),
        _ => Operators::Log,
    };
    Ok(SystemSettings { ingest, bot_token, api_url, operators, engine: ackflow_engine::Settings::default() })
}

fn signing_secrets(given: Option<&str>, problems: &mut Vec<String>) -> Vec<SecretString> {
    const WHERE: &str =
        "copy the signing secret from api.slack.com/apps → your app → Basic Information → App Credentials";
    let secrets: Vec<&str> =
        given.unwrap_or_default().split(',').map(str::trim).filter(|it| !it.is_empty()).collect();
    match secrets.len() {
        0 => problems.push(format!("SLACK_SIGNING_SECRET is not set: {WHERE}")),
        1 | 2 => {}
        count => problems.push(format!(
            "SLACK_SIGNING_SECRET holds {count} secrets: one, or two during a rotation, separated by a comma"
        )),
    }
    if secrets.iter().any(|secret| secret.len() < 16 || secret.chars().any(char::is_whitespace)) {
        problems.push(format!("SLACK_SIGNING_SECRET is no signing secret (32 hexadecimal digits): {WHERE}"));
    }
    secrets.into_iter().map(SecretString::from).collect()
}

fn bot_token(given: Option<&str>, problems: &mut Vec<String>) -> Option<SecretString> {
    const WHERE: &str =
        "copy the Bot User OAuth Token (xoxb-…) from api.slack.com/apps → your app → OAuth & Permissions";
    match given.map(str::trim).unwrap_or_default() {
        "" => problems.push(format!("SLACK_BOT_TOKEN is not set: {WHERE}")),
        token if !token.starts_with("xoxb-") || token.chars().any(|char| !char.is_ascii_graphic()) => {
            problems.push(format!("SLACK_BOT_TOKEN is no bot token: {WHERE}"));
        }
        token => return Some(SecretString::from(token)),
    }
    None
}

fn api_url(given: &str, problems: &mut Vec<String>) -> Option<Url> {
    // A URL without a slash at its end would lose its last part when a method's name is joined to it.
    let with_slash = format!("{}/", given.trim_end_matches('/'));
    match Url::parse(&with_slash) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
        _ => {
            problems.push(
                "SLACK_API_URL is no http(s) URL: leave it out for Slack's own, https://slack.com/api/"
                    .to_owned(),
            );
            None
        }
    }
}
