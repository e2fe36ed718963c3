//! Each visit of a state, from the history.

use ackflow_engine::HistoryEvent;
use serde_json::{Value, json};

use super::failure::{failure, is_failure};

/// Each visit of a state, from the history: input, output, attempts, errors, times.
pub(in crate::cli) fn states(history: &[HistoryEvent]) -> Vec<Value> {
    let mut visits: Vec<(u64, Value)> = Vec::new();
    for event in history {
        if event.event_type.ends_with("StateEntered") {
            let state = json!({
                "name": event.details["name"],
                "type": event.event_type.trim_end_matches("StateEntered"),
                "entered_at": event.timestamp,
                "input": event.details["input"],
                "attempts": 0,
            });
            visits.push((event.id, state));
            continue;
        }
        let visit = visits.iter_mut().rev().find(|(last, state)| belongs_to(event, *last, state));
        if let Some((last, state)) = visit {
            *last = event.id;
            note(state, event, history);
        }
    }
    visits.into_iter().map(|(_, state)| state).collect()
}

/// Whether an event is of this visit of a state, whose last event so far is given. A visit's events name the one
/// before, but for those that follow a Map's or Parallel's branches.
fn belongs_to(event: &HistoryEvent, last: u64, state: &Value) -> bool {
    let fans_out = state["type"] == "Map" || state["type"] == "Parallel";
    let is_open = state.get("exited_at").is_none();
    state["name"].as_str() == event.state.as_deref()
        && (event.previous_event_id == last || (fans_out && is_open))
}

fn note(state: &mut Value, event: &HistoryEvent, history: &[HistoryEvent]) {
    let kind = event.event_type;
    if kind.ends_with("Scheduled") {
        state["attempts"] = (state["attempts"].as_u64().unwrap_or(0) + 1).into();
    } else if is_failure(event) {
        if let Some(failure) = failure(event, history) {
            state["error"] = failure["error"].clone();
            state["cause"] = failure["cause"].clone();
        }
    } else if kind.ends_with("StateExited") {
        state["output"] = event.details["output"].clone();
        state["exited_at"] = json!(event.timestamp);
    }
}
