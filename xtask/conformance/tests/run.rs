//! How scenarios are run: their tasks end as recorded, on virtual time, under AWS's names.

#![allow(clippy::needless_pass_by_value, reason = "a test says what it wants in few words")]

use ackflow_conformance::{Scenario, run};
use serde_json::{Value, json};

fn scenario(fields: Value) -> Scenario {
    let mut scenario = json!({ "id": "one", "kind": "execution", "expected": {} });
    let fields = fields.as_object().expect("fields").clone();
    scenario.as_object_mut().expect("fields").extend(fields);
    serde_json::from_value(scenario).expect("a scenario")
}

fn task(resource: &str, fields: Value) -> Value {
    let mut state = json!({ "Type": "Task", "Resource": resource, "End": true });
    state.as_object_mut().expect("a state").extend(fields.as_object().expect("fields").clone());
    json!({ "StartAt": "Do", "States": { "Do": state } })
}

fn types(actual: &Value) -> Vec<&str> {
    let events = actual["events"].as_array().expect("events");
    events.iter().map(|event| event["type"].as_str().expect("a type")).collect()
}

#[test]
fn the_mock_of_the_same_input_comes_first() {
    let resource = "arn:aws:lambda:us-east-1:111111111111:function:do";
    let actual = run(&scenario(json!({
        "definition": task(resource, json!({})),
        "input": { "n": 2 },
        "mocks": [
            { "state": "Do", "input": { "n": 1 }, "outcome": { "output": "of one" } },
            { "state": "Do", "input": { "n": 2.0 }, "outcome": { "output": null } },
        ],
    })));
    assert_eq!(actual["status"], "SUCCEEDED");
    assert_eq!(actual["output"], Value::Null);
}

#[test]
fn a_job_is_submitted_before_it_fails() {
    let outcome =
        json!({ "error": "States.TaskFailed", "cause": { "Status": "FAILED" }, "event": "TaskFailed" });
    let actual = run(&scenario(json!({
        "definition": task("arn:aws:states:::states:startExecution.sync", json!({ "Parameters": {} })),
        "mocks": [{ "state": "Do", "input": {}, "submitted": { "ExecutionArn": "x" }, "outcome": outcome }],
    })));
    assert_eq!(actual["cause"], "{\"Status\":\"FAILED\"}");
    let told = ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskFailed", "ExecutionFailed"];
    assert_eq!(types(&actual)[2..], told);
    assert_eq!(actual["events"][2]["details"]["region"], "us-east-1");
}

#[test]
fn what_timed_out_does_so_on_virtual_time() {
    let actual = run(&scenario(json!({
        "definition": task("arn:aws:states:us-east-1:111111111111:activity:a", json!({ "TimeoutSeconds": 500 })),
        "mocks": [{ "state": "Do", "input": {}, "outcome": { "error": "States.Timeout", "timed_out": true } }],
        "expected": { "events": [{ "type": "ActivityStarted", "details": { "workerName": "w" } }] },
    })));
    assert_eq!(actual["error"], "States.Timeout");
    assert_eq!(
        types(&actual)[2..],
        ["ActivityScheduled", "ActivityStarted", "ActivityTimedOut", "ExecutionFailed"]
    );
    assert_eq!(actual["events"][3]["details"], json!({ "workerName": "w" }));
}

#[test]
fn a_function_without_a_mock_does_what_is_known_of_it() {
    let call = json!({ "Parameters": { "FunctionName": "f", "Payload": { "a": [1, 2] } } });
    let actual = run(&scenario(json!({
        "definition": task("arn:aws:states:::lambda:invoke", call),
        "lambda_handlers": { "f": "echo" },
    })));
    assert_eq!(actual["output"]["Payload"], json!({ "a": [1, 2] }));
    // `{"a": [1, 2]}`
    assert_eq!(actual["output"]["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"], "13");
}

#[test]
fn names_are_those_of_aws() {
    let pass = json!({ "Type": "Pass", "Parameters": { "id.$": "$$.Execution.Id", "role.$": "$$.Execution.RoleArn" },
        "End": true });
    let actual = run(&scenario(json!({ "definition": { "StartAt": "P", "States": { "P": pass } } })));
    let id = actual["output"]["id"].as_str().expect("a name");
    assert!(id.starts_with("arn:aws:states:us-east-1:111111111111:execution:conformance:"), "{id}");
    assert_eq!(actual["output"]["role"], "arn:aws:iam::111111111111:role/conformance");
    assert_eq!(actual["events"][0]["details"]["roleArn"], "arn:aws:iam::111111111111:role/conformance");
}

#[test]
fn a_definition_that_is_refused_is_told() {
    let actual = run(&scenario(json!({ "definition": { "States": {} } })));
    assert_eq!(actual["status"], "REFUSED");
    assert_eq!(actual["error"], "InvalidDefinition");
}

#[test]
fn a_definition_is_refused_in_the_words_of_aws() {
    let definition = json!({ "States": { "Do": { "Type": "Pass", "End": true } } });
    let actual = run(&scenario(json!({ "kind": "validate", "definition": definition })));
    assert_eq!(actual["result"], "FAIL");
    let told = json!([{
        "code": "SCHEMA_VALIDATION_FAILED", "message": "These fields are required: [StartAt]", "severity": "ERROR",
        "location": "/",
    }]);
    assert_eq!(actual["diagnostics"], told);
    let actual = run(&scenario(json!({ "kind": "create_error", "definition": definition })));
    assert_eq!(actual["error"], "InvalidDefinition");
}

#[test]
fn the_objects_are_those_of_the_scenario() {
    let map = json!({
        "Type": "Map", "End": true,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": { "InputType": "JSON" },
            "Parameters": { "Bucket": "b", "Key.$": "$.key" },
        },
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "Keep", "States": { "Keep": { "Type": "Pass", "End": true } },
        },
    });
    let read = |key: &str| {
        run(&scenario(json!({
            "definition": { "StartAt": "Each", "States": { "Each": map } },
            "input": { "key": key },
            "s3_objects": { "b/items.json": "[1, 2]" },
        })))
    };
    assert_eq!(read("items.json")["output"], json!([1, 2]));
    assert_eq!(read("others.json")["error"], "States.ItemReaderFailed");
}
