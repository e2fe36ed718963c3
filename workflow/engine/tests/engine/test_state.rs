//! One state by itself.

use ackflow_engine::{TaskCall, TaskError, TestStateError, TestStateRequest, test_state, test_state_with};
use serde_json::{Value, json};

use crate::simulator::epoch;

/// The fields of a request that are JSON in a string.
const JSON: [&str; 4] = ["definition", "input", "variables", "context"];

/// Tests a state; what is JSON in a string is JSON itself in the request and in the response.
fn test(request: Value) -> Result<Value, TestStateError> {
    test_state(&read(request)).map(|response| {
        let mut response = json!(response);
        for field in ["output", "inspectionData"] {
            if let Some(value) = response.get_mut(field) {
                *value = parsed(value.take());
            }
        }
        response
    })
}

fn read(mut request: Value) -> TestStateRequest {
    for field in JSON {
        if let Some(value) = request.get_mut(field) {
            *value = value.to_string().into();
        }
    }
    serde_json::from_value(request).unwrap()
}

fn parsed(value: Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, parsed(value))).collect(),
        other => other,
    }
}

fn refusal(request: Value) -> String {
    test(request).unwrap_err().to_string()
}

/// A Task state that has all that a test shows.
fn charge() -> Value {
    json!({
        "Type": "Task",
        "Resource": "${Charge}",
        "InputPath": "$.order",
        "Parameters": { "amount.$": "$.total" },
        "ResultSelector": { "receipt.$": "$.id" },
        "ResultPath": "$.charged",
        "Retry": [
            { "ErrorEquals": ["Declined"], "MaxAttempts": 0 },
            { "ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 2 },
        ],
        "Catch": [
            { "ErrorEquals": ["Declined"], "Next": "AskAgain" },
            { "ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "TellLeads" },
        ],
        "Next": "Ship",
    })
}

fn pages(processor: &Value) -> Value {
    json!({
        "Type": "Map",
        "ItemsPath": "$.pages",
        "ItemSelector": { "number.$": "$$.Map.Item.Value", "of.$": "$.book" },
        "ItemProcessor": processor,
        "ToleratedFailureCount": 1,
        "End": true,
    })
}

fn distributed() -> Value {
    json!({
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
        "StartAt": "Print",
        "States": { "Print": { "Type": "Pass", "Result": "printed", "End": true } },
    })
}

#[test]
fn the_data_is_shown_at_each_stage() {
    let input = json!({ "order": { "total": 7, "note": "fast" }, "by": "dana" });
    let response = test(json!({
        "definition": charge(),
        "input": input,
        "inspectionLevel": "DEBUG",
        "mock": { "result": r#"{"id": "R1", "paid": true}"# },
    }));
    let after =
        json!({ "order": { "total": 7, "note": "fast" }, "by": "dana", "charged": { "receipt": "R1" } });
    let expected = json!({
        "inspectionData": {
            "input": input,
            "afterInputPath": { "total": 7, "note": "fast" },
            "afterParameters": { "amount": 7 },
            "result": { "id": "R1", "paid": true },
            "afterResultSelector": { "receipt": "R1" },
            "afterResultPath": after,
        },
        "nextState": "Ship",
        "status": "SUCCEEDED",
        "output": after,
    });
    assert_eq!(response.unwrap(), expected);
}

#[test]
fn by_default_only_the_output_is_shown() {
    let definition = json!({
        "Type": "Choice",
        "Choices": [{ "Variable": "$.stars", "NumericGreaterThan": 3, "Next": "Thank" }],
        "Default": "Ask",
    });
    let response = test(json!({ "definition": definition, "input": { "stars": 5 } }));
    let expected = json!({ "status": "SUCCEEDED", "output": { "stars": 5 }, "nextState": "Thank" });
    let response = response.unwrap();
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(response[name], *value);
    }
    assert_eq!(response["inspectionData"], Value::Null);
}

#[test]
fn an_error_is_retried_as_long_as_an_attempt_is_left() {
    let after = |retries: u64| {
        test(json!({
            "definition": charge(),
            "input": { "order": { "total": 7 } },
            "inspectionLevel": "TRACE",
            "mock": { "errorOutput": { "error": "Busy", "cause": "Come back later." } },
            "stateConfiguration": { "retrierRetryCount": retries },
        }))
        .unwrap()
    };
    let retried = after(1);
    assert_eq!(retried["status"], "RETRIABLE");
    assert_eq!((&retried["error"], &retried["cause"]), (&json!("Busy"), &json!("Come back later.")));
    let details = json!({ "retryIndex": 1, "retryBackoffIntervalSeconds": 6 });
    assert_eq!(retried["inspectionData"]["errorDetails"], details);

    let caught = after(2);
    assert_eq!((&caught["status"], &caught["nextState"]), (&json!("CAUGHT_ERROR"), &json!("TellLeads")));
    assert_eq!(caught["inspectionData"]["errorDetails"], json!({ "retryIndex": 1, "catchIndex": 1 }));
    assert_eq!(caught["output"]["failure"], json!({ "Error": "Busy", "Cause": "Come back later." }));
}

#[test]
fn a_map_fails_when_more_iterations_do_than_it_tolerates() {
    let after = |failed: usize| {
        test(json!({
            "definition": pages(&distributed()),
            "input": { "book": "B1", "pages": [1, 2] },
            "inspectionLevel": "DEBUG",
            "mock": { "result": r#"["printed", "torn"]"# },
            "stateConfiguration": { "mapIterationFailureCount": failed },
        }))
        .unwrap()
    };
    let tolerated = after(1);
    assert_eq!(
        (&tolerated["status"], &tolerated["output"]),
        (&json!("SUCCEEDED"), &json!(["printed", "torn"]))
    );
    let data = &tolerated["inspectionData"];
    assert_eq!(data["afterItemsPath"], json!([1, 2]));
    assert_eq!(data["afterItemSelector"], json!([{ "number": 1, "of": "B1" }, { "number": 2, "of": "B1" }]));
    assert_eq!((&data["toleratedFailureCount"], &data["maxConcurrency"]), (&json!(1), &json!(0)));

    let exceeded = after(2);
    assert_eq!(exceeded["status"], "FAILED");
    assert_eq!(exceeded["error"], "States.ExceedToleratedFailureThreshold");
}

#[test]
fn an_inline_map_shows_the_inputs_of_its_iterations() {
    let processor = json!({ "StartAt": "Print", "States": { "Print": { "Type": "Pass", "End": true } } });
    let mut definition = pages(&processor);
    definition.as_object_mut().unwrap().remove("ToleratedFailureCount");
    let response = test(json!({
        "definition": definition,
        "input": { "book": "B1", "pages": [3] },
        "inspectionLevel": "DEBUG",
        "mock": { "result": "[null]" },
    }));
    let response = response.unwrap();
    assert_eq!(response["inspectionData"]["afterItemSelector"], json!([{ "number": 3, "of": "B1" }]));
    assert_eq!(response["output"], json!([null]));
}

#[test]
fn the_items_of_a_map_are_read_from_the_data_of_the_test() {
    let definition = json!({
        "Type": "Map",
        "ItemReader": {
            "ReaderConfig": { "InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW" },
            "Resource": "arn:aws:states:::s3:getObject",
            "Parameters": { "Bucket": "books", "Key.$": "$.key" },
        },
        "ItemSelector": { "page.$": "$$.Map.Item.Value" },
        "ItemProcessor": distributed(),
        "End": true,
    });
    let with = |data: &str| {
        test(json!({
            "definition": definition,
            "input": { "key": "pages.csv" },
            "inspectionLevel": "DEBUG",
            "mock": { "result": "[]" },
            "stateConfiguration": { "mapItemReaderData": data },
        }))
        .unwrap()
    };
    let data = &with("number\n1\n2\n")["inspectionData"];
    assert_eq!(
        data["afterItemSelector"],
        json!([{ "page": { "number": "1" } }, { "page": { "number": "2" } }])
    );
}

#[test]
fn a_state_of_a_machine_is_found_however_deep_it_stands() {
    let machine = json!({ "StartAt": "Pages", "States": { "Pages": pages(&distributed()) } });
    let response = test(json!({ "definition": machine, "stateName": "Print" })).unwrap();
    assert_eq!(response["output"], "printed");
    let refused = refusal(json!({ "definition": machine, "stateName": "Bind" }));
    assert_eq!(refused, "ValidationException: State not found in definition");
}

#[test]
fn a_state_sees_the_context_object_and_the_variables_of_the_test() {
    let definition = json!({
        "Type": "Task",
        "Resource": "${Greet}",
        "Parameters": { "name.$": "$name", "run.$": "$$.Execution.Name", "state.$": "$$.State.Name" },
        "Assign": { "greeted": true },
        "End": true,
    });
    let response = test(json!({
        "definition": definition,
        "inspectionLevel": "DEBUG",
        "variables": { "name": "dana" },
        "context": { "Execution": { "Name": "run-1" } },
        "mock": { "result": "null" },
    }));
    let data = &response.unwrap()["inspectionData"];
    assert_eq!(data["afterParameters"], json!({ "name": "dana", "run": "run-1", "state": "StateName" }));
    assert_eq!(data["variables"], json!({ "name": "dana", "greeted": true }));
}

#[test]
fn a_state_may_wait_for_five_minutes() {
    let wait = |seconds: u64| {
        test(json!({ "definition": { "Type": "Wait", "Seconds": seconds, "Next": "Wake" } })).unwrap()
    };
    assert_eq!(wait(300)["nextState"], "Wake");
    assert_eq!((&wait(301)["status"], &wait(301)["error"]), (&json!("FAILED"), &json!("States.Timeout")));
}

#[test]
fn a_mocked_result_is_one_that_the_service_could_give() {
    let with = |result: &str, mode: &str| {
        test(json!({
            "definition": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:sfn:describeExecution",
                "Parameters": { "ExecutionArn.$": "$.arn" },
                "End": true,
            },
            "input": { "arn": "arn:aws:states:us-east-1:123456789012:execution:flow:one" },
            "mock": { "result": result, "fieldValidationMode": mode },
        }))
    };
    let refused = |result, mode| with(result, mode).unwrap_err().message;
    let error = "Mock result schema validation error:";
    let missing = format!("{error} Required field 'ExecutionArn' is missing");
    assert_eq!(refused(r#"{"Status": "RUNNING"}"#, "STRICT"), missing);
    let unknown = format!("{error} Field 'Status' is not an expected value");
    assert_eq!(refused(r#"{"Status": "ASLEEP"}"#, "PRESENT"), unknown);
    let nested = format!("{error} Field 'Included' must be a boolean");
    assert_eq!(refused(r#"{"InputDetails": {"Included": "yes"}}"#, "PRESENT"), nested);
    assert!(with(r#"{"Status": "RUNNING", "Extra": 1}"#, "PRESENT").is_ok());
    assert!(with(r#"{"Status": "ASLEEP"}"#, "NONE").is_ok());
}

#[test]
fn there_is_a_model_of_each_service() {
    let operations = [
        "aws-sdk:eventbridge:putEvents",
        "aws-sdk:kms:encrypt",
        "aws-sdk:s3:getObject",
        "aws-sdk:secretsmanager:getSecretValue",
        "aws-sdk:ssm:getParameter",
        "dynamodb:putItem",
        "events:putEvents",
        "lambda:invoke",
        "sns:publish",
        "sqs:sendMessage",
        "states:startExecution",
    ];
    for operation in operations {
        let resource = format!("arn:aws:states:::{operation}");
        let refused = refusal(json!({
            "definition": { "Type": "Task", "Resource": resource, "End": true },
            "mock": { "result": "1" },
        }));
        let expected =
            "ValidationException: Mock result schema validation error: The result must be an object";
        assert_eq!(refused, expected, "{operation}");
    }
}

#[test]
fn a_task_without_a_mock_is_run_where_something_runs_tasks() {
    let request = json!({
        "definition": { "Type": "Task", "Resource": "${Greet}", "Next": "Rest" },
        "input": "dana",
        "roleArn": "arn:aws:iam::123456789012:role/test",
    });
    let greet = |call: &TaskCall| -> Result<Value, TaskError> { Ok(json!({ "hello": call.input })) };
    let response = test_state_with(&read(request.clone()), epoch(), greet).unwrap();
    assert_eq!(response.output.unwrap(), r#"{"hello":"dana"}"#);
    let refused = refusal(request);
    assert!(refused.contains("Nothing here runs ${Greet}: specify a mock"), "{refused}");
}

#[test]
fn an_http_task_shows_its_request_and_response() {
    let response = test(json!({
        "definition": {
            "Type": "Task",
            "Resource": "arn:aws:states:::http:invoke",
            "Parameters": {
                "ApiEndpoint": "https://books.example.com/pages",
                "Method": "POST",
                "Authentication": { "ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/books/1" },
                "RequestBody": { "page": 3 },
            },
            "End": true,
        },
        "inspectionLevel": "TRACE",
        "mock": { "result": r#"{"StatusCode": 201, "StatusText": "Created", "ResponseBody": "ok"}"# },
    }));
    let response = response.unwrap();
    let data = &response["inspectionData"];
    let request = json!({
        "protocol": "https",
        "method": "POST",
        "url": "https://books.example.com/pages",
        "body": { "page": 3 },
    });
    assert_eq!(data["request"], request);
    assert_eq!(
        (&data["response"]["statusMessage"], &data["response"]["body"]),
        (&json!("Created"), &json!("ok"))
    );
}

#[test]
fn what_makes_no_test_is_refused() {
    let pass = json!({ "Type": "Pass", "End": true });
    let task = json!({ "Type": "Task", "Resource": "${Work}", "End": true });
    let mock = json!({ "result": "1" });
    let cases = [
        (
            json!({ "definition": pass, "mock": mock }),
            "ValidationException: State type 'Pass' is not supported when a mock is specified",
        ),
        (
            json!({ "definition": task, "mock": { "result": "1", "errorOutput": { "error": "E" } } }),
            "ValidationException: A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        (
            json!({ "definition": task, "mock": { "result": "one" } }),
            "ValidationException: Mocked result must be valid JSON",
        ),
        (
            json!({ "definition": pages(&distributed()), "mock": mock }),
            "ValidationException: Mocked result must be an array.",
        ),
        (
            json!({ "definition": task }),
            "ValidationException: RoleArn must be specified when testing a Task state",
        ),
        (
            json!({ "definition": pass, "context": {} }),
            "ValidationException: TestState does not support Context when a mock is not specified.",
        ),
        (
            json!({ "definition": task, "mock": mock, "context": { "State": { "Name": 1 } } }),
            "ValidationException: Invalid Context object provided: State.Name must be a string",
        ),
    ];
    for (request, expected) in cases {
        assert_eq!(refusal(request), expected);
    }
    let refused = refusal(json!({ "definition": pass, "variables": [1] }));
    assert!(refused.starts_with("ValidationException: Variables must be a JSON object"), "{refused}");
    let refused = refusal(json!({ "definition": { "Type": "Nap" } }));
    assert!(refused.starts_with("InvalidDefinition: "), "{refused}");
}
