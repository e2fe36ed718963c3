//! What the bot token may do, and what it has to.

use std::collections::BTreeSet;

use ackflow_flows::{Configuration, slack_access};

use super::finding::Finding;
use crate::cli::{
    scopes::{bot_scopes, without},
    terminal::plain,
};

const CHECK: &str = "scopes";

/// Compares the scopes that the token has with those that it needs.
pub(super) fn check(granted: &BTreeSet<String>, configuration: &Configuration) -> Vec<Finding> {
    if granted.is_empty() {
        let untold = "Slack's answer does not tell the scopes of the token, so they were not checked";
        return vec![Finding::warning(CHECK, untold)];
    }
    let access = slack_access(configuration);
    let needed = bot_scopes(&access);
    let missing = needed.iter().filter(|scope| !granted.contains(**scope)).map(|scope| {
        let message = format!("the scope {scope} is missing");
        let finding = if access.bot_scopes.contains(scope) {
            Finding::error(CHECK, message)
        } else {
            Finding::warning(CHECK, message)
        };
        finding.breaks(without(scope)).remedy("add it under OAuth & Permissions, and reinstall the app")
    });
    let superfluous = granted.iter().filter(|scope| !needed.contains(scope.as_str())).map(|scope| {
        Finding::warning(CHECK, plain(&format!("the scope {scope} is not needed")))
            .remedy("remove it under OAuth & Permissions if nothing else uses it, and reinstall the app")
    });
    let findings: Vec<Finding> = missing.chain(superfluous).collect();
    if findings.is_empty() {
        return vec![Finding::ok(CHECK, "the token has the scopes that it needs, and no other")];
    }
    findings
}
