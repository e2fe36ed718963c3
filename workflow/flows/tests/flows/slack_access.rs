//! Scopes and events, held against what Slack documents.

use std::collections::BTreeSet;

use ackflow_flows::{functions, slack_access};
use serde_json::Value;

use crate::shared;

fn strings(array: &Value) -> impl Iterator<Item = String> + '_ {
    array.as_array().into_iter().flatten().map(|text| text.as_str().expect("a string").to_owned())
}

#[test]
fn the_app_asks_for_exactly_the_scopes_that_its_events_and_methods_need() {
    let (Some(events), Some(methods)) =
        (shared::json("specs/events-scopes.json"), shared::json("specs/methods.json"))
    else {
        return;
    };
    let access = slack_access();
    let mut needed = BTreeSet::new();
    for &event in &access.bot_events {
        let documented = events.get(event).unwrap_or_else(|| panic!("Slack documents no event {event}"));
        assert!(strings(&documented["apis"]).any(|api| api == "Events"), "{event} is not for the Events API");
        needed.extend(strings(&documented["scopes"]));
    }
    for method in functions().iter().flat_map(|function| function.slack_methods) {
        let name = method.name();
        let documented = methods.get(name).unwrap_or_else(|| panic!("Slack documents no method {name}"));
        needed.extend(strings(&documented["scopes"]["bot"]));
    }
    let asked: BTreeSet<String> = access.bot_scopes.iter().map(|&scope| scope.to_owned()).collect();
    assert_eq!(asked, needed);
}

#[test]
fn reading_files_needs_its_scope() {
    assert!(slack_access().bot_scopes.contains("files:read"));
}
