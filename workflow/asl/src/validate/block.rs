//! A block of states (the machine, a Map's processor, a Parallel's branch): where it starts and what leads where.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

use super::{
    fields::{self, Check, Field, MAX_SECONDS, short},
    findings::{Findings, MISSING_END, MISSING_TARGET, Place},
    state,
};
use crate::nearest::nearest;

const BLOCK: &[Field] = &[("StartAt", Check::Text), ("States", Check::Any), ("Comment", Check::Text)];
const LANGUAGE: &[Field] = &[("QueryLanguage", Check::OneOf(&["JSONPath"]))];
const MACHINE: &[Field] =
    &[("Version", Check::OneOf(&["1.0"])), ("TimeoutSeconds", Check::Whole(1, MAX_SECONDS))];

/// The whole machine.
pub(super) fn machine(fields: &Map<String, Value>, findings: &mut Findings) {
    let place = Place::root();
    if state::is_jsonata(fields) {
        // Its states have other fields: only what leads where is the same.
        findings.unsupported(&place.field("QueryLanguage"), "JSONata");
    } else {
        fields::check(fields, &[BLOCK, LANGUAGE, MACHINE], "a state machine", &place, findings);
    }
    block(fields, &place, state::is_jsonata(fields), findings);
}

/// `ItemProcessor`, `Iterator`.
pub(super) fn processor(value: &Value, place: &Place, findings: &mut Findings) {
    let Some(object) = value.as_object() else {
        return findings.add(
            place,
            format!("it holds {}", short(value)),
            "write an object with StartAt and States",
        );
    };
    let config = &[("ProcessorConfig", Check::Any)];
    fields::check(object, &[BLOCK, LANGUAGE, config], "a Map's processor", place, findings);
    if let Some(config) = object.get("ProcessorConfig") {
        let mode = place.field("ProcessorConfig").field("Mode");
        match config.get("Mode").map(Value::as_str) {
            None if config.is_object() => {}
            Some(Some("INLINE")) => {}
            Some(Some("DISTRIBUTED")) => findings.unsupported(&mode, "a distributed Map"),
            _ => findings.add(&mode, format!("ProcessorConfig is {}", short(config)), "write \"INLINE\""),
        }
    }
    block(object, place, false, findings);
}

/// `Branches`.
pub(super) fn branches(value: &Value, place: &Place, findings: &mut Findings) {
    let Some(branches) = value.as_array() else {
        return findings.add(place, format!("it holds {}", short(value)), "write an array of branches");
    };
    for (at, branch) in branches.iter().enumerate() {
        let here = place.item(at);
        match branch.as_object() {
            Some(object) => {
                fields::check(object, &[BLOCK, LANGUAGE], "a branch", &here, findings);
                block(object, &here, false, findings);
            }
            None => findings.add(
                &here,
                format!("it holds {}", short(branch)),
                "write an object with StartAt and States",
            ),
        }
    }
}

fn block(fields: &Map<String, Value>, place: &Place, is_jsonata: bool, findings: &mut Findings) {
    if !fields.contains_key("StartAt") {
        findings.add(
            &place.field("StartAt"),
            "StartAt is missing",
            "add StartAt, the name of the first state",
        );
    }
    let at = place.field("States");
    let states = match fields.get("States") {
        Some(Value::Object(states)) if !states.is_empty() => states,
        Some(other) => {
            return findings.add(
                &at,
                format!("it holds {}", short(other)),
                "write an object with at least one state",
            );
        }
        None => {
            return findings.add(&at, "States is missing", "add States, an object with at least one state");
        }
    };
    for (name, state) in states {
        let here = place.state(name);
        findings.name(name, &here);
        if !is_jsonata {
            state::check(name, state, &here, findings);
        }
    }
    transitions(fields.get("StartAt").and_then(Value::as_str), states, place, findings);
}

/// Every transition leads to a state of the block, every state is reached, and one ends the block.
fn transitions(start: Option<&str>, states: &Map<String, Value>, place: &Place, findings: &mut Findings) {
    let mut leads: Vec<(Option<&str>, &str)> = Vec::new();
    let starts = start.map(|start| (None, place.field("StartAt"), start));
    let nexts = states.iter().flat_map(|(name, state)| {
        let here = place.state(name);
        targets(state, &here).into_iter().map(move |(place, target)| (Some(name.as_str()), place, target))
    });
    for (from, place, target) in starts.into_iter().chain(nexts) {
        if states.contains_key(target) {
            leads.push((from, target));
            continue;
        }
        let is_elsewhere = findings.knows(target);
        let names = || states.keys().map(String::as_str);
        let meant = if is_elsewhere { None } else { nearest(target, names()) };
        let remedy = match meant {
            Some(meant) => format!("did you mean {meant:?}?"),
            None if is_elsewhere => {
                format!(
                    "it is in another block, which no transition enters or leaves: name one of {}",
                    some(names())
                )
            }
            None => format!("name a state of this block: {}", some(names())),
        };
        findings.coded(MISSING_TARGET, &place, format!("there is no state {target:?} in this block"), remedy);
        // A misspelt transition is one finding, not two: what it meant is reached.
        leads.extend(meant.map(|meant| (from, meant)));
    }
    let is_end = |state: &Value| state::is_terminal(state) || targets(state, place).is_empty();
    if !states.values().any(is_end) {
        let remedy = "add \"End\": true to a state, or a Succeed or Fail state";
        findings.coded(MISSING_END, place, "no state ends this block", remedy);
        return;
    }
    let Some(start) = leads.iter().find(|(from, _)| from.is_none()).map(|(_, start)| *start) else { return };
    let reached = reached(start, &leads);
    for name in states.keys().filter(|name| !reached.contains(name.as_str())) {
        let remedy = "lead to it by a Next, Default or Catch, or remove it";
        findings.coded(MISSING_TARGET, &place.state(name), "no transition leads to this state", remedy);
    }
}

/// The states that can be reached from the first, itself included.
fn reached<'a>(start: &'a str, leads: &[(Option<&'a str>, &'a str)]) -> HashSet<&'a str> {
    let mut next: HashMap<&str, Vec<&str>> = HashMap::new();
    for (from, to) in leads {
        if let Some(from) = from {
            next.entry(from).or_default().push(to);
        }
    }
    let mut reached = HashSet::from([start]);
    let mut todo = vec![start];
    while let Some(from) = todo.pop() {
        for to in next.remove(from).into_iter().flatten() {
            if reached.insert(to) {
                todo.push(to);
            }
        }
    }
    reached
}

/// Where a state leads, and the field that says so.
fn targets<'a>(state: &'a Value, place: &Place) -> Vec<(Place, &'a str)> {
    let direct = ["Next", "Default"].into_iter().map(|name| (place.field(name), state.get(name)));
    let listed = ["Choices", "Catch"].into_iter().flat_map(|name| {
        let items = state.get(name).and_then(Value::as_array).into_iter().flatten().enumerate();
        items.map(move |(at, item)| (place.field(name).item(at).field("Next"), item.get("Next")))
    });
    direct.chain(listed).filter_map(|(place, target)| Some((place, target?.as_str()?))).collect()
}

/// A few names, sorted.
fn some<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: BTreeSet<_> = names.collect();
    let more = if names.len() > 6 { ", …" } else { "" };
    names.into_iter().take(6).collect::<Vec<_>>().join(", ") + more
}
