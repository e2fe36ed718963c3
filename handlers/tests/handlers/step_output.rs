//! Snapshots of what the steps give.

use serde::Serialize;

use crate::snapshots;

/// Compares what a step gave with its snapshot.
pub(crate) fn assert_step_output(name: &str, output: &impl Serialize) {
    let output = serde_json::to_string_pretty(output).unwrap();
    snapshots("step-output").bind(|| insta::assert_snapshot!(name, output));
}
