//! One state.

use serde_json::{Map, Value};

use super::{
    fields::{self, TYPES, short},
    findings::{Findings, Place},
};
use crate::nearest::nearest;

/// Fields of which a state has one at most.
const ALTERNATIVES: &[(&str, &str)] = &[
    ("TimeoutSeconds", "TimeoutSecondsPath"),
    ("HeartbeatSeconds", "HeartbeatSecondsPath"),
    ("MaxConcurrency", "MaxConcurrencyPath"),
    ("ItemProcessor", "Iterator"),
    ("Error", "ErrorPath"),
    ("Cause", "CausePath"),
];

/// Fields of which a state of a type has at least one.
const REQUIRED: &[(&str, &[&str])] = &[
    ("Task", &["Resource"]),
    ("Map", &["ItemProcessor", "Iterator"]),
    ("Parallel", &["Branches"]),
    ("Choice", &["Choices"]),
    ("Wait", TIMES),
];

const TIMES: &[&str] = &["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];

/// Checks a state, but for where it leads.
pub(super) fn check(name: &str, state: &Value, place: &Place, findings: &mut Findings) {
    let length = name.chars().count();
    if !(1..=80).contains(&length) {
        findings.add(place, format!("the name has {length} characters"), "name it with 1 to 80 characters");
    }
    let Some(state) = state.as_object() else {
        return findings.add(place, format!("it holds {}", short(state)), "write a state, an object");
    };
    if is_jsonata(state) {
        return findings.unsupported(&place.field("QueryLanguage"), "JSONata");
    }
    let types = TYPES.iter().map(|(name, _)| *name);
    let at = place.field("Type");
    let Some(kind) = state.get("Type") else {
        let types = types.collect::<Vec<_>>().join(", ");
        return findings.add(&at, "the state has no Type", format!("add Type, one of {types}"));
    };
    let Some((kind, fields)) = TYPES.iter().find(|(name, _)| kind == name) else {
        let meant = kind.as_str().and_then(|kind| nearest(kind, types.clone()));
        let remedy = meant.map_or_else(
            || format!("write one of {}", types.collect::<Vec<_>>().join(", ")),
            |meant| format!("did you mean {meant}?"),
        );
        return findings.add(&at, format!("there is no type {}", short(kind)), remedy);
    };
    fields::check(state, fields, &format!("a {kind}"), place, findings);
    required(kind, state, place, findings);
    together(kind, state, place, findings);
}

/// Whether a state or a machine is written in JSONata.
pub(super) fn is_jsonata(object: &Map<String, Value>) -> bool {
    object.get("QueryLanguage").is_some_and(|language| language == "JSONata")
}

/// Whether the block may end with this state.
pub(super) fn is_terminal(state: &Value) -> bool {
    state.get("End") == Some(&Value::Bool(true))
        || state.get("Type").is_some_and(|kind| kind == "Succeed" || kind == "Fail")
}

/// Whether a state names its next state or ends the block, unlike a Choice, a Succeed and a Fail.
fn goes_on(kind: &str) -> bool {
    !["Choice", "Succeed", "Fail"].contains(&kind)
}

fn required(kind: &str, state: &Map<String, Value>, place: &Place, findings: &mut Findings) {
    for (_, names) in REQUIRED.iter().filter(|(of, _)| *of == kind) {
        if !names.iter().any(|name| state.contains_key(*name)) {
            let message = format!("a {kind} needs {}", names.join(" or "));
            findings.add(&place.field(names[0]), message, format!("add {}", names[0]));
        }
    }
    let ends = state.get("End") == Some(&Value::Bool(true));
    if goes_on(kind) && !state.contains_key("Next") && !ends {
        let remedy = "add Next with the name of a state, or \"End\": true";
        findings.add(&place.field("Next"), "nothing says what follows", remedy);
    }
    if goes_on(kind) && state.contains_key("Next") && ends {
        findings.add(&place.field("End"), "the state has both Next and End", "keep one of them");
    }
}

fn together(kind: &str, state: &Map<String, Value>, place: &Place, findings: &mut Findings) {
    let map_selectors = (kind == "Map").then_some(&("ItemSelector", "Parameters"));
    for (one, other) in ALTERNATIVES.iter().chain(map_selectors) {
        if state.contains_key(*one) && state.contains_key(*other) {
            findings.add(&place.field(other), format!("it stands together with {one}"), "keep one of them");
        }
    }
    let times: Vec<_> = TIMES.iter().copied().filter(|name| state.contains_key(*name)).collect();
    if kind == "Wait" && times.len() > 1 {
        findings.add(
            &place.field(times[1]),
            format!("the state has {}", times.join(" and ")),
            "keep one of them",
        );
    }
    let seconds = |name: &str| state.get(name).and_then(Value::as_u64).filter(|seconds| *seconds > 0);
    if let Some((heartbeat, timeout)) = seconds("HeartbeatSeconds").zip(seconds("TimeoutSeconds"))
        && heartbeat >= timeout
    {
        let message = format!("{heartbeat} is not less than TimeoutSeconds, {timeout}");
        findings.add(&place.field("HeartbeatSeconds"), message, "make it less");
    }
}
