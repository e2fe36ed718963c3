//! Map states.

use ackflow_engine::TaskCall;
use serde_json::{Value, json};

use super::{echo, run, run_alone, snapshot};
use crate::simulator::Answer;

/// A Map whose iterations run one task, with these fields of the Map and of the task.
fn map(of_map: Value, of_task: Value) -> Value {
    let mut task = json!({ "Type": "Task", "Resource": "${fetch}", "End": true });
    task.as_object_mut().unwrap().extend(of_task.as_object().unwrap().clone());
    let mut states = json!({ "Fetch": task });
    if states["Fetch"].to_string().contains("Report") {
        states["Report"] = json!({ "Type": "Pass", "End": true });
    }
    let mut map = json!({
        "Type": "Map",
        "ItemProcessor": { "StartAt": "Fetch", "States": states },
        "End": true,
    });
    map.as_object_mut().unwrap().extend(of_map.as_object().unwrap().clone());
    let mut definition = json!({ "StartAt": "Each", "States": { "Each": map } });
    if definition.to_string().contains("Caught") {
        definition["States"]["Caught"] = json!({ "Type": "Pass", "End": true });
    }
    definition
}

#[test]
fn iterations_run_a_few_at_a_time_and_keep_their_order() {
    let definition = map(json!({ "MaxConcurrency": 2 }), json!({}));
    // The first takes the longest; the second's place goes to the third.
    let seconds = |call: &TaskCall| match call.input.as_str() {
        Some("a") => 5,
        Some("b") => 1,
        _ => 2,
    };
    let run = run(&definition, json!(["a", "b", "c"]), |call| echo(call).after(seconds(call)));
    assert_eq!(run.output(), &json!(["a", "b", "c"]));
    snapshot("map", &run.transcript());
}

#[test]
fn the_concurrency_can_be_read_from_the_input() {
    let definition = map(json!({ "MaxConcurrencyPath": "$.n", "ItemsPath": "$.items" }), json!({}));
    let run = |n: u64| run(&definition, json!({ "n": n, "items": [1, 2, 3, 4] }), |call| echo(call).after(1));
    assert!((run(1).elapsed() - 4.0).abs() < f64::EPSILON);
    assert!((run(3).elapsed() - 2.0).abs() < f64::EPSILON);
    assert!((run(0).elapsed() - 1.0).abs() < f64::EPSILON);
}

#[test]
fn an_item_selector_builds_each_input() {
    let selector = json!({
        "ItemsPath": "$.files",
        "ItemSelector": {
            "id.$": "$$.Map.Item.Value.id",
            "index.$": "$$.Map.Item.Index",
            "channel.$": "$.channel",
            "in.$": "$$.State.Name",
        },
        "ResultPath": "$.done",
    });
    let input = json!({ "files": [{ "id": "F1" }, { "id": "F2" }], "channel": "C1" });
    let run = run(&map(selector, json!({})), input, echo);
    let item = |id: &str, index: u8| json!({ "id": id, "index": index, "channel": "C1", "in": "Each" });
    assert_eq!(run.output()["done"], json!([item("F1", 0), item("F2", 1)]));
    assert_eq!(run.output()["channel"], "C1");
}

#[test]
fn an_empty_array_gives_an_empty_array() {
    let run = run_alone(&map(json!({}), json!({})), json!([]));
    assert_eq!(run.output(), &json!([]));
    snapshot("map_empty", &run.transcript());
}

#[test]
fn what_is_no_array_can_not_be_run_over() {
    let run = run_alone(&map(json!({ "ItemsPath": "$.files" }), json!({})), json!({ "files": {} }));
    assert_eq!(run.error(), "States.Runtime");
}

#[test]
fn maps_nest() {
    let inner = json!({ "Type": "Map", "ItemProcessor": { "StartAt": "Show", "States": { "Show": {
        "Type": "Pass",
        "Parameters": { "value.$": "$", "index.$": "$$.Map.Item.Index" },
        "End": true,
    } } }, "End": true });
    let definition = json!({ "StartAt": "Outer", "States": { "Outer": {
        "Type": "Map",
        "MaxConcurrency": 1,
        "ItemProcessor": { "StartAt": "Inner", "States": { "Inner": inner } },
        "End": true,
    } } });
    let run = run_alone(&definition, json!([["a", "b"], ["c"]]));
    let wanted =
        json!([[{ "value": "a", "index": 0 }, { "value": "b", "index": 1 }], [{ "value": "c", "index": 0 }]]);
    assert_eq!(run.output(), &wanted);
    snapshot("map_nested", &run.transcript());
}

fn fails_for_b(call: &TaskCall) -> Answer {
    if call.input == "b" { Answer::fails("NoFile", "b is gone").after(1) } else { echo(call).after(3) }
}

