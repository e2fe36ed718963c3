//! What the validator says of each class of mistake, as the people who make them read it.

use ackflow_asl::StateMachine;
use serde_json::{Value, json};

/// A machine of these states, which starts at the first.
fn machine(states: &Value) -> String {
    let start = states.as_object().and_then(|states| states.keys().next()).expect("a state");
    json!({ "StartAt": start, "States": states }).to_string()
}

/// A machine of one Task with these fields besides the usual ones.
fn task(fields: Value) -> String {
    state(json!({ "Type": "Task", "Resource": "${Work}", "End": true }), fields)
}

/// A machine of one Choice with one rule.
fn choice(mut rule: Value) -> String {
    if rule.get("Next").is_none() {
        rule["Next"] = "Done".into();
    }
    machine(&json!({ "Which": { "Type": "Choice", "Choices": [rule] }, "Done": { "Type": "Succeed" } }))
}

fn state(mut state: Value, fields: Value) -> String {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    state.as_object_mut().expect("a state is an object").extend(fields);
    machine(&json!({ "Work": state }))
}

fn pass(fields: Value) -> String {
    state(json!({ "Type": "Pass", "End": true }), fields)
}

/// A snapshot of what is said of each case.
fn check(topic: &str, cases: &[(&str, String)]) {
    let said: Vec<_> = cases
        .iter()
        .map(|(case, text)| match StateMachine::parse(text) {
            Ok(_) => panic!("{case}: accepted"),
            Err(error) => format!("# {case}\n{error}\n"),
        })
        .collect();
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/validation"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(topic, said.join("\n"));
    });
}

#[test]
fn the_document() {
    let pass = json!({ "Type": "Pass", "End": true });
    let duplicate_state =
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}, "A": {"Type": "Succeed"}}}"#;
    let duplicate_field = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true, "Comment": "one", "Comment": "two"}}}"#;
    let branch = json!({ "StartAt": "A", "States": { "A": { "Type": "Succeed" } } });
    check(
        "document",
        &[
            ("an empty text", " ".into()),
            ("a text that is not JSON", "{\n  \"StartAt\": \"A\",\n  \"States\": {]\n}".into()),
            ("a text that goes on after the JSON", "{} {}".into()),
            ("not an object", "[]".into()),
            ("an empty object", "{}".into()),
            ("no states", r#"{"StartAt": "A", "States": {}}"#.into()),
            ("states that are no object", r#"{"StartAt": 1, "States": []}"#.into()),
            ("a state twice in one block", duplicate_state.into()),
            ("a field twice in one state", duplicate_field.into()),
            (
                "a state's name in two blocks",
                machine(&json!({ "A": { "Type": "Parallel", "Branches": [branch], "End": true } })),
            ),
            ("a long name", machine(&json!({ "x".repeat(81): pass }))),
            ("a state that is no object", machine(&json!({ "A": "Pass" }))),
            (
                "fields that the machine does not have",
                json!({ "StartAt": "A", "States": { "A": pass }, "TimeoutSecond": 5, "Version": "2.0" })
                    .to_string(),
            ),
        ],
    );
}

#[test]
fn transitions() {
    let end = json!({ "Type": "Pass", "End": true });
    let to = |next: &str| json!({ "Type": "Pass", "Next": next });
    check(
        "transitions",
        &[
            ("an unknown StartAt", json!({ "StartAt": "Begin", "States": { "FetchFile": end } }).to_string()),
            (
                "a misspelt StartAt",
                json!({ "StartAt": "fetchFile", "States": { "FetchFile": end } }).to_string(),
            ),
            ("a misspelt Next", machine(&json!({ "A": to("SaveMetdata"), "SaveMetadata": end }))),
            ("an unknown Next", machine(&json!({ "A": to("Elsewhere"), "B": end }))),
            (
                "unknown targets of a Choice and a Catch",
                machine(&json!({
                    "Which": {
                        "Type": "Choice",
                        "Choices": [{ "Variable": "$.a", "IsNull": true, "Next": "Wrk" }],
                        "Default": "Nowhere"
                    },
                    "Work": {
                        "Type": "Task", "Resource": "${Work}", "End": true,
                        "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Which1" }]
                    }
                })),
            ),
            (
                "a target in another block",
                machine(&json!({
                    "Each": {
                        "Type": "Map", "Next": "Done",
                        "ItemProcessor": { "StartAt": "One", "States": { "One": to("Done") } }
                    },
                    "Done": { "Type": "Succeed" }
                })),
            ),
            ("neither Next nor End", machine(&json!({ "A": { "Type": "Pass" } }))),
            (
                "both Next and End",
                machine(&json!({ "A": { "Type": "Pass", "Next": "B", "End": true }, "B": end })),
            ),
            ("a Next that is no name", machine(&json!({ "A": { "Type": "Pass", "Next": 1 } }))),
            ("a state that nothing leads to", machine(&json!({ "A": to("C"), "B": to("C"), "C": end }))),
            ("a block without an end", machine(&json!({ "A": to("B"), "B": to("A") }))),
        ],
    );
}

