//! `ackflow manifest`.

use ackflow_flows::{SlackAccess, slack_access};
use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic, Result, miette};
use serde_json::{Value, json};

use super::{
    configuration_option::ConfigurationOption,
    public_url::PublicUrl,
    scopes::bot_scopes,
    terminal::{print, print_json},
};

/// Where the deployment is until somebody says so.
const PLACEHOLDER: &str = "https://your-host.example.com";

/// Print the manifest of the Slack app that the configuration needs
///
/// At api.slack.com/apps, choose Create New App, From a manifest, and paste it; or choose App Manifest in the
/// settings of an app that is there already.
#[derive(Debug, Args)]
pub(super) struct Manifest {
    #[command(flatten)]
    configuration: ConfigurationOption,
    /// What to write it in; Slack takes both.
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
    /// Where Slack reaches the deployment, `https://HOST`; a placeholder when left out.
    #[arg(long, value_name = "URL")]
    url: Option<PublicUrl>,
    /// The name of the app and of its bot, up to 35 characters.
    #[arg(long, default_value = "Ackflow", value_parser = at_most::<35>)]
    name: String,
    /// What people read of the app in Slack, up to 140 characters.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "Turns what people do in Slack into durable workflows.",
        value_parser = at_most::<140>
    )]
    description: String,
}

/// What a manifest may be written in.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Yaml,
    Json,
}

impl Manifest {
    pub(super) fn run(self) -> Result<()> {
        if self.url.as_ref().is_some_and(|url| !url.is_https()) {
            return Err(miette!(
                help = "give the URL of a proxy, a tunnel or an API Gateway with TLS",
                "Slack posts to https URLs only, and --url is none"
            ));
        }
        let manifest = self.manifest(&slack_access(&self.configuration.read()?));
        if self.url.is_none() {
            eprintln!(
                "Note: {PLACEHOLDER} is a placeholder. Give the URL that Slack reaches the deployment by with --url."
            );
        }
        match self.format {
            Format::Yaml => print(&yaml_serde::to_string(&manifest).into_diagnostic()?),
            Format::Json => print_json(&manifest),
        }
    }

    /// Source of the shape: <https://docs.slack.dev/reference/app-manifest/>
    fn manifest(&self, access: &SlackAccess) -> Value {
        let mut scopes = json!({ "bot": bot_scopes(access) });
        if !access.user_scopes.is_empty() {
            scopes["user"] = json!(access.user_scopes);
        }
        json!({
            "display_information": { "name": self.name, "description": self.description },
            "features": self.features(access),
            "oauth_config": { "scopes": scopes },
            "settings": self.settings(access),
        })
    }

    fn features(&self, access: &SlackAccess) -> Value {
        let mut features = json!({
            // Without the tab the bot can't send direct messages either.
            "app_home": {
                "home_tab_enabled": false,
                "messages_tab_enabled": true,
                "messages_tab_read_only_enabled": !access.bot_events.contains("message.im"),
            },
            "bot_user": { "display_name": self.name, "always_online": true },
        });
        let command = |command: &String| {
            json!({
                "command": command,
                "url": self.request_url("slack/commands"),
                "description": "Deploy a service, or see what is under way",
                "usage_hint": "ENVIRONMENT SERVICE, status or help",
            })
        };
        if !access.commands.is_empty() {
            features["slash_commands"] = access.commands.iter().map(command).collect();
        }
        features
    }

    fn settings(&self, access: &SlackAccess) -> Value {
        let mut settings = json!({
            "org_deploy_enabled": false,
            "socket_mode_enabled": false,
            "token_rotation_enabled": false,
        });
        if !access.bot_events.is_empty() {
            settings["event_subscriptions"] =
                json!({ "request_url": self.request_url("slack/events"), "bot_events": access.bot_events });
        }
        if access.interactivity {
            settings["interactivity"] =
                json!({ "is_enabled": true, "request_url": self.request_url("slack/interactivity") });
        }
        settings
    }

    fn request_url(&self, path: &str) -> String {
        self.url.as_ref().map_or_else(|| format!("{PLACEHOLDER}/{path}"), |url| url.join(path).to_string())
    }
}

/// A text of one to so many characters, which is what Slack takes.
fn at_most<const LONGEST: usize>(text: &str) -> Result<String, String> {
    match text.trim().chars().count() {
        0 => Err("it is empty".to_owned()),
        count if count > LONGEST => Err(format!("it has {count} characters, and Slack takes {LONGEST}")),
        _ => Ok(text.trim().to_owned()),
    }
}