#[test]
fn a_failure_can_be_caught_in_the_iteration() {
    let catch = json!({ "Catch": [{ "ErrorEquals": ["NoFile"], "ResultPath": null, "Next": "Report" }] });
    let run = run(&map(json!({}), catch), json!(["a", "b"]), fails_for_b);
    assert_eq!(run.output(), &json!(["a", "b"]));
    assert!(run.cancelled.is_empty(), "the others are not touched");
    snapshot("map_caught_in_iteration", &run.transcript());
}

#[test]
fn a_failure_can_be_caught_at_the_map() {
    let catch = json!({ "Catch": [{ "ErrorEquals": ["NoFile"], "Next": "Caught" }] });
    let run = run(&map(catch, json!({ "TimeoutSeconds": 60 })), json!(["a", "b", "c"]), fails_for_b);
    assert_eq!(run.output()["Error"], "NoFile");
    let others: Vec<_> = run.calls.iter().filter(|call| call.input != "b").map(|call| call.task).collect();
    assert_eq!(run.cancelled, others, "the other iterations are stopped");
    assert!((run.elapsed() - 1.0).abs() < f64::EPSILON);
    assert_eq!(run.execution.next_due(), None, "and so are their timers");
    snapshot("map_caught", &run.transcript());
}

#[test]
fn a_map_can_be_retried_whole() {
    let retry = json!({ "MaxConcurrency": 1, "Retry": [{ "ErrorEquals": ["NoFile"], "MaxAttempts": 1 }] });
    let mut failures = 1;
    let run = run(&map(retry, json!({})), json!(["a", "b"]), |call| {
        if call.input == "b" && failures > 0 {
            failures -= 1;
            return Answer::fails("NoFile", "");
        }
        echo(call)
    });
    assert_eq!(run.output(), &json!(["a", "b"]));
    assert_eq!(run.calls.len(), 4);
    snapshot("map_retried", &run.transcript());
}

#[test]
fn a_failure_that_nothing_handles_ends_the_execution() {
    let run = run(&map(json!({ "MaxConcurrency": 2 }), json!({})), json!(["a", "b", "c"]), fails_for_b);
    assert_eq!(run.error(), "NoFile");
    assert_eq!(run.cancelled.len(), 1);
    assert!(run.execution.running_tasks().is_empty());
    snapshot("map_failed", &run.transcript());
}

/// What is caught by the outermost of three states stops everything below it, tasks and waits.
#[test]
fn a_failure_deep_down_stops_everything_below_the_catcher() {
    let inner = map(json!({}), json!({}))["States"]["Each"].clone();
    let definition = json!({ "StartAt": "Both", "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                { "StartAt": "Inner", "States": { "Inner": inner } },
                { "StartAt": "Wait", "States": { "Wait": { "Type": "Wait", "Seconds": 100, "End": true } } },
            ],
            "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }],
            "End": true,
        },
        "Caught": { "Type": "Pass", "End": true },
    } });
    let run = run(&definition, json!(["a", "b"]), fails_for_b);
    assert_eq!(run.output()["Error"], "NoFile");
    assert!((run.elapsed() - 1.0).abs() < f64::EPSILON);
    assert_eq!(run.cancelled.len(), 1);
    snapshot("map_in_parallel_caught", &run.transcript());
}

/// The item selector fails before the iteration runs; nothing of the Map is left behind.
#[test]
fn a_selector_that_finds_nothing_fails_the_map() {
    let selector = json!({ "MaxConcurrency": 1, "ItemSelector": { "id.$": "$$.Map.Item.Value.id" } });
    let run = run(&map(selector, json!({})), json!([{ "id": 1 }, {}, { "id": 3 }]), echo);
    assert_eq!(run.error(), "States.Runtime");
    assert_eq!(run.calls.len(), 1);
}

/// Far more than a flow has, and done in a moment: nothing goes through all iterations for each of them.
#[test]
fn thousands_of_iterations_start_and_stop_in_a_moment() {
    let items: Vec<_> = (0..8_000).collect();
    let catch = json!({
        "ItemSelector": { "n.$": "$$.Map.Item.Value" },
        "Catch": [{ "ErrorEquals": ["NoFile"], "Next": "Caught" }],
    });
    let run = run(&map(catch, json!({ "TimeoutSeconds": 60 })), json!(items), |call| {
        if call.input["n"] == 7_999 { Answer::fails("NoFile", "") } else { Answer::hangs() }
    });
    // 8,000 iterations have more events than an execution may have.
    assert_eq!(run.error(), "States.Runtime");
    assert_eq!(run.history.len(), 25_000);
    assert_eq!(run.cancelled.len(), run.calls.len());
}