#[test]
fn fields() {
    check(
        "fields",
        &[
            ("no Type", machine(&json!({ "A": { "End": true } }))),
            ("a misspelt Type", machine(&json!({ "A": { "Type": "Tasks", "End": true } }))),
            ("an unknown Type", machine(&json!({ "A": { "Type": 7, "End": true } }))),
            ("a misspelt field", pass(json!({ "Coment": "for people" }))),
            ("a field of no state", pass(json!({ "Colour": "red" }))),
            ("a field of JSONata", pass(json!({ "Output": { "a": 1 } }))),
            (
                "Retry and Catch on a Pass",
                pass(json!({ "Retry": [{ "ErrorEquals": ["States.ALL"] }], "Catch": [] })),
            ),
            (
                "a Choice with a Next",
                machine(&json!({
                    "Which": { "Type": "Choice", "Choices": [{ "Variable": "$.a", "IsNull": true, "Next": "B" }], "Next": "B" },
                    "B": { "Type": "Succeed" }
                })),
            ),
            ("fields of the wrong type", task(json!({ "Comment": 1, "End": "yes", "Next": "Work" }))),
            ("no Resource", machine(&json!({ "A": { "Type": "Task", "End": true } }))),
            ("a Resource that is no ARN", task(json!({ "Resource": "FetchFile" }))),
            (
                "times out of range",
                task(json!({ "TimeoutSeconds": 0, "HeartbeatSeconds": 100_000_000_000_u64 })),
            ),
            ("a heartbeat that is too slow", task(json!({ "TimeoutSeconds": 30, "HeartbeatSeconds": 30 }))),
            (
                "a timeout fixed and read",
                task(json!({ "TimeoutSeconds": 30, "TimeoutSecondsPath": "$.timeout" })),
            ),
            ("a Wait without a time", machine(&json!({ "A": { "Type": "Wait", "End": true } }))),
            (
                "a Wait with two times",
                machine(
                    &json!({ "A": { "Type": "Wait", "Seconds": 1, "TimestampPath": "$.at", "End": true } }),
                ),
            ),
            ("a negative wait", machine(&json!({ "A": { "Type": "Wait", "Seconds": -1, "End": true } }))),
            (
                "a timestamp without a zone",
                machine(&json!({ "A": { "Type": "Wait", "Timestamp": "2026-11-21T10:00:00", "End": true } })),
            ),
            (
                "a Fail with an error fixed and read",
                machine(
                    &json!({ "A": { "Type": "Fail", "Error": "E", "ErrorPath": "$.error", "CausePath": "cause" } }),
                ),
            ),
            ("a Map with two processors", {
                let block =
                    |name: &str| json!({ "StartAt": name, "States": { name: { "Type": "Succeed" } } });
                machine(
                    &json!({ "A": { "Type": "Map", "ItemProcessor": block("B"), "Iterator": block("C"), "End": true } }),
                )
            }),
            (
                "a Map without a processor",
                machine(&json!({ "A": { "Type": "Map", "MaxConcurrency": -1, "End": true } })),
            ),
            (
                "a Map of an unknown mode",
                machine(&json!({ "A": {
                "Type": "Map", "End": true,
                "ItemProcessor": {
                    "ProcessorConfig": { "Mode": "PARALLEL" }, "StartAt": "B", "States": { "B": { "Type": "Succeed" } }
                }
            } })),
            ),
            (
                "branches that are none",
                machine(
                    &json!({ "A": { "Type": "Parallel", "Branches": [{ "States": {} }, 1], "End": true } }),
                ),
            ),
        ],
    );
}

#[test]
fn errors() {
    let retry = |retrier: Value| task(json!({ "Retry": [retrier] }));
    let all = json!({ "ErrorEquals": ["States.ALL"] });
    check(
        "errors",
        &[
            ("no ErrorEquals", retry(json!({ "MaxAttempts": 1 }))),
            ("an empty ErrorEquals", retry(json!({ "ErrorEquals": [] }))),
            ("an ErrorEquals that is no array", retry(json!({ "ErrorEquals": "States.ALL" }))),
            ("a misspelt reserved name", retry(json!({ "ErrorEquals": ["States.Timeuot"] }))),
            ("an unknown reserved name", retry(json!({ "ErrorEquals": ["States.SlackIsDown"] }))),
            ("States.ALL with another", retry(json!({ "ErrorEquals": ["States.ALL", "States.Timeout"] }))),
            (
                "States.ALL before another",
                task(json!({ "Retry": [all, { "ErrorEquals": ["SlackUnavailable"] }] })),
            ),
            (
                "numbers out of range",
                retry(json!({
                    "ErrorEquals": ["E"], "MaxAttempts": -1, "IntervalSeconds": 0, "BackoffRate": 0.5,
                    "MaxDelaySeconds": 0, "JitterStrategy": "SOME"
                })),
            ),
            ("an unknown field", retry(json!({ "ErrorEquals": ["E"], "MaxAttempt": 2 }))),
            ("a catcher without Next", task(json!({ "Catch": [all] }))),
            ("no array", task(json!({ "Retry": all, "Catch": [7] }))),
        ],
    );
}

