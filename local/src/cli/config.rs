//! Reads the configuration of `dev`, and names all that is wrong with it at once.

use std::sync::Arc;

use ackflow_flows::{Configuration, Target};
use ackflow_handlers::{
    IngestSettings, Operators, SHORTEST_WEBHOOK_SECRET, SLACK_API_URL, SettingError, api_url, operators,
    team_ids,
};
use clap::Args;
use miette::{Diagnostic, Result};
use secrecy::SecretString;
use thiserror::Error;
use url::Url;

use super::doctor::targets;
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
    /// An admin's user token (xoxp-…), to delete messages that break a rule; without it they are reported.
    #[arg(long, env = "SLACK_USER_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    user_token: Option<String>,
    /// What the requests to deploy webhooks are signed with: 16 characters or more.
    #[arg(long, env = "DEPLOY_WEBHOOK_SECRET", hide_env_values = true, value_name = "SECRET")]
    webhook_secret: Option<String>,
    /// The app's legacy verification token, to have it checked too.
    #[arg(long, env = "VERIFICATION_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    verification_token: Option<String>,
    /// The workspaces whose events are wanted, separated by commas; all when left out.
    #[arg(long, env = "SLACK_TEAM_IDS", value_name = "IDS")]
    team_ids: Option<String>,
    /// The channel for notices to the operators; the log when left out.
    #[arg(long, env = "SLACK_OPERATORS_CHANNEL", value_name = "CHANNEL")]
    operators_channel: Option<String>,
    /// Slack's Web API. Files are fetched from Slack's own hosts and from this one's.
    #[arg(long, env = "SLACK_API_URL", default_value = SLACK_API_URL, value_name = "URL")]
    api_url: String,
}

/// What the options say. A bot token or a URL that is missing or malformed is none.
pub(super) struct SlackApp {
    pub(super) ingest: IngestSettings,
    pub(super) bot_token: Option<SecretString>,
    pub(super) user_token: Option<SecretString>,
    pub(super) webhook_secret: Option<SecretString>,
    pub(super) api_url: Option<Url>,
    pub(super) operators: Operators,
}

/// Everything that is wrong with the configuration.
#[derive(Debug, Error, Diagnostic)]
#[error("the configuration is incomplete or malformed:\n{}", .problems.iter().map(|problem| format!("  • {problem}")).collect::<Vec<_>>().join("\n"))]
#[diagnostic(help(
    "set what is in capitals as an environment variable or give it as an option; `ackflow dev --help` lists them all"
))]
struct ConfigError {
    problems: Vec<String>,
}

impl SlackOptions {
    /// Checks the options, and the address to serve on with them.
    pub(super) fn settings(&self, listen: &str, configuration: Configuration) -> Result<SystemSettings> {
        let mut problems = Vec::new();
        check_listen(listen, &mut problems);
        let SlackApp { ingest, bot_token, user_token, webhook_secret, api_url, operators } =
            self.read(&configuration, &mut problems);
        let misfits = targets::misfits(&configuration).into_iter();
        problems.extend(misfits.map(|misfit| format!("{}; {}", misfit.message, misfit.remedy)));
        let (Some(bot_token), Some(api_url), true) = (bot_token, api_url, problems.is_empty()) else {
            return Err(ConfigError { problems }.into());
        };
        Ok(SystemSettings {
            ingest,
            configuration: Arc::new(configuration),
            bot_token,
            user_token,
            webhook_secret,
            api_url,
            operators,
            engine: ackflow_engine::Settings::default(),
        })
    }

    /// Reads the options, and adds what is wrong with them to the problems: what it is, a colon, what to do.
    pub(super) fn read(&self, configuration: &Configuration, problems: &mut Vec<String>) -> SlackApp {
        let signing_secrets = signing_secrets(self.signing_secret.as_deref(), problems);
        let bot_token = bot_token(self.bot_token.as_deref(), problems);
        let api_url = setting(&self.api_url, api_url, problems);
        let team_ids = setting(self.team_ids.as_deref().unwrap_or_default(), team_ids, problems);
        let operators = setting(self.operators_channel.as_deref().unwrap_or_default(), operators, problems);
        let verification_token = given(self.verification_token.as_deref()).map(SecretString::from);
        let user_token = user_token(self.user_token.as_deref(), problems);
        let webhook_secret = webhook_secret(self.webhook_secret.as_deref(), configuration, problems);
        let team_ids = team_ids.unwrap_or_default();
        let operators = operators.unwrap_or(Operators::Log);
        let ingest = IngestSettings { signing_secrets, verification_token, team_ids };
        SlackApp { ingest, bot_token, user_token, webhook_secret, api_url, operators }
    }
}

/// Checks what it takes to call the Web API.
pub(super) fn web_api(token: Option<&str>, url: &str) -> Result<(SecretString, Url)> {
    let mut problems = Vec::new();
    let token = bot_token(token, &mut problems);
    let url = setting(url, api_url, &mut problems);
    token.zip(url).ok_or_else(|| ConfigError { problems }.into())
}

/// What is not empty: an empty environment variable is as good as none.
fn given(option: Option<&str>) -> Option<&str> {
    option.map(str::trim).filter(|text| !text.is_empty())
}

/// Reads a setting that is no secret, by the rule that the functions on AWS have too.
fn setting<T>(
    text: &str,
    rule: fn(&str) -> Result<T, SettingError>,
    problems: &mut Vec<String>,
) -> Option<T> {
    rule(text).inspect_err(|error| problems.push(error.to_string())).ok()
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
        token
            if token.strip_prefix("xoxb-").is_none_or(|rest| rest.len() < 8)
                || token.chars().any(|char| !char.is_ascii_graphic()) =>
        {
            problems.push(format!("SLACK_BOT_TOKEN is no bot token: {WHERE}"));
        }
        token => return Some(SecretString::from(token)),
    }
    None
}

fn user_token(given: Option<&str>, problems: &mut Vec<String>) -> Option<SecretString> {
    let token = self::given(given)?;
    if token.strip_prefix("xoxp-").is_none_or(|rest| rest.len() < 8) {
        problems.push(
            "SLACK_USER_TOKEN is no user token: copy the User OAuth Token (xoxp-…) from api.slack.com/apps → your app → OAuth & Permissions, or leave it out"
                .to_owned(),
        );
    }
    Some(SecretString::from(token))
}

/// What webhooks are signed with: needed as soon as a service is deployed by one.
fn webhook_secret(
    given: Option<&str>,
    configuration: &Configuration,
    problems: &mut Vec<String>,
) -> Option<SecretString> {
    let mut services = configuration.deploy.iter().flat_map(|deploy| deploy.services.values());
    let is_needed = services.any(|service| matches!(service.target, Target::Webhook(_)));
    let secret = self::given(given);
    match secret {
        None if is_needed => problems.push(
            "DEPLOY_WEBHOOK_SECRET is not set, and a service is deployed by a webhook: make one with `openssl rand -hex 32`, and give it to whoever receives the requests"
                .to_owned(),
        ),
        Some(secret) if secret.len() < SHORTEST_WEBHOOK_SECRET => {
            problems.push(format!(
                "DEPLOY_WEBHOOK_SECRET is too short: take {SHORTEST_WEBHOOK_SECRET} characters or more"
            ));
        }
        _ => {}
    }
    secret.map(SecretString::from)
}
