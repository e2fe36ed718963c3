//! The section `[deploy]`.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    findings::Findings,
    key::Key,
    name,
    service::Service,
    slack_id::{CHANNEL_ID, USER_ID, check_channel, check_users},
};

/// A slash command, as a regular expression. Source:
/// <https://docs.slack.dev/interactivity/implementing-slash-commands>.
const SLASH_COMMAND: &str = "^/[a-z0-9_-]{1,31}$";
/// Up to 30 days.
const APPROVAL_TIMEOUT: RangeInclusive<u64> = 1..=43_200;

/// Deploying services by a mention or a slash command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// The ids of those who may approve. At least one, as soon as an environment needs approval.
    #[serde(default)]
    #[schemars(inner(regex(pattern = USER_ID)))]
    pub approvers: BTreeSet<String>,
    /// The id of the channel where approval is asked for. Needed as soon as an environment needs approval.
    #[schemars(regex(pattern = CHANNEL_ID))]
    pub leads_channel: Option<String>,
    /// Minutes until a request that nobody answers is given up: 1 to 43200 (30 days). Default: 1440 (a day).
    #[serde(default = "approval_timeout_minutes")]
    #[schemars(range(min = 1, max = 43200))]
    pub approval_timeout_minutes: u64,
    /// Whether somebody who may approve may approve their own request. Default: false.
    #[serde(default)]
    pub allow_self_approval: bool,
    /// The slash command that deploys, such as /deploy. Without it, mentions alone do.
    #[schemars(regex(pattern = SLASH_COMMAND))]
    pub slash_command: Option<String>,
    /// Where services are deployed to, by name. At least one.
    pub environments: BTreeMap<String, Environment>,
    /// What is deployed, by name. At least one.
    pub services: BTreeMap<String, Service>,
}

/// Where services are deployed to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Whether a deployment there waits until somebody approves it.
    pub needs_approval: bool,
}

fn approval_timeout_minutes() -> u64 {
    1440
}

impl Deploy {
    /// The service of this name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.get(name)
    }

    pub(super) fn check(&self, key: &Key, findings: &mut Findings<'_>) {
        check_users(&key.child("approvers"), &self.approvers, findings);
        if let Some(channel) = &self.leads_channel {
            check_channel(&key.child("leads_channel"), channel, findings);
        }
        let timeout = key.child("approval_timeout_minutes");
        findings.check_range(&timeout, self.approval_timeout_minutes, &APPROVAL_TIMEOUT);
        self.check_slash_command(&key.child("slash_command"), findings);
        self.check_environments(key, findings);
        let services = key.child("services");
        if findings.has(&services) && findings.names(&services).is_empty() {
            findings.add(&services, "there is no service", "add one, such as [deploy.services.api]");
        }
        for (name, service) in &self.services {
            name::check(&services.child(name), name, findings);
            service.check(&services.child(name), &key.child("environments"), findings);
        }
    }

    fn check_slash_command(&self, key: &Key, findings: &mut Findings<'_>) {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        let is_command = |command: &str| {
            let name = command.strip_prefix('/').unwrap_or_default();
            (1..=31).contains(&name.len()) && name.bytes().all(is_plain)
        };
        if let Some(command) = self.slash_command.as_deref().filter(|command| !is_command(command)) {
            findings.add(
                key,
                format!("{command:?} is no slash command"),
                "begin with /, use a-z, 0-9, - and _, and stay within 32 characters, such as /deploy",
            );
        }
    }

    fn check_environments(&self, key: &Key, findings: &mut Findings<'_>) {
        let environments = key.child("environments");
        if findings.has(&environments) && findings.names(&environments).is_empty() {
            findings.add(
                &environments,
                "there is no environment",
                "add one, such as [deploy.environments.stg]",
            );
        }
        for name in self.environments.keys() {
            name::check(&environments.child(name), name, findings);
        }
        let with_approval = self.environments.iter().find(|(_, environment)| environment.needs_approval);
        let Some((name, _)) = with_approval else { return };
        let why = format!("environment {name:?} needs approval, and ");
        let approvers = key.child("approvers");
        // What stands there and is wrong is reported already.
        if self.approvers.is_empty() && !findings.has(&approvers.item(0)) {
            findings.add(
                &approvers,
                why.clone() + "nobody may approve",
                "name somebody by their member ID (U…)",
            );
        }
        let leads_channel = key.child("leads_channel");
        if !findings.has(&leads_channel) {
            findings.add(&leads_channel, why + "there is no channel to ask in", "name one by its id (C…)");
        }
    }
}