#[test]
fn paths_and_templates() {
    check(
        "paths_and_templates",
        &[
            ("not a path", pass(json!({ "InputPath": "input", "OutputPath": 7 }))),
            ("paths that end too early", pass(json!({ "InputPath": "$.files[", "OutputPath": "$.files." }))),
            ("a path with a space", pass(json!({ "InputPath": "$.my file" }))),
            ("a bad filter", pass(json!({ "InputPath": "$.files[?(@.size = 1)]" }))),
            ("a wildcard in a reference path", pass(json!({ "ResultPath": "$.files[*].name" }))),
            ("a result put into the context object", pass(json!({ "ResultPath": "$$.Execution.Input" }))),
            (
                "calls where none is allowed",
                pass(json!({
                    "InputPath": "States.StringToJson($.body)", "ResultPath": "States.Format('{}', $.a)"
                })),
            ),
            (
                "values that are neither path nor call",
                pass(json!({
                    "Parameters": { "id.$": "F1", "list": [{ "count.$": 3 }] }
                })),
            ),
            ("an unknown function", pass(json!({ "Parameters": { "id.$": "States.Formatt('{}', $.id)" } }))),
            ("too few arguments", pass(json!({ "Parameters": { "id.$": "States.Hash($.id)" } }))),
            ("an open string", pass(json!({ "Parameters": { "id.$": "States.Format('{}, $.id)" } }))),
            ("an open call", pass(json!({ "Parameters": { "id.$": "States.Array(1, 2" } }))),
            ("a bad argument", pass(json!({ "Parameters": { "id.$": "States.Array(one)" } }))),
        ],
    );
}

#[test]
fn choices() {
    let fine = json!({ "Variable": "$.a", "IsPresent": true });
    check(
        "choices",
        &[
            (
                "no rules",
                machine(
                    &json!({ "Which": { "Type": "Choice", "Choices": [], "Default": "B" }, "B": { "Type": "Succeed" } }),
                ),
            ),
            (
                "a rule that leads nowhere",
                machine(&json!({
                    "Which": { "Type": "Choice", "Choices": [fine], "Default": "B" }, "B": { "Type": "Succeed" }
                })),
            ),
            ("a misspelt operator", choice(json!({ "Variable": "$.a", "StringEqual": "x" }))),
            ("no operator", choice(json!({ "Variable": "$.a" }))),
            ("two operators", choice(json!({ "Variable": "$.a", "IsNull": true, "IsString": true }))),
            ("no Variable", choice(json!({ "StringEquals": "x" }))),
            ("a Variable that is no path", choice(json!({ "Variable": "a", "StringEquals": "x" }))),
            (
                "operands of another type",
                choice(json!({ "Or": [
                { "Variable": "$.a", "NumericEquals": "1" },
                { "Variable": "$.a", "TimestampEquals": "2026-11-21" },
                { "Variable": "$.a", "StringEqualsPath": "b" },
                { "Variable": "$.a", "IsNull": "yes" },
                { "Variable": "$.a", "BooleanEquals": 0 }
            ] })),
            ),
            (
                "a Next within a rule",
                choice(json!({ "Not": { "Variable": "$.a", "IsNull": true, "Next": "Done" } })),
            ),
            ("an empty And", choice(json!({ "And": [] }))),
            ("a nested rule that is none", choice(json!({ "Or": [1] }))),
        ],
    );
}

#[test]
fn what_is_not_supported_yet() {
    let processor = json!({
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
        "StartAt": "B", "States": { "B": { "Type": "Succeed" } }
    });
    check(
        "unsupported",
        &[
            (
                "a machine in JSONata",
                json!({
                    "QueryLanguage": "JSONata", "StartAt": "A",
                    "States": { "A": { "Type": "Pass", "Output": "{% $states.input %}", "End": true } }
                })
                .to_string(),
            ),
            ("a state in JSONata", pass(json!({ "QueryLanguage": "JSONata", "Output": 1 }))),
            (
                "variables",
                pass(
                    json!({ "Assign": { "a": 1 }, "InputPath": "$a", "Parameters": { "b.$": "States.Array($c.d)" } }),
                ),
            ),
            (
                "a distributed Map",
                machine(
                    &json!({ "A": { "Type": "Map", "ItemProcessor": processor, "ItemReader": {}, "End": true } }),
                ),
            ),
        ],
    );
}
