//! The States Language documents, and the description that they are deployed from.

use ackflow_asl::StateMachine;
use ackflow_flows::{Configuration, flows, synth};
use serde_json::Value;

use crate::snapshots;

#[test]
fn each_flow_is_this_states_language_document() {
    for (name, machine) in flows() {
        let document = serde_json::to_string_pretty(&machine).unwrap();
        snapshots("state-machines").bind(|| insta::assert_snapshot!(name, document));
    }
}

#[test]
fn each_document_is_valid_and_means_itself() {
    for (name, machine) in flows() {
        let written = machine.to_json().to_string();
        let read = StateMachine::parse(&written).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.to_json().to_string(), written, "{name} does not survive being read");
        assert_eq!(read, machine, "{name} does not survive being read");
    }
}

#[test]
fn synth_describes_the_deployment() {
    let mut described = synth(&Configuration::default());
    // The documents have snapshots of their own; here it is enough that they are those.
    for (flow, (name, machine)) in described["flows"].as_array_mut().unwrap().iter_mut().zip(flows()) {
        assert_eq!(flow["name"], name);
        let definition = flow["definition"].take();
        assert_eq!(definition.to_string(), machine.to_json().to_string(), "{name}");
        flow["definition"] = Value::from(format!("[state-machines/{name}.snap]"));
    }
    let described = serde_json::to_string_pretty(&described).unwrap();
    snapshots("synth").bind(|| insta::assert_snapshot!("synth", described));
}

#[test]
fn synth_always_gives_the_same_bytes() {
    assert_eq!(synth(&Configuration::default()).to_string(), synth(&Configuration::default()).to_string());
}
