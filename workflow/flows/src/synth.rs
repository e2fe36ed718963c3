//! The deployable description: all that the infrastructure needs to know, as one JSON document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    Configuration, LEDGER_TABLE, Target, flows, functions, notices::NOTICES, routes, slack_access, template,
};

/// The version of the description's own shape.
const VERSION: u32 = 1;

/// Describes the whole system. Stable: the same build and configuration always give the same bytes.
pub fn synth(configuration: &Configuration) -> Value {
    let flows: Vec<Value> = flows()
        .iter()
        .map(|(name, machine)| json!({ "name": name, "type": "STANDARD", "definition": machine.to_json() }))
        .collect();
    json!({
        "version": VERSION,
        "flows": flows,
        "substitutions": {
            "topics": [NOTICES],
            "functions": functions().iter().filter_map(|function| Some((function.step()?, function.name))).collect::<BTreeMap<_, _>>(),
        },
        "functions": functions(),
        "ledger": LEDGER_TABLE,
        "routes": routes(),
        "slack": slack_access(configuration),
        "deploy_targets": deploy_targets(configuration),
    })
}

/// What services are deployed by on AWS: the functions are allowed to start these, and nothing else.
fn deploy_targets(configuration: &Configuration) -> Value {
    let (mut projects, mut machines) = (BTreeSet::new(), BTreeSet::new());
    if let Some(deploy) = &configuration.deploy {
        for (name, service) in &deploy.services {
            for environment in deploy.environments.keys().filter(|environment| service.is_in(environment)) {
                let fill = |text: &str| template::fill_deployment(text, name, environment);
                match &service.target {
                    Target::Codebuild(target) => drop(projects.insert(fill(&target.project))),
                    Target::StateMachine(target) => drop(machines.insert(fill(&target.arn))),
                    Target::Command(_) | Target::Webhook(_) => {}
                }
            }
        }
    }
    json!({ "codebuild_projects": projects, "state_machines": machines })
}
