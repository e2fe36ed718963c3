//! A failed execution goes on from where it failed.

use ackflow_engine::{Outcome, Signal, TaskCall};
use serde_json::json;

use super::{echo, snapshot};
use crate::simulator::{Answer, Simulator, machine, start};

/// Runs until the execution has failed, redrives it a minute later, and runs to its end.
fn redrive<'t>(
    definition: &serde_json::Value,
    input: serde_json::Value,
    tasks: impl FnMut(&TaskCall) -> Answer + 't,
) -> Simulator<'t> {
    let mut run = Simulator::new(machine(definition), start(input), tasks).run();
    assert!(!matches!(run.outcome(), Outcome::Succeeded { .. }));
    run.now += jiff::SignedDuration::from_mins(1);
    run.apply(Signal::Redriven);
    run.run()
}

#[test]
fn a_failed_task_is_entered_again_with_all_its_attempts() {
    let definition = json!({ "StartAt": "Fetch", "States": {
        "Fetch": { "Type": "Task", "Resource": "${fetch}", "Next": "Save" },
        "Save": {
            "Type": "Task", "Resource": "${save}", "End": true,
            "Retry": [{ "ErrorEquals": ["Busy"], "MaxAttempts": 1 }],
        },
    } });
    let mut failures = 3;
    let run = redrive(&definition, json!({ "id": "F1" }), |call| {
        if call.state == "Save" && failures > 0 {
            failures -= 1;
            return Answer::fails("Busy", "");
        }
        echo(call)
    });
    assert_eq!(run.output(), &json!({ "id": "F1" }));
    let fetched = run.calls.iter().filter(|call| call.state == "Fetch").count();
    assert_eq!(fetched, 1, "what was done is not done again");
    let mut tokens: Vec<_> = run.calls.iter().map(|call| &call.token).collect();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), run.calls.len(), "each attempt has its own token");
    snapshot("redrive", &run.transcript());
}

#[test]
fn the_finished_iterations_of_a_map_stay_finished() {
    let definition = json!({ "StartAt": "Each", "States": { "Each": {
        "Type": "Map",
        "MaxConcurrency": 3,
        "ItemProcessor": { "StartAt": "Fetch", "States": {
            "Fetch": { "Type": "Task", "Resource": "${fetch}", "End": true },
        } },
        "End": true,
    } } });
    // `a` is done, `b` fails, `c` is stopped, `d` takes the place of `a` and is stopped, `e` never started.
    let mut failures = 1;
    let run = redrive(&definition, json!(["a", "b", "c", "d", "e"]), |call| {
        if call.input == "b" && failures > 0 {
            failures -= 1;
            return Answer::fails("NoFile", "").after(2);
        }
        echo(call).after(if call.input == "a" { 1 } else { 5 })
    });
    assert_eq!(run.output(), &json!(["a", "b", "c", "d", "e"]));
    let items: Vec<_> = run.calls.iter().filter_map(|call| call.input.as_str()).collect();
    assert_eq!(items, ["a", "b", "c", "d", "b", "c", "d", "e"]);
    snapshot("redrive_map", &run.transcript());
}

#[test]
fn a_redrive_after_a_timeout_has_all_the_time_again() {
    let definition = json!({ "TimeoutSeconds": 60, "StartAt": "Wait", "States": {
        "Wait": { "Type": "Wait", "Seconds": 50, "Next": "Fetch" },
        "Fetch": { "Type": "Task", "Resource": "${fetch}", "End": true },
    } });
    let mut slow = true;
    let run = redrive(&definition, json!({}), |call| {
        if std::mem::take(&mut slow) { Answer::hangs() } else { echo(call).after(20) }
    });
    assert_eq!(run.output(), &json!({}));
    snapshot("redrive_timeout", &run.transcript());
}

/// The execution fails in one branch while another waits to be tried again: both are entered again.
#[test]
fn a_stopped_branch_is_entered_again() {
    let definition = json!({ "StartAt": "Both", "States": { "Both": {
        "Type": "Parallel",
        "Branches": [
            { "StartAt": "Fail", "States": { "Fail": { "Type": "Task", "Resource": "${fail}", "End": true } } },
            { "StartAt": "Retry", "States": { "Retry": {
                "Type": "Task", "Resource": "${retry}", "End": true, "Retry": [{ "ErrorEquals": ["Busy"] }],
            } } },
            { "StartAt": "Done", "States": { "Done": { "Type": "Pass", "Result": "done", "End": true } } },
        ],
        "End": true,
    } } });
    let mut failures = 2;
    let run = redrive(&definition, json!({}), |call| {
        if failures > 0 {
            failures -= 1;
            let is_last = call.state == "Fail";
            return Answer::fails(if is_last { "Gone" } else { "Busy" }, "").after(i64::from(is_last));
        }
        Answer::gives(json!(call.state))
    });
    assert_eq!(run.output(), &json!(["Fail", "Retry", "done"]));
    assert_eq!(run.execution.next_due(), None);
}

/// The execution fails while a branch has yet to enter its first state, which it enters once.
#[test]
fn a_branch_that_had_not_begun_begins_once() {
    let definition = json!({ "StartAt": "Both", "States": { "Both": {
        "Type": "Parallel",
        "Branches": [
            { "StartAt": "Which", "States": {
                "Which": { "Type": "Choice", "Choices": [
                    { "Variable": "$$.Execution.RedriveCount", "NumericGreaterThan": 0, "Next": "Done" },
                ] },
                "Done": { "Type": "Succeed" },
            } },
            { "StartAt": "Do", "States": { "Do": { "Type": "Task", "Resource": "${Do}", "End": true } } },
        ],
        "End": true,
    } } });
    let run = redrive(&definition, json!(1), echo);
    assert_eq!(run.output(), &json!([1, 1]));
    assert_eq!(run.calls.len(), 1);
}

#[test]
fn the_context_object_counts_redrives() {
    let definition = json!({ "StartAt": "Look", "States": { "Look": {
        "Type": "Task", "Resource": "${look}", "End": true,
        "Parameters": { "count.$": "$$.Execution.RedriveCount" },
    } } });
    let mut failures = 1;
    let run = redrive(&definition, json!({}), |call| {
        failures -= 1;
        if failures >= 0 { Answer::fails("Gone", "") } else { echo(call) }
    });
    assert_eq!(run.output(), &json!({ "count": 1 }));
}

#[test]
fn an_execution_that_did_not_fail_is_not_redriven() {
    let definition = json!({ "StartAt": "Done", "States": { "Done": { "Type": "Succeed" } } });
    let mut run = Simulator::new(machine(&definition), start(json!({})), echo).run();
    assert_eq!(run.execution.apply(&Signal::Redriven, run.now), None);
}

#[test]
fn an_execution_without_room_for_events_is_not_redriven() {
    let definition = json!({ "StartAt": "Again", "States": {
        "Again": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$.enough", "IsPresent": true, "Next": "Enough" }],
            "Default": "Again",
        },
        "Enough": { "Type": "Succeed" },
    } });
    let mut run = Simulator::new(machine(&definition), start(json!({})), echo).run();
    assert_eq!(run.execution.apply(&Signal::Redriven, run.now), None);
    assert_eq!(run.error(), "States.Runtime");
}
