//! One state.

use serde_json::{Map, Value};

use super::{
    block,
    check::wrong_type,
    fields::{self, TYPES, short},
    findings::{Findings, INVALID_STATE_NAME, WITHOUT_EFFECT},
    place::Place,
};
use crate::{QueryLanguage, nearest::nearest};

/// No state has a longer name.
const MAX_CHARACTERS: usize = 80;

/// Fields of which a state has one at most.
const ALTERNATIVES: &[&[&str]] = &[
    &["TimeoutSeconds", "TimeoutSecondsPath"],
    &["HeartbeatSeconds", "HeartbeatSecondsPath"],
    &["MaxConcurrency", "MaxConcurrencyPath"],
    &["ToleratedFailureCount", "ToleratedFailureCountPath"],
    &["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"],
    &["ItemProcessor", "Iterator"],
    &["ItemSelector", "Parameters"],
    &["Error", "ErrorPath"],
    &["Cause", "CausePath"],
];

/// Of these a Wait has one.
const TIMES: &[&str] = &["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];

/// What an inline Map has no use for.
const DISTRIBUTED: &[&str] = &["ItemReader", "ItemBatcher", "ResultWriter", "Label"];

/// Checks a state, but for where it leads.
pub(super) fn check(name: &str, state: &Value, place: &Place, findings: &mut Findings) {
    check_name(name, place, findings);
    let Some(state) = state.as_object() else {
        return wrong_type("Object", "a state, an object,", state, place, findings);
    };
    let place = &place.in_language(language(state, place.language()));
    if (place.machine_language(), place.language()) == (QueryLanguage::Jsonata, QueryLanguage::JsonPath) {
        let message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";
        let remedy = "take it from the machine, and set it in the states that are written in JSONata";
        findings.add(&place.part("QueryLanguage"), message, remedy);
    }
    let Some(kind) = state.get("Type") else {
        return fields::required(state, &["Type"], place, findings);
    };
    match TYPES.iter().find(|(name, _)| kind == name) {
        Some((kind, known)) => {
            required(kind, state, place, findings);
            fields::check(state, known, place, findings);
            together(kind, state, place, findings);
        }
        None => unknown_type(kind, &place.field("Type"), findings),
    }
}

/// The language that a state or a machine names, or the one that it has otherwise.
pub(super) fn language(object: &Map<String, Value>, otherwise: QueryLanguage) -> QueryLanguage {
    match object.get("QueryLanguage").and_then(Value::as_str) {
        Some("JSONPath") => QueryLanguage::JsonPath,
        Some("JSONata") => QueryLanguage::Jsonata,
        _ => otherwise,
    }
}

/// Whether the block may end with this state.
pub(super) fn is_terminal(state: &Value) -> bool {
    state.get("End") == Some(&Value::Bool(true))
        || state.get("Type").is_some_and(|kind| kind == "Succeed" || kind == "Fail")
}

fn check_name(name: &str, place: &Place, findings: &mut Findings) {
    if name.is_empty() {
        let message = "Invalid State name: it is empty";
        findings.coded(INVALID_STATE_NAME, place, message, "name it with 1 to 80 characters");
    }
    if name.chars().count() > MAX_CHARACTERS {
        let message = format!(
            "Invalid State name: State '{name}' exceeds the {MAX_CHARACTERS}-character limit allowed by the service"
        );
        findings.coded(INVALID_STATE_NAME, place, message, "shorten the name");
    }
}

fn unknown_type(kind: &Value, place: &Place, findings: &mut Findings) {
    let types = || TYPES.iter().map(|(name, _)| *name);
    let listed = types().collect::<Vec<_>>().join(", ");
    let remedy = kind.as_str().and_then(|kind| nearest(kind, types())).map_or_else(
        || format!("write one of them in place of {}", short(kind)),
        |meant| format!("did you mean {meant}?"),
    );
    findings.add(place, format!("Value is not one of the following: [{listed}]"), remedy);
}

/// Fields that the state needs.
fn required(kind: &str, state: &Map<String, Value>, place: &Place, findings: &mut Findings) {
    let names: &[&str] = match kind {
        "Task" => &["Resource"],
        "Map" if !state.contains_key("Iterator") => &["ItemProcessor"],
        "Parallel" => &["Branches"],
        "Choice" => &["Choices"],
        _ => &[],
    };
    fields::required(state, names, place, findings);
    if ["Choice", "Succeed", "Fail"].contains(&kind) {
        return;
    }
    match (state.contains_key("Next"), state.get("End") == Some(&Value::Bool(true))) {
        (false, false) => one_of(&["Next", "End"], place, findings),
        (true, true) => {
            let message = "There should only be one of the following fields: [Next, End]";
            findings.add(&place.part("End"), message, "keep one of them");
        }
        _ => {}
    }
}

/// The state has none of these.
fn one_of(names: &[&str], place: &Place, findings: &mut Findings) {
    let message = format!("There should be one of the following fields: [{}]", names.join(", "));
    findings.add(place, message, format!("add {}", names.join(" or ")));
}

/// Fields that have to do with one another.
fn together(kind: &str, state: &Map<String, Value>, place: &Place, findings: &mut Findings) {
    for names in ALTERNATIVES {
        fields::alternatives(state, names, place, findings);
    }
    if kind == "Wait" && !fields::alternatives(state, TIMES, place, findings) {
        one_of(&["Seconds", "Timestamp"], place, findings);
    }
    let seconds = |name: &str| state.get(name).and_then(Value::as_u64).filter(|seconds| *seconds > 0);
    if let Some((heartbeat, timeout)) = seconds("HeartbeatSeconds").zip(seconds("TimeoutSeconds"))
        && heartbeat >= timeout
    {
        let message = format!("HeartbeatSeconds, {heartbeat}, must be less than TimeoutSeconds, {timeout}");
        findings.add(&place.field("HeartbeatSeconds"), message, "lower it, or raise TimeoutSeconds");
    }
    let processor = state.get("ItemProcessor").or_else(|| state.get("Iterator"));
    if kind == "Map" && !processor.and_then(Value::as_object).is_some_and(block::is_distributed) {
        for name in DISTRIBUTED.iter().filter(|name| state.contains_key(**name)) {
            let remedy = "leave it out, or write \"DISTRIBUTED\" as the Mode of the ProcessorConfig";
            findings.warn(WITHOUT_EFFECT, &place.field(name), "an inline Map does not use it", remedy);
        }
    }
}
