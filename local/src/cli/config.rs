//! Reads the configuration of `dev`, and names all that is wrong with it at once.

use ackflow_handlers::{IngestSettings, Operators};
use clap::Args;
use miette::{Diagnostic, Result};
use secrecy::SecretString;
use thiserror::Error;
use url::Url;

use crate::system::SystemSettings;

/// What the system needs to know of the Slack app.
#[derive(Debug, Args)]
pub(super) struct SlackOptions {
    /// The app's signing secret; two during a rotation, separated by a comma.
    #[arg(long, env = "SLACK_SIGNING_SECRET", hide_env_values = true, value_name = "SECRET")]
    signing_secret: Option<String>,
    /// The app's bot token (xoxb-…).
    #[arg(long, env = "SLACK_BOT_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    bot_token: Option<String>,
    /// The app's legacy verification token, to have it checked too.
    #[arg(long, env = "VERIFICATION_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    verification_token: Option<String>,
    /// The workspaces whose events are wanted, separated by commas; all when left out.
    #[arg(long, env = "SLACK_TEAM_IDS", value_delimiter = ',', value_name = "IDS")]
    team_ids: Vec<String>,
    /// The channel for notices to the operators; the log when left out.
    #[arg(long, env = "SLACK_OPERATORS_CHANNEL", value_name = "CHANNEL")]
    operators_channel: Option<String>,
    /// Slack's Web API. Files are fetched from Slack's own hosts and from this one's.
    #[arg(long, env = "SLACK_API_URL", default_value = "https://slack.com/api/", value_name = "URL")]
    api_url: String,
}

/// Everything that is wrong with the configuration.
#[derive(Debug, Error, Diagnostic)]
#[error("the configuration is incomplete or malformed:\n{}", .problems.iter().map(|problem| format!("  • {problem}")).collect::<Vec<_>>().join("\n"))]
#[diagnostic(help(
    "set each as an environment variable or give it as an option; `ackflow dev --help` lists them all"
))]
struct ConfigError {
    problems: Vec<String>,
}

impl SlackOptions {
    /// Checks the options, and the address to serve on with them.
    pub(super) fn settings(&self, listen: &str) -> Result<SystemSettings> {
        let mut problems = Vec::new();
        check_listen(listen, &mut problems);
        let signing_secrets = signing_secrets(self.signing_secret.as_deref(), &mut problems);
        let bot_token = bot_token(self.bot_token.as_deref(), &mut problems);
        let api_url = api_url(&self.api_url, &mut problems);
        let (Some(bot_token), Some(api_url), true) = (bot_token, api_url, problems.is_empty()) else {
            return Err(ConfigError { problems }.into());
        };
        let given = |option: &Option<String>| option.clone().filter(|text| !text.is_empty());
        let ingest = IngestSettings {
            signing_secrets,
            verification_token: given(&self.verification_token).map(SecretString::from),
            team_ids: self.team_ids.iter().filter(|id| !id.is_empty()).cloned().collect(),
        };
        let operators = given(&self.operators_channel).map_or(Operators::Log, Operators::Channel);
        Ok(SystemSettings {
            ingest,
            bot_token,
            api_url,
            operators,
            engine: ackflow_engine::Settings::default(),
        })
    }
}

fn check_listen(given: &str, problems: &mut Vec<String>) {
    let port =
        given.rsplit_once(':').and_then(|(host, port)| (!host.is_empty()).then(|| port.parse::<u16>()));
    if !matches!(port, Some(Ok(_))) {
        problems
            .push("ACKFLOW_LISTEN is no address with a port: write one such as 127.0.0.1:3000".to_owned());
    }
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
