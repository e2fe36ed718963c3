//! What an Express state machine can't wait for.

use super::{findings::Findings, place::Place};

/// Checks the resource of a Task.
pub(super) fn check(resource: &str, place: &Place, findings: &mut Findings) {
    let unsupported = if resource.contains(":activity:") {
        "Activity ARN"
    } else if resource.ends_with(".waitForTaskToken") {
        "'.waitForTaskToken' service integration"
    } else if resource.contains(".sync") {
        "'.sync' service integration"
    } else {
        return;
    };
    // AWS ends these with a space.
    let message = format!("Express state machine does not support {unsupported} ");
    findings.add(place, message, "call without waiting, or make the state machine a Standard one");
}
