//! What came of an execution: one that caught a failure has succeeded all the same.

use std::collections::BTreeSet;

use ackflow_engine::{Execution, HistoryEvent, Outcome};
use serde_json::Value;

use super::failure::{before, failure, is_failure};

/// What came of an execution, in a few words: what its output says of that, or else which failures were caught on the
/// way, or the error that it ended with. `None` where its status says it all.
pub(super) fn result(execution: &Execution, history: &[HistoryEvent]) -> Option<String> {
    match execution.outcome()? {
        Outcome::Succeeded { output } => reported(output).or_else(|| caught(history)),
        Outcome::Failed { error, .. } => Some(error.clone()),
        Outcome::Aborted { error, .. } => (!error.is_empty()).then(|| error.clone()),
        Outcome::TimedOut => None,
    }
}

/// What an output says of how it went. Where the schemas have one of several, it stands in a field that is named as its
/// tag is: `"result": { "result": "failed", "error": "DeployFailed" }`.
fn reported(output: &Value) -> Option<String> {
    output.as_object()?.iter().find_map(|(name, value)| {
        let tag = value.get(name)?.as_str()?;
        let error = value.get("error").and_then(Value::as_str);
        Some(error.map_or_else(|| tag.to_owned(), |error| format!("{tag}: {error}")))
    })
}

/// The failures that a state was left by, which is how a catcher goes on.
fn caught(history: &[HistoryEvent]) -> Option<String> {
    let exits = history.iter().filter(|event| event.event_type.ends_with("StateExited"));
    let caught = exits.filter_map(|exit| before(exit, history)).filter(|before| is_failure(before));
    let caught: Vec<&HistoryEvent> = caught.collect();
    let errors = caught.iter().filter_map(|event| failure(event, history)?["error"].as_str());
    let errors: BTreeSet<&str> = errors.collect();
    let errors = errors.into_iter().collect::<Vec<_>>().join(", ");
    match caught.len() {
        0 => None,
        1 => Some(format!("1 failure caught: {errors}")),
        count => Some(format!("{count} failures caught: {errors}")),
    }
}
