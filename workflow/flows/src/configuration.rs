//! The one configuration file, `ackflow.toml`: what this system does in one workspace.
//!
//! serde says what shape the file has, and each section checks what a shape can't say. Whatever is wrong is reported
//! at once, each problem with its line.

mod configuration_error;
mod deploy;
mod document;
mod documents;
mod draft;
mod findings;
mod key;
mod moderation;
mod name;
mod nearest;
mod onboarding;
mod pattern;
mod secret;
mod service;
mod slack_id;
mod target;
pub mod template;
mod votes;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Deserialize;
use serde_json::Value;

pub use configuration_error::{ConfigurationError, Problem};
pub use deploy::{Deploy, Environment};
pub use documents::Documents;
pub use moderation::{Moderation, Rule};
pub(crate) use nearest::did_you_mean;
pub use onboarding::{Guide, Onboarding};
pub use pattern::Pattern;
pub use service::Service;
pub use target::{CodebuildTarget, CommandTarget, StateMachineTarget, Target, WebhookTarget, is_private};
pub use votes::Votes;

use findings::Findings;
use key::Key;

/// What Ackflow does in a workspace. A section that is left out is something that it does not do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Configuration {
    /// Storing the files that people post. The one section that is on when it is left out.
    pub documents: Documents,
    /// Deploying services by a mention or a slash command.
    pub deploy: Option<Deploy>,
    /// Removing messages that break a rule.
    pub moderation: Option<Moderation>,
    /// Greeting new teammates, and telling people what a channel is for.
    pub onboarding: Option<Onboarding>,
    /// Counting reactions.
    pub votes: Option<Votes>,
}

impl Configuration {
    /// Reads the file's text. `file` is what an error calls it.
    ///
    /// # Errors
    /// Everything that is wrong with it. In a text that is no TOML, only that.
    pub fn parse(text: &str, file: &str) -> Result<Self, ConfigurationError> {
        let of_file = |problems| ConfigurationError { file: file.to_owned(), problems };
        let mut findings = Findings::parse(text).map_err(of_file)?;
        secret::check(&mut findings);
        let configuration: Self = findings.read();
        configuration.check(&mut findings);
        let problems = findings.into_problems();
        if problems.is_empty() { Ok(configuration) } else { Err(of_file(problems)) }
    }

    /// The file's JSON Schema (draft 2020-12), for editors that complete and check as one types.
    pub fn json_schema() -> Value {
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Self>().to_value()
    }

    fn check(&self, findings: &mut Findings<'_>) {
        let root = Key::default();
        if let Some(deploy) = &self.deploy {
            deploy.check(&root.child("deploy"), findings);
        }
        if let Some(moderation) = &self.moderation {
            moderation.check(&root.child("moderation"), findings);
        }
        if let Some(onboarding) = &self.onboarding {
            onboarding.check(&root.child("onboarding"), findings);
        }
        if let Some(votes) = &self.votes {
            votes.check(&root.child("votes"), findings);
        }
    }
}
