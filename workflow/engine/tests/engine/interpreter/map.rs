//! Map states.

use ackflow_engine::TaskCall;
use serde_json::{Value, json};

use super::{echo, errors::failed_query, run, run_alone, snapshot};
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

/// There are no paths in JSONata: the error is told as that of an expression for the field `Items`.
#[test]
fn a_map_of_jsonata_runs_over_its_input() {
    let definition = map(json!({ "QueryLanguage": "JSONata" }), json!({}));
    assert_eq!(run(&definition, json!(["a"]), echo).output(), &json!(["a"]));
    let run = run_alone(&definition, json!({ "a": 1 }));
    let (location, cause) = failed_query(&run);
    assert_eq!(location, "Items");
    assert!(cause.ends_with("Expected 'array', but was 'object' for value: {\"a\":1}"), "{cause}");
}

/// A distributed Map whose child executions give their input back, with these fields.
fn distributed(fields: Value) -> Value {
    let mut map = json!({
        "Type": "Map",
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "Show",
            "States": { "Show": { "Type": "Pass", "End": true } },
        },
        "End": true,
    });
    map.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({ "StartAt": "Each", "States": { "Each": map } })
}

#[test]
fn a_distributed_map_runs_over_the_fields_of_an_object() {
    let input = json!({ "prices": { "pen": 2, "ink": { "blue": 5 } } });
    let pairs = json!([{ "Key": "pen", "Value": 2 }, { "Key": "ink", "Value": { "blue": 5 } }]);
    let paths = run_alone(&distributed(json!({ "ItemsPath": "$.prices" })), input.clone());
    assert_eq!(paths.output(), &pairs);
    assert_eq!(paths.history[2].details["length"], 2);

    let selector = json!({ "ItemsPath": "$.prices", "ItemSelector": { "item.$": "$$.Map.Item" } });
    let item = |index: u8, key: &str, value: Value| {
        let item = json!({ "Index": index, "Key": key, "Value": value, "Source": "STATE_DATA" });
        json!({ "item": item })
    };
    let selected = run_alone(&distributed(selector), input.clone());
    assert_eq!(selected.output(), &json!([item(0, "pen", json!(2)), item(1, "ink", json!({ "blue": 5 }))]));

    let query = json!({ "QueryLanguage": "JSONata", "Items": "{% $states.input.prices %}" });
    assert_eq!(run_alone(&distributed(query), input.clone()).output(), &pairs);
    let scalar = json!({ "QueryLanguage": "JSONata", "Items": "{% $states.input.prices.pen %}" });
    assert_eq!(run_alone(&distributed(scalar), input).error(), "States.QueryEvaluationError");
}

/// What a field does not take is the failure of the query that gave it.
#[test]
fn a_query_gives_what_its_field_takes() {
    let query = "{% $states.input %}";
    let whole = "must return a whole number";
    let reader = json!({
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": { "InputType": "JSON", "MaxItems": query },
        "Arguments": { "Bucket": "logs", "Key": "day" },
    });
    let batches = |limit: &str| json!({ "Items": [1], "ItemBatcher": { limit: query } });
    let of = |field: &str| json!({ "Items": [1], field: query });
    let (most, bytes) = ("MaxItemsPerBatch", "MaxInputBytesPerBatch");
    for (mut fields, given, location, problem) in [
        (of("MaxConcurrency"), json!(-1), "MaxConcurrency", whole),
        (of("MaxConcurrency"), json!(1.5), "MaxConcurrency", whole),
        (of("ToleratedFailureCount"), json!(-1), "ToleratedFailureCount", whole),
        (of("ToleratedFailurePercentage"), json!(101), "ToleratedFailurePercentage", "from 0 to 100,"),
        (batches(most), json!(0), "ItemBatcher/MaxItemsPerBatch", whole),
        (batches(most), json!("a"), "ItemBatcher/MaxItemsPerBatch", "Expected 'number', but was 'string'"),
        (
            batches(bytes),
            json!("a"),
            "ItemBatcher/MaxInputBytesPerBatch",
            "Expected 'number', but was 'string'",
        ),
        (
            json!({ "ItemReader": reader }),
            json!("2"),
            "ItemReader/ReaderConfig/MaxItems",
            "Expected 'number', but was 'string' for value: \"2\"",
        ),
    ] {
        fields["QueryLanguage"] = json!("JSONata");
        let run = run_alone(&distributed(fields), given);
        let (at, cause) = failed_query(&run);
        assert_eq!(at, location);
        assert!(cause.contains(problem), "{cause}");
        let types: Vec<_> = run.history.iter().rev().map(|event| event.event_type).collect();
        assert_eq!(types[..2], ["ExecutionFailed", "MapStateFailed"]);
    }
}

