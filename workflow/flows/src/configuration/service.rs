//! A service that can be deployed.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{findings::Findings, key::Key, nearest::did_you_mean, target::Target, template};

/// A service that can be deployed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The environments that it is deployed to, at least one. Default: all.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub environments: BTreeSet<String>,
    /// Where people see it run, for the message in the thread. Placeholders: {service}, {environment}.
    pub link: Option<String>,
    /// What deploys it.
    pub target: Target,
}

impl Service {
    /// Whether it is deployed to this environment.
    pub fn is_in(&self, environment: &str) -> bool {
        self.environments.is_empty() || self.environments.contains(environment)
    }

    /// `environments` is the place of all environments.
    pub(super) fn check(&self, key: &Key, environments: &Key, findings: &mut Findings<'_>) {
        let own = key.child("environments");
        if findings.is_empty_array(&own) {
            findings.add(&own, "it is deployed nowhere", "name an environment, or leave it out for all");
        }
        for name in &self.environments {
            let declared = findings.names(environments);
            // That there is none at all is reported already.
            if !declared.is_empty() && !declared.contains(&name.as_str()) {
                let remedy = did_you_mean(name, declared.into_iter());
                findings.add(&findings.item(&own, name), format!("there is no environment {name:?}"), remedy);
            }
        }
        if let Some(link) = &self.link {
            let key = key.child("link");
            if !link.starts_with("https://") && !link.starts_with("http://") {
                findings.add(&key, "it is no link", "begin with https://");
            }
            template::check(&key, link, template::OF_DEPLOYMENT, findings);
        }
        self.target.check(&key.child("target"), findings);
    }
}
