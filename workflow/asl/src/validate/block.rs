//! A block of states: the machine, a Map's processor, a Parallel's branch.

use serde_json::{Map, Value};

use super::{
    MachineType, assign,
    check::{Check, not_empty, wrong_type},
    fields::{self, BOTH, Field, LANGUAGE, MAX_SECONDS, short},
    findings::Findings,
    place::Place,
    state, transitions,
};
use crate::QueryLanguage;

const BLOCK: &[Field] =
    &[("StartAt", Check::Text, BOTH), ("States", Check::Any, BOTH), ("Comment", Check::Text, BOTH)];
const MACHINE: &[Field] = &[
    LANGUAGE,
    ("Version", Check::OneOf(&["1.0"]), BOTH),
    // AWS takes 0 here, other than in a state. Source: see the retriers.
    ("TimeoutSeconds", Check::Whole(0, MAX_SECONDS), BOTH),
];
const PROCESSOR: &[Field] = &[("ProcessorConfig", Check::ProcessorConfig, BOTH)];
const PROCESSOR_CONFIG: &[Field] = &[
    ("Mode", Check::OneOf(&["INLINE", "DISTRIBUTED"]), BOTH),
    ("ExecutionType", Check::OneOf(&["STANDARD", "EXPRESS"]), BOTH),
];

/// The whole machine.
pub(super) fn machine(fields: &Map<String, Value>, machine_type: MachineType, findings: &mut Findings) {
    let place = Place::root(machine_type, state::language(fields, QueryLanguage::default()));
    block(fields, &[BLOCK, MACHINE], &place, findings);
}

/// `ItemProcessor`, `Iterator`.
pub(super) fn processor(value: &Value, place: &Place, findings: &mut Findings) {
    match value.as_object() {
        // An execution of its own sees no outer scope. So it may use their names: AWS does not say that it may not.
        Some(fields) if is_distributed(fields) => {
            block(fields, &[BLOCK, PROCESSOR], &place.outside_all_scopes(), findings);
        }
        Some(fields) => block(fields, &[BLOCK, PROCESSOR], place, findings),
        None => wrong_type("Object", "an object with StartAt and States", value, place, findings),
    }
}

/// `ProcessorConfig`.
pub(super) fn processor_config(value: &Value, place: &Place, findings: &mut Findings) {
    let Some(config) = value.as_object() else {
        return wrong_type("Object", "an object with Mode", value, place, findings);
    };
    fields::check(config, &[PROCESSOR_CONFIG], place, findings);
    let is_distributed = config.get("Mode").is_some_and(|mode| mode == "DISTRIBUTED");
    if place.machine_type() == MachineType::Express && is_distributed {
        let message = "Express state machine does not support a distributed Map";
        findings.add(&place.field("Mode"), message, "write \"INLINE\", or make it a Standard one");
    }
}

/// Whether a processor runs as executions of its own.
pub(super) fn is_distributed(processor: &Map<String, Value>) -> bool {
    processor.get("ProcessorConfig").is_some_and(|config| config["Mode"] == "DISTRIBUTED")
}

/// `Branches`.
pub(super) fn branches(value: &Value, place: &Place, findings: &mut Findings) {
    let Some(branches) = value.as_array() else {
        return wrong_type("Array", "an array of branches", value, place, findings);
    };
    not_empty(branches, "write at least one branch", place, findings);
    for (at, branch) in branches.iter().enumerate() {
        let here = place.item(at);
        match branch.as_object() {
            Some(fields) => block(fields, &[BLOCK], &here, findings),
            None => wrong_type("Object", "an object with StartAt and States", branch, &here, findings),
        }
    }
}

/// A processor or a branch has no language of its own: its states have the machine's.
fn block(fields: &Map<String, Value>, known: &[&[Field]], place: &Place, findings: &mut Findings) {
    fields::required(fields, &["States", "StartAt"], place, findings);
    fields::check(fields, known, place, findings);
    let Some(states) = fields.get("States") else { return };
    let states = match states {
        Value::Object(states) if !states.is_empty() => states,
        other => {
            let remedy = format!("write an object with at least one state in place of {}", short(other));
            return findings.add(&place.field("States"), "There must be at least one state", remedy);
        }
    };
    let place = &place.in_scope(assign::variables_of_states(states, place.machine_language()));
    for (name, value) in states {
        let here = place.state(name);
        findings.name(name, &here);
        state::check(name, value, &here, findings);
    }
    transitions::check(fields.get("StartAt").and_then(Value::as_str), states, place, findings);
}
