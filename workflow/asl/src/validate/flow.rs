//! Which variables a state can find, followed along the transitions.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::{
    assign, block, document_place,
    findings::{Findings, UNDEFINED_VARIABLE},
    state,
    transitions::exits,
};
use crate::{QueryLanguage, nearest::nearest};

type Names = BTreeSet<String>;

/// Warns of every variable that is read in a state before which nothing has set it. AWS finds out when it runs.
pub(super) fn undefined_variables(machine: &Map<String, Value>, findings: &mut Findings) {
    let reads = findings.take_reads();
    if reads.is_empty() {
        return;
    }
    let mut flow =
        Flow { machine_language: state::language(machine, QueryLanguage::default()), found: HashMap::new() };
    flow.block(machine, &Names::new());
    for (place, name) in reads {
        let found = place.state_name().and_then(|state| flow.found.get(state));
        let Some(found) = found.filter(|found| !found.contains(&name)) else { continue };
        let or_function = match place.language() {
            QueryLanguage::JsonPath => "",
            QueryLanguage::Jsonata => ", and no function has this name",
        };
        let message = format!("nothing sets the variable ${name} before this state{or_function}");
        let remedy = nearest(&name, found.iter().map(String::as_str)).map_or_else(
            || "set it in the Assign of a state that leads here".to_owned(),
            |meant| format!("did you mean ${meant}?"),
        );
        findings.warn(UNDEFINED_VARIABLE, &place, message, remedy);
    }
}

struct Flow<'a> {
    machine_language: QueryLanguage,
    /// The variables that may be set when a state begins, for every state that is reached.
    found: HashMap<&'a str, Names>,
}

impl<'a> Flow<'a> {
    /// Follows a block that begins with these variables.
    fn block(&mut self, block: &'a Map<String, Value>, before: &Names) {
        let Some(states) = block.get("States").and_then(Value::as_object) else { return };
        let start = block.get("StartAt").and_then(Value::as_str);
        let mut todo: Vec<_> = start.map(|start| (start, before.clone())).into_iter().collect();
        while let Some((name, names)) = todo.pop() {
            let Some((name, state)) = states.get_key_value(name) else { continue };
            let is_new = !self.found.contains_key(name.as_str());
            let found = self.found.entry(name).or_default();
            if !is_new && names.is_subset(found) {
                continue;
            }
            found.extend(names);
            let found = found.clone();
            for exit in exits(state, &document_place()) {
                let set = exit.assign.map(|assign| self.set_by(state, assign)).unwrap_or_default();
                todo.push((exit.target, found.union(&set).cloned().collect()));
            }
        }
        for (name, state) in states {
            if let Some(found) = self.found.get(name.as_str()).cloned() {
                self.nested(state, &found);
            }
        }
    }

    /// The variables that an `Assign` of a state sets.
    fn set_by(&self, state: &Value, assign: &Value) -> Names {
        let language = state
            .as_object()
            .map_or(self.machine_language, |state| state::language(state, self.machine_language));
        assign::variables(assign, language).map(str::to_owned).collect()
    }

    /// Follows the blocks of a Map or a Parallel. They see the variables around them, but for those of a
    /// distributed Map: its iterations are executions of their own.
    fn nested(&mut self, state: &'a Value, found: &Names) {
        let branches = state.get("Branches").and_then(Value::as_array).into_iter().flatten();
        for branch in branches.filter_map(Value::as_object) {
            self.block(branch, found);
        }
        for name in ["ItemProcessor", "Iterator"] {
            let Some(processor) = state.get(name).and_then(Value::as_object) else { continue };
            let none = Names::new();
            self.block(processor, if block::is_distributed(processor) { &none } else { found });
        }
    }
}
