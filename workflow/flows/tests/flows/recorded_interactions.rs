//! Every recorded event, press and slash command is routed with the example, whatever shape it has.

use std::{collections::BTreeMap, fs, path::Path};

use ackflow_flows::{RouteError, Routing, route_press, route_slash_command};
use ackflow_schemas::slack::{Interaction, OuterEvent, SlashCommand};
use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::{
    example::{EXAMPLE, NOW, routed},
    payloads::envelope,
    shared,
};

/// How often payloads were routed so.
type Counts = BTreeMap<String, usize>;

/// Every document below a folder of the collection; `None` where that is absent.
fn documents(within: &str) -> Option<Vec<Value>> {
    let mut found = Vec::new();
    collect(&shared::path(within)?, &mut found);
    assert!(!found.is_empty(), "no payloads in {within}");
    Some(found)
}

fn collect(folder: &Path, found: &mut Vec<Value>) {
    for entry in fs::read_dir(folder).expect("a folder of payloads can be read") {
        let path = entry.expect("a folder of payloads can be listed").path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            let text = fs::read(&path).expect("a payload can be read");
            found.push(serde_json::from_slice(&text).expect("a payload is JSON"));
        }
    }
}

fn count(routings: impl IntoIterator<Item = Result<Routing, RouteError>>) -> Counts {
    let mut counts = Counts::new();
    for routing in routings {
        let outcome = match routing {
            Ok(Routing::Start(start)) => start.flow,
            Ok(Routing::Ignore(reason)) => format!("{reason:?}"),
            Err(error) => error.to_string(),
        };
        *counts.entry(outcome).or_default() += 1;
    }
    eprintln!("{counts:#?}");
    counts
}

/// The delivery that a document is, holds, or is the event of.
fn delivery(mut document: Value) -> Value {
    if let Some(payload) = document.get_mut("payload") {
        return delivery(payload.take());
    }
    if document.get("event").is_some_and(Value::is_object) {
        // Where only fields are listed, the outer type is left blank.
        document["type"] = "event_callback".into();
        return document;
    }
    envelope(&document)
}

/// The interaction that a document is.
fn interaction(document: &Value) -> Interaction {
    let body = Serializer::new(String::new()).append_pair("payload", &document.to_string()).finish();
    Interaction::parse(body.as_bytes()).expect("an interaction is read")
}

#[test]
fn every_recorded_event_is_routed() {
    let Some(documents) = documents("events") else { return };
    let deliveries = documents.into_iter().map(delivery);
    let readable = deliveries.filter(|delivery| OuterEvent::parse(delivery.to_string().as_bytes()).is_ok());
    let counts = count(readable.map(|delivery| routed(&delivery)));
    for outcome in ["commands", "document-pipeline", "FromBot", "NoGuide", "NotCounted", "OtherType"] {
        assert!(counts.contains_key(outcome), "{outcome} is no outcome: {counts:#?}");
    }
}

#[test]
fn every_recorded_interaction_is_routed() {
    let Some(documents) = documents("interactivity") else { return };
    let counts = count(documents.iter().map(|document| route_press(interaction(document), NOW)));
    assert_eq!(counts.keys().collect::<Vec<_>>(), ["OtherAction", "OtherType"]);
}

#[test]
fn every_recorded_press_would_decide_if_the_button_were_ours() {
    let Some(documents) = documents("interactivity/payload") else { return };
    let pressed = documents.iter().filter_map(|document| match interaction(document) {
        Interaction::BlockActions(mut pressed) => {
            let action = pressed.actions.first_mut()?;
            action.action_id = "approve_deploy".to_owned();
            action.value = Some("T043DB835ML-Ev04EEHX2PSS".to_owned());
            Some(route_press(Interaction::BlockActions(pressed), NOW))
        }
        Interaction::Unknown { .. } => None,
    });
    let counts = count(pressed);
    assert!(counts.contains_key("approvals"), "{counts:#?}");
}

#[test]
fn every_recorded_slash_command_would_be_heard_if_it_were_ours() {
    let Some(documents) = documents("interactivity/slash") else { return };
    let commands = documents.iter().map(|document| {
        let body = document["body"].as_str().expect("a recorded form");
        SlashCommand::parse(body.as_bytes()).expect("a slash command is read")
    });
    let commands: Vec<SlashCommand> = commands.collect();
    let route = |command: &SlashCommand| route_slash_command(command, &EXAMPLE, NOW);
    assert_eq!(count(commands.iter().map(route)).keys().collect::<Vec<_>>(), ["OtherCommand"]);

    let ours = commands.into_iter().map(|command| SlashCommand { command: "/deploy".to_owned(), ..command });
    let counts = count(ours.map(|command| route(&command)));
    assert!(counts.contains_key("commands"), "{counts:#?}");
}
