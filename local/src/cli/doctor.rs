//! `ackflow doctor`.

mod bot_token;
mod channels;
mod clock;
mod finding;
mod granted_scopes;
mod request_url;
pub(super) mod targets;
mod user_token;

use std::{fmt::Write, sync::Arc, time::Duration};

use ackflow_flows::Configuration;
use ackflow_handlers::{SlackClient, http};
use clap::Args;
use jiff::Timestamp;
use miette::{IntoDiagnostic, Result, miette};
use secrecy::SecretString;
use serde_json::json;

use self::finding::{Finding, Level};
use super::{
    config::{SlackApp, SlackOptions},
    configuration_option::ConfigurationOption,
    public_url::PublicUrl,
    terminal::{plain, print, print_json},
};
use crate::clock::SystemClock;

/// How long each call waits when Slack says when to come back.
const PATIENCE: Duration = Duration::from_mins(2);

/// Examine the set-up of the Slack app: settings, targets, token, scopes, channels, clock, Request URL
///
/// Nothing is changed, and no message is posted. The exit status is 1 when something is broken, and 0 when there are
/// warnings only.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    configuration: ConfigurationOption,
    /// Where Slack reaches the deployment, `https://HOST`, to examine that too.
    #[arg(long, value_name = "URL")]
    url: Option<PublicUrl>,
    #[command(flatten)]
    slack: SlackOptions,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) async fn run(self) -> Result<()> {
        let findings = self.examine().await?;
        let count = |level: Level| findings.iter().filter(|finding| finding.level == level).count();
        let (errors, warnings) = (count(Level::Error), count(Level::Warning));
        if self.json {
            print_json(&json!({ "errors": errors, "warnings": warnings, "findings": findings }))?;
        } else {
            print(&text(&findings, errors, warnings))?;
        }
        if errors == 0 {
            return Ok(());
        }
        Err(miette!(
            help = "mend what is marked as an error, then examine it again",
            "the set-up of the Slack app is not in order"
        ))
    }

    async fn examine(&self) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let configuration = self.configuration(&mut findings);
        let app = self.settings(configuration.as_ref(), &mut findings);
        findings.extend(configuration.iter().flat_map(targets::check));
        if let Some(api_url) = &app.api_url {
            let http = http::client(api_url).into_diagnostic()?;
            let client = |token: &SecretString| {
                SlackClient::new(http.clone(), api_url.clone(), token.clone(), Arc::new(SystemClock))
                    .patient(PATIENCE)
            };
            if let Some(token) = &app.bot_token {
                examine_workspace(&client(token), &app, configuration.as_ref(), &mut findings).await;
            }
            if configuration.is_some_and(|configuration| configuration.moderation.is_some()) {
                findings.push(user_token::check(app.user_token.as_ref().map(client)).await);
            }
        }
        if let Some(url) = &self.url {
            findings.extend(request_url::check(url, &app.ingest).await?);
        }
        Ok(findings)
    }

    fn configuration(&self, findings: &mut Vec<Finding>) -> Option<Configuration> {
        const CHECK: &str = "configuration";
        match self.configuration.read() {
            Ok(configuration) => {
                let file = self.configuration.file();
                let message = file.map_or_else(
                    || "there is no ackflow.toml, so the defaults hold: files are stored".to_owned(),
                    |file| format!("{} is in order", plain(&file.display().to_string())),
                );
                findings.push(Finding::ok(CHECK, message));
                Some(configuration)
            }
            Err(error) => {
                let remedy = error.help().map(|help| help.to_string()).unwrap_or_default();
                let finding = Finding::error(CHECK, error.to_string());
                findings.push(finding.breaks("Ackflow does not start").remedy(remedy));
                None
            }
        }
    }

    /// Without a configuration, what can be said without.
    fn settings(&self, configuration: Option<&Configuration>, findings: &mut Vec<Finding>) -> SlackApp {
        const CHECK: &str = "settings";
        let mut problems = Vec::new();
        let app = self.slack.read(configuration.unwrap_or(&Configuration::default()), &mut problems);
        if problems.is_empty() {
            findings.push(Finding::ok(CHECK, "secrets, tokens and ids look like such"));
        }
        findings.extend(problems.iter().map(|problem| {
            let (message, remedy) = problem.split_once(": ").unwrap_or((problem.as_str(), ""));
            Finding::error(CHECK, message).breaks("Ackflow does not start").remedy(remedy)
        }));
        app
    }
}

/// What Slack itself has to say.
async fn examine_workspace(
    slack: &SlackClient,
    app: &SlackApp,
    configuration: Option<&Configuration>,
    findings: &mut Vec<Finding>,
) {
    let identity = match slack.auth_test().await {
        Ok(identity) => identity,
        Err(error) => return findings.push(bot_token::refused(&error)),
    };
    let clock = clock::check(identity.answered_at, Timestamp::now());
    findings.push(bot_token::check(&identity, &app.ingest.team_ids));
    if let Some(configuration) = configuration {
        findings.extend(granted_scopes::check(&identity.scopes, configuration));
        findings.extend(channels::check(slack, configuration, &app.operators).await);
    }
    findings.push(clock);
}

/// The findings for people, those of one check together.
fn text(findings: &[Finding], errors: usize, warnings: usize) -> String {
    let mut text = String::new();
    let mut check = "";
    for finding in findings {
        if finding.check != check {
            check = finding.check;
            let _ = writeln!(text, "{check}");
        }
        let _ = writeln!(text, "  {finding}");
    }
    let count = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let _ = writeln!(text, "\n{}, {}", count(errors, "error"), count(warnings, "warning"));
    text
}