#[test]
fn the_context_object_tells_where_an_item_is_from() {
    let selector = json!({ "ItemSelector": { "source.$": "$$.Map.Item.Source" } });
    let run = run(&map(selector, json!({})), json!(["a"]), echo);
    assert_eq!(run.output(), &json!([{ "source": "STATE_DATA" }]));
}

const LIST: &str = "arn:aws:states:::s3:listObjectsV2";

/// A distributed Map that reads, with this resource and these settings; each item tells its source.
fn reads(resource: &str, config: Value) -> Value {
    let place = if resource == LIST { "Prefix" } else { "Key" };
    distributed(json!({
        "ItemReader": {
            "Resource": resource,
            "ReaderConfig": config,
            "Parameters": { "Bucket": "logs", place: "day" },
        },
        "ItemSelector": { "value.$": "$$.Map.Item.Value", "source.$": "$$.Map.Item.Source" },
    }))
}

/// What a bucket gives: objects of a line each, an Athena manifest that names two of them, and the list of all.
fn bucket(call: &TaskCall) -> Answer {
    if call.resource.ends_with(":listObjectsV2") {
        return Answer::gives(
            json!({ "Contents": [{ "Key": "day/" }, { "Key": "day/1" }, { "Key": "day/2" }] }),
        );
    }
    assert_eq!(call.input["Bucket"], "logs");
    let body = match call.input["Key"].as_str() {
        Some("day") => "s3://logs/day/1\ns3://logs/day/2\n",
        Some("day/1") => "1\n2\n",
        Some("day/2") => "3\n",
        other => panic!("{other:?}"),
    };
    Answer::gives(json!({ "Body": body }))
}

#[test]
fn listed_objects_are_items_or_hold_them() {
    let listed = run(&reads(LIST, json!({ "Transformation": "NONE" })), json!({}), bucket);
    assert_eq!(listed.output()[1]["value"]["Key"], "day/1");
    assert_eq!(listed.output()[1]["source"], "s3://logs");
    assert_eq!(listed.calls.len(), 1);

    let config =
        |most: u8| json!({ "Transformation": "LOAD_AND_FLATTEN", "InputType": "JSONL", "MaxItems": most });
    let loaded = run(&reads(LIST, config(0)), json!({}), bucket);
    let item = |value: u8, source: &str| json!({ "value": value, "source": source });
    let of_all = json!([item(1, "s3://logs/day/1"), item(2, "s3://logs/day/1"), item(3, "s3://logs/day/2")]);
    assert_eq!(loaded.output(), &of_all);
    assert_eq!(loaded.calls.len(), 3);

    let cut = run(&reads(LIST, config(2)), json!({}), bucket);
    assert_eq!(cut.output(), &json!(of_all.as_array().unwrap()[..2]));
    assert_eq!(cut.calls.len(), 2, "the second object is not wanted");
}

#[test]
fn a_manifest_of_athena_names_the_objects() {
    let config = json!({ "ManifestType": "ATHENA_DATA", "InputType": "JSONL" });
    let run = run(&reads("arn:aws:states:::s3:getObject", config), json!({}), bucket);
    let values: Vec<_> = run.output().as_array().unwrap().iter().map(|item| &item["value"]).collect();
    assert_eq!(values, [1, 2, 3]);
    assert_eq!(run.calls.len(), 3);
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

/// An object that can't be read fails the Map Run, and so the state.
#[test]
fn what_a_list_names_and_can_not_be_read_fails_the_map() {
    let config = json!({ "Transformation": "LOAD_AND_FLATTEN", "InputType": "JSON" });
    let run = run(&reads(LIST, config), json!({}), bucket);
    assert_eq!(run.error(), "States.ItemReaderFailed");
    let types: Vec<_> = run.history.iter().rev().map(|event| event.event_type).collect();
    assert_eq!(types[..3], ["ExecutionFailed", "MapStateFailed", "MapRunFailed"]);
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
