//! The machine that a tested state stands in.

use ackflow_asl::{State, StateMachine, States};
use serde_json::{Map, Value, json};

use super::{TestStateError, TestStateRequest};

/// What AWS calls the tested state in the context object, whatever its name is.
pub(super) const STATE_NAME: &str = "StateName";

/// The machine, starting at the tested state.
pub(super) fn read(request: &TestStateRequest) -> Result<StateMachine, TestStateError> {
    match request.state_name.as_deref() {
        Some("") => Err(TestStateError::parameter(
            "Invalid length for parameter stateName, value: 0, valid min length: 1",
        )),
        Some(name) => starting_at(name, StateMachine::parse(&request.definition)?),
        None => around(&request.definition),
    }
}

/// A machine of this state alone. The states that it leads to stand there in name only: none is entered.
fn around(definition: &str) -> Result<StateMachine, TestStateError> {
    let Ok(state) = serde_json::from_str::<Value>(definition) else {
        // It says what is wrong with the text.
        return Ok(StateMachine::parse(definition)?);
    };
    let target = |name: &str| (name.to_owned(), json!({ "Type": "Succeed" }));
    let mut states: Map<String, Value> = targets(&state).map(target).collect();
    states.insert(STATE_NAME.to_owned(), state);
    let machine = json!({ "StartAt": STATE_NAME, "States": states });
    Ok(StateMachine::parse(&machine.to_string())?)
}

/// Where a state leads.
fn targets(state: &Value) -> impl Iterator<Item = &str> {
    let direct = [state.get("Next"), state.get("Default")];
    let listed = ["Choices", "Catch"].into_iter().flat_map(move |field| {
        state.get(field).and_then(Value::as_array).into_iter().flatten().map(|item| item.get("Next"))
    });
    direct.into_iter().chain(listed).flatten().filter_map(Value::as_str)
}

fn starting_at(name: &str, mut machine: StateMachine) -> Result<StateMachine, TestStateError> {
    let Some(block) = block_of(&machine.states, name) else {
        return Err(TestStateError::validation("State not found in definition"));
    };
    machine.states = States { start_at: name.to_owned(), ..block.clone() };
    machine.timeout_seconds = None;
    Ok(machine)
}

/// The block of states that a state is in.
fn block_of<'m>(states: &'m States, name: &str) -> Option<&'m States> {
    if states.states.contains_key(name) {
        return Some(states);
    }
    states.states.values().find_map(|state| match state {
        State::Map(map) => block_of(&map.item_processor, name),
        State::Parallel(parallel) => parallel.branches.iter().find_map(|branch| block_of(branch, name)),
        _ => None,
    })
}
