//! What leads where: every transition leads to a state of its block, every state is reached, one ends the block.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

use super::{
    findings::{Findings, MISSING_END, MISSING_TARGET, UNREACHABLE_STATE},
    place::Place,
    state,
};
use crate::nearest::nearest;

/// A way out of a state.
pub(super) struct Exit<'a> {
    /// The field that names the next state.
    pub(super) place: Place,
    /// The next state's name.
    pub(super) target: &'a str,
    /// The variables that are set on the way.
    pub(super) assign: Option<&'a Value>,
}

/// Where a state leads.
pub(super) fn exits<'a>(state: &'a Value, place: &Place) -> Vec<Exit<'a>> {
    let direct = ["Next", "Default"].into_iter().map(|name| (place.field(name), state.get(name), state));
    let listed = ["Choices", "Catch"].into_iter().flat_map(|name| {
        let items = state.get(name).and_then(Value::as_array).into_iter().flatten().enumerate();
        items.map(move |(at, item)| (place.field(name).item(at).field("Next"), item.get("Next"), item))
    });
    let exit = |(place, target, from): (Place, Option<&'a Value>, &'a Value)| {
        Some(Exit { place, target: target?.as_str()?, assign: from.get("Assign") })
    };
    direct.chain(listed).filter_map(exit).collect()
}

/// Checks the transitions of the block that stands here.
pub(super) fn check(
    start: Option<&str>,
    states: &Map<String, Value>,
    place: &Place,
    findings: &mut Findings,
) {
    if let Some(start) = start.filter(|start| !states.contains_key(*start)) {
        missing(start, states, &place.field("StartAt"), findings);
    }
    let mut next: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, state) in states {
        for exit in exits(state, &place.state(name)) {
            if !states.contains_key(exit.target) {
                missing(exit.target, states, &exit.place, findings);
            }
            next.entry(name).or_default().push(exit.target);
        }
    }
    if !states.iter().any(|(name, state)| state::is_terminal(state) || !next.contains_key(name.as_str())) {
        let remedy = "add \"End\": true to a state, or a Succeed or Fail state";
        return findings.coded(MISSING_END, &place.nowhere(), "Workflow has no terminal state", remedy);
    }
    if let Some(start) = start {
        unreached(start, states, &next, place, findings);
    }
}

/// A transition to a state that the block does not have.
fn missing(target: &str, states: &Map<String, Value>, place: &Place, findings: &mut Findings) {
    let names = || states.keys().map(String::as_str);
    let remedy = match nearest(target, names()) {
        _ if findings.knows(target) => {
            let some = some(names());
            format!("it is in another block, which no transition enters or leaves: name one of {some}")
        }
        Some(meant) => format!("did you mean {meant:?}?"),
        None => format!("name a state of this block: {}", some(names())),
    };
    findings.coded(MISSING_TARGET, place, format!("Missing 'Next' target: {target}"), remedy);
}

/// States to which nothing leads, and those that only lead to one another, which AWS lets pass.
fn unreached(
    start: &str,
    states: &Map<String, Value>,
    next: &HashMap<&str, Vec<&str>>,
    place: &Place,
    findings: &mut Findings,
) {
    let targets: HashSet<&str> = next.values().flatten().copied().collect();
    let reached = reached(start, next);
    for name in states.keys().map(String::as_str) {
        let here = place.state(name);
        let remedy = "lead to it by a Next, Default or Catch, or remove it";
        if name != start && !targets.contains(name) {
            findings.coded(MISSING_TARGET, &here, format!("State \"{name}\" is not reachable."), remedy);
        } else if states.contains_key(start) && !reached.contains(name) {
            let message = "only states lead to it that are not reachable themselves";
            findings.warn(UNREACHABLE_STATE, &here, message, remedy);
        }
    }
}

/// The states that can be reached from the first, itself included.
fn reached<'a>(start: &'a str, next: &HashMap<&'a str, Vec<&'a str>>) -> HashSet<&'a str> {
    let mut reached = HashSet::from([start]);
    let mut todo = vec![start];
    while let Some(from) = todo.pop() {
        for to in next.get(from).into_iter().flatten().copied() {
            if reached.insert(to) {
                todo.push(to);
            }
        }
    }
    reached
}

/// A few names, sorted.
fn some<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: BTreeSet<_> = names.collect();
    let more = if names.len() > 6 { ", …" } else { "" };
    names.into_iter().take(6).collect::<Vec<_>>().join(", ") + more
}
