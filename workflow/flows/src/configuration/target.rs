//! What deploys a service.

use std::{ops::RangeInclusive, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use url::{Host, Url};

use super::{findings::Findings, key::Key, template};

/// A little less than the step that runs it may take.
const TIMEOUT: RangeInclusive<u64> = 1..=840;

/// What deploys a service: one of these.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A program on the machine that Ackflow runs on.
    Command(CommandTarget),
    /// A request to a URL.
    Webhook(WebhookTarget),
    /// A build of AWS `CodeBuild`.
    Codebuild(CodebuildTarget),
    /// An execution of a state machine of AWS Step Functions.
    StateMachine(StateMachineTarget),
}

/// A program on the machine that Ackflow runs on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandTarget {
    /// The program. No shell reads it.
    pub program: String,
    /// Its arguments, each as it is. Placeholders: {service}, {environment}. Default: none.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// The folder that it runs in. Default: the one that Ackflow runs in.
    pub folder: Option<PathBuf>,
    /// Seconds that it may take: 1 to 840. Default: 600.
    #[serde(default = "timeout_seconds")]
    #[schemars(range(min = 1, max = 840))]
    pub timeout_seconds: u64,
}

/// A request to a URL.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookTarget {
    /// The URL: https, or http on this machine.
    #[serde(deserialize_with = "url")]
    #[schemars(with = "String", url)]
    pub url: Url,
}

/// A build of AWS `CodeBuild`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodebuildTarget {
    /// The project's name. Placeholders: {service}, {environment}.
    pub project: String,
}

/// An execution of a state machine of AWS Step Functions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateMachineTarget {
    /// The state machine's ARN. Placeholders: {service}, {environment}.
    pub arn: String,
}

fn timeout_seconds() -> u64 {
    600
}

/// Reads a webhook's URL. An error does not show it: whoever knows it may call it.
fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    let url = Url::parse(&text).map_err(|error| {
        D::Error::custom(format!("it is no URL: {error}; write one that begins with https://"))
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(D::Error::custom("it holds a user name or a password; leave them out"));
    }
    if is_private(&url) {
        Ok(url)
    } else {
        Err(D::Error::custom(
            "others could read the request; write an https URL, or an http one of this machine",
        ))
    }
}

/// Whether nobody else can read what is sent to a URL: it is of https, or of this machine.
pub fn is_private(url: &Url) -> bool {
    let is_this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || url.scheme() == "http" && is_this_machine
}

impl Target {
    pub(super) fn check(&self, key: &Key, findings: &mut Findings<'_>) {
        match self {
            Self::Command(command) => command.check(&key.child("command"), findings),
            Self::Webhook(_) => {}
            Self::Codebuild(codebuild) => {
                let key = key.child("codebuild").child("project");
                if !is_resource_name(&filled(&codebuild.project)) {
                    findings.add(
                        &key,
                        "it can't be the name of a CodeBuild project",
                        "write one such as deploy-{service}, of A-Z, a-z, 0-9, - and _",
                    );
                }
                template::check(&key, &codebuild.project, template::OF_DEPLOYMENT, findings);
            }
            Self::StateMachine(machine) => {
                let key = key.child("state_machine").child("arn");
                if !is_state_machine(&filled(&machine.arn)) {
                    findings.add(
                        &key,
                        "it is no ARN of a state machine",
                        "write one such as arn:aws:states:eu-central-1:123456789012:stateMachine:deploy-{service}",
                    );
                }
                template::check(&key, &machine.arn, template::OF_DEPLOYMENT, findings);
            }
        }
    }
}

/// A template as it may come out. What is filled in is a name of the configuration, whose characters are plain.
fn filled(text: &str) -> String {
    let values: Vec<_> = template::placeholders(text).into_iter().map(|name| (name, "x")).collect();
    template::fill(text, &values)
}

/// Whether a text is the ARN of one state machine, or of a version or an alias of it. The roles of the functions are made
/// of it, so it must not be a pattern.
fn is_state_machine(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "states", region, account, "stateMachine", name, qualifier @ ..] = &*parts else {
        return false;
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let mut names = [partition, region, name].into_iter().chain(qualifier);
    is_account && qualifier.len() <= 1 && names.all(|name| is_resource_name(name))
}

/// Whether a text is a name as AWS resources have it, and no pattern of names.
fn is_resource_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

impl CommandTarget {
    fn check(&self, key: &Key, findings: &mut Findings<'_>) {
        findings.check_not_empty(&key.child("program"), &self.program);
        template::check(&key.child("program"), &self.program, &[], findings);
        for (index, argument) in self.arguments.iter().enumerate() {
            let key = key.child("arguments").item(index);
            findings.check_not_empty(&key, argument);
            template::check(&key, argument, template::OF_DEPLOYMENT, findings);
        }
        findings.check_range(&key.child("timeout_seconds"), self.timeout_seconds, &TIMEOUT);
    }
}
