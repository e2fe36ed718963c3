//! What each state does, told by the history of events.

mod data;
mod errors;
mod map;
mod redrive;
mod states;

use ackflow_engine::TaskCall;
use serde_json::Value;

use crate::simulator::{Answer, Simulator, machine, start};

/// Runs a definition to its end, with its tasks answered.
pub(crate) fn run<'t>(
    definition: &Value,
    input: Value,
    tasks: impl FnMut(&TaskCall) -> Answer + 't,
) -> Simulator<'t> {
    Simulator::new(machine(definition), start(input), tasks).run()
}

/// Runs a definition that has no tasks.
pub(crate) fn run_alone(definition: &Value, input: Value) -> Simulator<'static> {
    run(definition, input, |call| panic!("{call:?}"))
}

/// Gives the task's input back.
pub(crate) fn echo(call: &TaskCall) -> Answer {
    Answer::gives(call.input.clone())
}

/// A history, among the snapshots of all stages.
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/history"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
