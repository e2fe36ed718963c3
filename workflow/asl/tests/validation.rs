//! What the validator says of each class of mistake, as the people who make them read it.

use ackflow_asl::{InvalidDefinition, MachineType, Severity, StateMachine, validate, variable_references};
use proptest::{collection, prelude::*};
use serde_json::{Value, json};

const SCHEMA: &str = "SCHEMA_VALIDATION_FAILED";
const MISSING_TARGET: &str = "MISSING_TRANSITION_TARGET";
const UNSUPPORTED: &str = "UNSUPPORTED_JSONATA_EXPRESSION";

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

/// A machine of these states in JSONata, which starts at the first.
fn jsonata(states: &Value) -> String {
    let mut machine: Value = serde_json::from_str(&machine(states)).expect("JSON");
    machine["QueryLanguage"] = "JSONata".into();
    machine.to_string()
}

/// A distributed Map with these fields besides the usual ones.
fn distributed(fields: Value) -> String {
    let processor = json!({
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
        "StartAt": "One", "States": { "One": { "Type": "Succeed" } }
    });
    state(json!({ "Type": "Map", "ItemProcessor": processor, "End": true }), fields)
}

/// A distributed Map that reads its items as this `ReaderConfig` says.
#[allow(clippy::needless_pass_by_value, reason = "each caller writes it where it calls")]
fn reader(config: Value) -> String {
    distributed(
        json!({ "ItemReader": { "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config } }),
    )
}

/// A snapshot of what is said of each case.
fn check(topic: &str, cases: &[(&str, String)]) {
    let said: Vec<_> = cases
        .iter()
        .map(|(case, text)| {
            let found = validate(text, MachineType::Standard);
            assert!(!found.is_empty(), "{case}: nothing is found");
            let found: Vec<_> = found.iter().map(ToString::to_string).collect();
            format!("# {case}\n{}\n", found.join("\n\n"))
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
            ("a mistake after letters of two bytes", r#"{"Comment": "äöü", "StartAt" "A"}"#.into()),
            ("objects and arrays that nest too deep", "[".repeat(200)),
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
                "a Parallel without a branch",
                machine(&json!({ "A": { "Type": "Parallel", "Branches": [], "End": true } })),
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
            ("States.ALL with another", retry(json!({ "ErrorEquals": ["States.Timeout", "States.ALL"] }))),
            (
                "States.ALL before another",
                task(json!({ "Retry": [all, { "ErrorEquals": ["SlackUnavailable"] }] })),
            ),
            (
                "numbers out of range",
                retry(json!({
                    "ErrorEquals": ["E"], "MaxAttempts": -1, "IntervalSeconds": -1, "BackoffRate": 0.5,
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
fn integrations() {
    let call = |name: &str| task(json!({ "Resource": format!("arn:aws:states:::{name}") }));
    check(
        "integrations",
        &[
            ("a service that no Task calls so", call("s3:putObject")),
            ("an unknown service", call("nosuch:thing")),
            ("a misspelt action", call("lambda:invok")),
            ("a misspelt pattern", call("states:startExecution.sync:3")),
            ("a pattern that the service does not have", call("dynamodb:putItem.sync")),
            ("nothing at all", call("")),
            ("an action of the SDK that is not in camelCase", call("aws-sdk:s3:GetObject")),
            ("a call of the SDK that waits for a job", call("aws-sdk:glue:startJobRun.sync")),
            (
                "another reader and another writer",
                distributed(json!({
                    "ItemReader": { "Resource": "arn:aws:states:::s3:putObject" },
                    "ResultWriter": { "Resource": "arn:aws:states:::s3:putObjects" }
                })),
            ),
        ],
    );
}

#[test]
fn integrations_of_aws_are_known() {
    let resources = [
        "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws-cn:states:::ecs:runTask.sync",
        "arn:aws-us-gov:states:::elasticmapreduce:addStep.sync",
        "arn:aws:states:::bedrock:invokeModel",
        "arn:aws:states:::http:invoke",
        "arn:aws:states:::aws-sdk:s3:listBuckets.waitForTaskToken",
        "arn:aws:states:::aws-sdk:elasticloadbalancingv2:describeTags",
        "arn:aws:lambda:us-east-1:111111111111:function:work",
        "arn:aws:states:us-east-1:111111111111:activity:review",
        "arn:aws:states:::${Service}:invoke",
        "arn:${AWS::Partition}:states:::lambda:invoke",
        "${Work}",
    ];
    for resource in resources {
        let found = validate(&task(json!({ "Resource": resource })), MachineType::Standard);
        assert!(found.is_empty(), "{resource}: {found:?}");
    }
}

#[test]
fn query_languages() {
    check(
        "query_languages",
        &[
            ("an unknown language", pass(json!({ "QueryLanguage": "JMESPath" }))),
            (
                "JSONPath in a machine of JSONata",
                jsonata(&json!({ "A": { "Type": "Pass", "QueryLanguage": "JSONPath", "End": true } })),
            ),
            ("a processor does not take the language of its Map", {
                let inner = json!({ "StartAt": "B", "States": { "B": { "Type": "Succeed", "Output": 1 } } });
                pass(json!({ "Type": "Map", "QueryLanguage": "JSONata", "ItemProcessor": inner }))
            }),
            ("a branch with a language", {
                let states = json!({ "B": { "Type": "Succeed" } });
                let branch = json!({ "QueryLanguage": "JSONata", "StartAt": "B", "States": states });
                pass(json!({ "Type": "Parallel", "Branches": [branch] }))
            }),
            (
                "fields of JSONPath",
                jsonata(&json!({ "A": {
                    "Type": "Task", "Resource": "${Work}", "End": true, "InputPath": "$", "Parameters": {},
                    "ResultSelector": {}, "TimeoutSecondsPath": "$.timeout",
                    "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "B" }]
                }, "B": { "Type": "Fail", "CausePath": "$.cause" } })),
            ),
            ("a rule of JSONata", choice(json!({ "Condition": "{% true %}", "Output": 1 }))),
            (
                "a rule of JSONPath",
                jsonata(&json!({
                    "A": { "Type": "Choice", "Choices": [{ "Variable": "$.a", "IsNull": true, "Next": "B" }] },
                    "B": { "Type": "Succeed" }
                })),
            ),
            (
                "expressions of the other language",
                pass(json!({ "Parameters": { "id": "{% $states.input.id %}", "key": "$.key" } })),
            ),
            (
                "paths in JSONata",
                pass(json!({ "QueryLanguage": "JSONata", "Output": { "id.$": "$.id", "key": "$.key" } })),
            ),
        ],
    );
}

#[test]
fn expressions_of_jsonata() {
    let output = |output: Value| pass(json!({ "QueryLanguage": "JSONata", "Output": output }));
    check(
        "jsonata",
        &[
            ("it ends too early", output(json!({ "v": ["{% 1 + %}"] }))),
            ("a bare name", output(json!({ "v": "{% phone %}" }))),
            ("the root", output(json!("{% $$.phone %}"))),
            ("names of nothing", output(json!("{% states.input.name & length($) & other & other %}"))),
            ("an error where none is caught", output(json!("{% $states.errorOutput %}"))),
            ("a result where there is none", output(json!("{% $states.result %}"))),
            ("a field that $states does not have", output(json!("{% $states.inptu %}"))),
            ("too few arguments and too many", output(json!("{% $range(1, 2) & $uuid(1) & $substring() %}"))),
            (
                "too many arguments behind ~>",
                output(json!("{% $states.input.a ~> $split(',', 2, 3) ~> $sum(1) %}")),
            ),
            ("$eval, which AWS does not have", output(json!("{% $eval('1') %}"))),
            (
                "values of the wrong type",
                jsonata(&json!({
                    "A": { "Type": "Wait", "Seconds": "5", "Next": "B" },
                    "B": { "Type": "Choice", "Choices": [{ "Condition": "true", "Next": "C" }] },
                    "C": { "Type": "Fail", "Error": 5, "Cause": "$.cause" }
                })),
            ),
        ],
    );
}

#[test]
fn variables() {
    check(
        "variables",
        &[
            (
                "names that no variable may have",
                pass(
                    json!({ "Assign": { "states": 1, "2nd": 2, "a-b.$": "$.a", "": 3, "x".repeat(81): 4 } }),
                ),
            ),
            ("no object", pass(json!({ "Assign": "{% $x %}" }))),
            (
                "variables that nothing sets",
                machine(&json!({
                    "A": { "Type": "Pass", "Assign": { "total": 1 }, "Next": "B" },
                    "B": { "Type": "Pass", "Parameters": { "a.$": "$totl", "b.$": "States.Array($c.d)" }, "End": true }
                })),
            ),
            (
                "a variable that is set afterwards",
                pass(json!({ "Assign": { "total": 1 }, "OutputPath": "$total" })),
            ),
            (
                "a variable that is set on another way",
                machine(&json!({
                    "A": {
                        "Type": "Choice", "Default": "C", "Assign": { "no": 1 },
                        "Choices": [{ "Variable": "$.a", "IsNull": true, "Assign": { "yes": 1 }, "Next": "B" }]
                    },
                    "B": { "Type": "Pass", "Parameters": { "no.$": "$no", "yes.$": "$yes" }, "Next": "C" },
                    "C": { "Type": "Succeed", "InputPath": "$yes" }
                })),
            ),
            (
                "a misspelt function",
                pass(json!({ "QueryLanguage": "JSONata", "Output": "{% $summ([1]) %}" })),
            ),
            ("variables of the scopes around a scope", {
                let inner = json!({ "StartAt": "C", "States": { "C": {
                    "Type": "Choice", "Assign": { "limit.$": "$.limit" }, "Default": "D",
                    "Choices": [{ "Variable": "$.a", "IsNull": true, "Assign": { "total": 2 }, "Next": "D" }]
                }, "D": { "Type": "Pass", "Assign": { "own": 1 }, "End": true } } });
                machine(&json!({
                    "A": { "Type": "Map", "ItemProcessor": inner, "Assign": { "total": 1 }, "Next": "B" },
                    "B": { "Type": "Pass", "Assign": { "limit": 1 }, "End": true }
                }))
            }),
            ("a variable of the execution around it", {
                let inner = json!({
                    "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
                    "StartAt": "C", "States": { "C": { "Type": "Succeed", "InputPath": "$limit" } }
                });
                machine(&json!({
                    "A": { "Type": "Pass", "Assign": { "limit": 1 }, "Next": "B" },
                    "B": { "Type": "Map", "ItemProcessor": inner, "End": true }
                }))
            }),
        ],
    );
}

#[test]
fn distributed_maps() {
    check(
        "distributed_maps",
        &[
            ("a reader without a resource", distributed(json!({ "ItemReader": {} }))),
            (
                "settings that there are not",
                distributed(json!({
                    "ItemReader": {
                        "Resource": "arn:aws:states:::s3:getObject", "Parameters": { "Bucket": "b" },
                        "ReaderConfig": {
                            "InputType": "XML", "CSVHeaders": "id", "MaxItem": 5, "MaxItems": -1,
                            "MaxItemsPath": "$$.Execution.Input.n"
                        }
                    },
                    "ItemBatcher": { "MaxItemsPerBatch": 1.5, "MaxItemsPerBatchPath": "$.sizes[*]" },
                    "ResultWriter": { "Arguments": {}, "WriterConfig": { "OutputType": "CSV" } }
                })),
            ),
            (
                "an inventory with a form",
                reader(json!({ "ManifestType": "S3_INVENTORY", "InputType": "CSV" })),
            ),
            ("objects of Athena without a form", reader(json!({ "ManifestType": "ATHENA_DATA" }))),
            (
                "objects of Athena of another form",
                reader(json!({ "ManifestType": "ATHENA_DATA", "InputType": "JSON" })),
            ),
            ("listed objects without a form", reader(json!({ "Transformation": "LOAD_AND_FLATTEN" }))),
            (
                "tolerances out of range",
                distributed(json!({
                    "ToleratedFailureCount": -1, "ToleratedFailurePercentage": 100.5,
                    "ToleratedFailureCountPath": "$.count"
                })),
            ),
            ("a label with a space", distributed(json!({ "Label": "my label" }))),
            ("an inline Map with a label", {
                let inner = json!({ "StartAt": "B", "States": { "B": { "Type": "Succeed" } } });
                pass(json!({ "Type": "Map", "ItemProcessor": inner, "Label": "Files" }))
            }),
            ("credentials that are no object", task(json!({ "Credentials": "arn:aws:iam::1:role/r" }))),
        ],
    );
}

#[test]
fn what_aws_accepts_and_is_hardly_meant() {
    check(
        "warnings",
        &[
            (
                "paths that are text",
                pass(json!({ "Parameters": { "id": "$.id", "nested": [{ "key": "States.UUID()" }] } })),
            ),
            ("a path in a fixed result", pass(json!({ "Result": { "id.$": "$.id" } }))),
            ("a path in a comparison", choice(json!({ "Variable": "$.a", "StringEquals": "$.b" }))),
            ("a path in an error", machine(&json!({ "A": { "Type": "Fail", "Error": "$.error" } }))),
            (
                "retriers and catchers that are never tried",
                task(json!({
                    "Retry": [{ "ErrorEquals": ["A", "B"] }, { "ErrorEquals": ["B"] }],
                    "Catch": [
                        { "ErrorEquals": ["A"], "Next": "Work" },
                        { "ErrorEquals": ["A"], "Next": "Work" }
                    ]
                })),
            ),
            (
                "states that only lead to one another",
                machine(&json!({
                    "A": { "Type": "Succeed" },
                    "B": { "Type": "Pass", "Next": "C" },
                    "C": { "Type": "Pass", "Next": "B" }
                })),
            ),
        ],
    );
}

/// What AWS was seen to say.
#[test]
#[allow(clippy::too_many_lines, reason = "it is a table")]
fn the_words_of_aws() {
    let end = json!({ "Type": "Pass", "End": true });
    let to = |next: &str| json!({ "Type": "Pass", "Next": next });
    let long = "x".repeat(81);
    let place_of_long = format!("/States/{long}");
    let too_long =
        format!("Invalid State name: State '{long}' exceeds the 80-character limit allowed by the service");
    let table: &[(String, &[[&str; 3]])] = &[
        (json!({}).to_string(), &[[SCHEMA, "/", "These fields are required: [States, StartAt]"]]),
        (
            distributed(json!({ "TimeoutSeconds": 5 })),
            &[[SCHEMA, "/States/Work", "Field 'TimeoutSeconds' is not supported"]],
        ),
        (
            machine(&json!({ "A": to("B"), "B": to("A") })),
            &[["MISSING_END_STATE", "null", "Workflow has no terminal state"]],
        ),
        (
            machine(&json!({ "A": to("B"), "B": to("A"), "C": end })),
            &[[MISSING_TARGET, "/States/C", "State \"C\" is not reachable."]],
        ),
        (
            machine(&json!({ "A": to("NOPE") })),
            &[
                [MISSING_TARGET, "/States/A/Next", "Missing 'Next' target: NOPE"],
                ["MISSING_END_STATE", "null", "Workflow has no terminal state"],
            ],
        ),
        (
            json!({ "StartAt": "Not sure", "States": { "A": to("B"), "B": end } }).to_string(),
            &[
                [MISSING_TARGET, "/StartAt", "Missing 'Next' target: Not sure"],
                [MISSING_TARGET, "/States/A", "State \"A\" is not reachable."],
            ],
        ),
        (
            choice(json!({ "Variable": "$.a", "IsNull": true, "Next": "Don" })),
            &[
                [MISSING_TARGET, "/States/Which/Choices[0]/Next", "Missing 'Next' target: Don"],
                [MISSING_TARGET, "/States/Done", "State \"Done\" is not reachable."],
            ],
        ),
        (
            choice(json!({ "Variable": "a", "IsNull": true })),
            &[[
                SCHEMA,
                "/States/Which/Choices[0]/Variable",
                "Value is not a Reference Path: Reference path didn't start with '$'",
            ]],
        ),
        (
            pass(json!({ "Output": 1 })),
            &[[
                SCHEMA,
                "/States/Work",
                "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' \
                 QueryLanguage",
            ]],
        ),
        (
            pass(json!({ "OutputPath": "Test" })),
            &[[SCHEMA, "/States/Work/OutputPath", "Value must be a valid JSONPath."]],
        ),
        (
            pass(json!({ "Assign": { "a.$": "Test" } })),
            &[[
                SCHEMA,
                "/States/Work/Assign",
                "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call",
            ]],
        ),
        (
            state(json!({ "Type": "Wait", "End": true }), json!({ "Seconds": 100_000_000 })),
            &[[SCHEMA, "/States/Work/Seconds", "Maximum value is 99999999"]],
        ),
        (
            reader(json!({ "MaxItems": 1, "MaxItemsPath": "$.n" })),
            &[[
                SCHEMA,
                "/States/Work/ItemReader/ReaderConfig",
                "There should only be one of the following fields: [MaxItems, MaxItemsPath]",
            ]],
        ),
        (
            reader(json!({ "MaxItems": 100_000_001 })),
            &[[SCHEMA, "/States/Work/ItemReader/ReaderConfig/MaxItems", "Maximum value is 100000000"]],
        ),
        (
            distributed(json!({ "ToleratedFailurePercentage": -0.5 })),
            &[[SCHEMA, "/States/Work/ToleratedFailurePercentage", "Minimum value is 0.0"]],
        ),
        (
            pass(json!({ "QueryLanguage": "JSONata", "Output": { "v": "{% $states.errorOutput %}" } })),
            &[[UNSUPPORTED, "/States/Work/Output/v", "Field '$states.errorOutput' does not exist."]],
        ),
        (
            pass(json!({ "QueryLanguage": "JSONata", "Output": "{% id & $ & $$ %}" })),
            &[
                [UNSUPPORTED, "/States/Work/Output", "Reference to 'id' at the top level is not supported."],
                [UNSUPPORTED, "/States/Work/Output", "Reference to '$' at the top level is not supported."],
                [UNSUPPORTED, "/States/Work/Output", "Reference to '$$' is not supported."],
            ],
        ),
        (
            task(json!({ "Retry": [{ "ErrorEquals": ["E", "States.ALL"] }] })),
            &[[
                SCHEMA,
                "/States/Work/Retry[0]/ErrorEquals[1]",
                "States.ALL must appear alone and at end of list",
            ]],
        ),
        (
            task(json!({ "Catch": [
                { "ErrorEquals": ["States.ALL"], "Next": "Work" }, { "ErrorEquals": ["E"], "Next": "Work" }
            ] })),
            &[[
                SCHEMA,
                "/States/Work/Catch[0]/ErrorEquals[0]",
                "States.ALL must appear alone and at end of list",
            ]],
        ),
        (
            state(json!({ "Type": "Parallel", "Branches": [], "End": true }), json!({})),
            &[[SCHEMA, "/States/Work/Branches", "Value cannot be empty"]],
        ),
        (
            task(json!({ "Resource": "arn:aws:states:::nosuch:thing" })),
            &[[
                SCHEMA,
                "/States/Work/Resource",
                "The resource provided arn:aws:states:::nosuch:thing is not recognized. The value is not a valid \
                 resource ARN, or the resource is not available in this region.",
            ]],
        ),
        (
            json!({ "StartAt": long, "States": { long.clone(): end } }).to_string(),
            &[["INVALID_STATE_NAME", &place_of_long, &too_long]],
        ),
    ];
    for (definition, expected) in table {
        let found = validate(definition, MachineType::Standard);
        let found: Vec<[&str; 3]> = found
            .iter()
            .map(|found| [found.code, found.location.as_deref().unwrap_or("null"), found.message.as_str()])
            .collect();
        assert_eq!(found, *expected, "{definition}");
    }
}

#[test]
fn an_express_machine_waits_for_nothing() {
    let cases = [
        ("arn:aws:states:us-east-1:111111111111:activity:review", "Activity ARN"),
        ("arn:aws:states:::states:startExecution.sync", "'.sync' service integration"),
        ("arn:aws:states:::states:startExecution.sync:2", "'.sync' service integration"),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "'.waitForTaskToken' service integration"),
    ];
    for (resource, unsupported) in cases {
        let text = task(json!({ "Resource": resource }));
        assert!(validate(&text, MachineType::Standard).is_empty(), "{resource}");
        let diagnostics = validate(&text, MachineType::Express);
        let expected = format!(
            "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Express state machine does not support \
             {unsupported} at /States/Work/Resource'"
        );
        assert_eq!(InvalidDefinition { diagnostics }.exception_message(), expected);
    }
    let text = task(json!({ "Resource": "arn:aws:states:::sqs:sendMessage" }));
    assert!(validate(&text, MachineType::Express).is_empty());
}

#[test]
fn every_finding_has_its_place_in_the_text() {
    let text = r#"{
        "StartAt": "Begin",
        "States": {
            "Wörk": { "Type": "Pass", "Coment": "é\"}", "Next": "End" },
            "Wait": { "Type": "Wait", "Seconds" : -1, "End": true }, "Fail": { "Type": "Task", "End": true }
        }
    }"#;
    let found: Vec<_> = validate(text, MachineType::Standard)
        .into_iter()
        .map(|found| (found.location.expect("a location"), &text[found.span.expect("a place in the text")]))
        .collect();
    let expected = [
        ("/States/Wörk", r#""Coment": "é\"}""#),
        ("/States/Wait/Seconds", r#""Seconds" : -1"#),
        ("/States/Fail", r#""Fail""#),
        ("/StartAt", r#""StartAt": "Begin""#),
        ("/States/Wörk/Next", r#""Next": "End""#),
    ];
    let expected = expected.map(|(location, text)| (location.to_owned(), text));
    assert_eq!(&found[..expected.len()], expected);

    let text = "{\n  \"StartAt\": \"é\",\n  \"States\": {]\n}";
    let found = validate(text, MachineType::Standard);
    assert_eq!(found[0].code, "INVALID_JSON_DESCRIPTION");
    let at = found[0].span.clone().expect("a place in the text").start;
    assert!(text[at..].starts_with(']') || text[at..].starts_with("{]"), "{:?}", &text[at..]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_definition() {
    let text = format!("\u{feff}{}", pass(json!({ "Comment": 1 })));
    let found = validate(&text, MachineType::Standard);
    let spans: Vec<_> =
        found.into_iter().map(|found| &text[found.span.expect("a place in the text")]).collect();
    assert_eq!(spans, [r#""Comment":1"#]);
    StateMachine::parse(&text.replace(r#""Comment":1"#, r#""Comment":"1""#)).expect("a definition");
}

#[test]
fn scopes_that_see_nothing_of_one_another_have_variables_of_one_name() {
    let state = json!({ "Type": "Pass", "Assign": { "total": 1 }, "End": true });
    let block = |name: &str| json!({ "StartAt": name, "States": { name: state } });
    let branches = machine(&json!({
        "A": { "Type": "Parallel", "Branches": [block("B"), block("C")], "Next": "D" },
        "D": { "Type": "Map", "ItemProcessor": block("E"), "End": true }
    }));
    let mut child = block("B");
    child["ProcessorConfig"] = json!({ "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" });
    let executions = pass(json!({ "Type": "Map", "ItemProcessor": child, "Assign": { "total": 1 } }));
    for text in [branches, executions] {
        let found = validate(&text, MachineType::Standard);
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn numbers_that_aws_takes() {
    let retrier = json!({ "ErrorEquals": ["E"], "IntervalSeconds": 0, "MaxDelaySeconds": 31_622_400 });
    let mut machine: Value = serde_json::from_str(&task(json!({ "Retry": [retrier] }))).expect("JSON");
    machine["TimeoutSeconds"] = 0.into();
    let found = validate(&machine.to_string(), MachineType::Standard);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn forms_of_items() {
    let cases = [
        json!({ "ManifestType": "S3_INVENTORY" }),
        json!({ "ManifestType": "S3_INVENTORY", "InputType": "MANIFEST" }),
        json!({ "ManifestType": "ATHENA_DATA", "InputType": "JSONL" }),
        json!({ "Transformation": "LOAD_AND_FLATTEN", "InputType": "JSON" }),
        json!({ "Transformation": "NONE" }),
    ];
    for config in cases {
        let found = validate(&reader(config.clone()), MachineType::Standard);
        assert!(found.is_empty(), "{config}: {found:?}");
    }
}

#[test]
fn a_map_runs_over_an_array_or_an_object() {
    for items in [json!([1, "{% $states.input.a %}"]), json!({ "a": 1 }), json!("{% $states.input %}")] {
        let inner = json!({ "StartAt": "B", "States": { "B": { "Type": "Succeed" } } });
        let text = pass(json!({
            "Type": "Map", "QueryLanguage": "JSONata", "Items": items, "ItemProcessor": inner
        }));
        let found = validate(&text, MachineType::Standard);
        assert!(found.is_empty(), "{items}: {found:?}");
    }
}

#[test]
fn calls_of_functions_that_take_what_they_are_given() {
    let expressions = [
        "$states.input.name.$uppercase()",
        "$states.input.a ~> $split(',') ~> $join",
        "$states.input.a ~> $map(function($x) { $x })[0]",
        "($pad := function($a, $b, $c, $d) { $d }; $pad(1, 2, 3, 4))",
        "($wide := $pad(?, 5); $wide('a'))",
        "$zip([1], [2], [3], [4])",
        "$random() + $random(5)",
    ];
    for expression in expressions {
        let output = format!("{{% {expression} %}}");
        let text = pass(json!({ "QueryLanguage": "JSONata", "Output": output }));
        let found = validate(&text, MachineType::Standard);
        assert!(found.is_empty(), "{expression}: {found:?}");
    }
}

#[test]
fn a_warning_refuses_nothing() {
    let text = pass(json!({ "Parameters": { "id": "$.id" }, "OutputPath": "$nowhere" }));
    let found = validate(&text, MachineType::Standard);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|found| found.severity == Severity::Warning), "{found:?}");
    StateMachine::parse(&text).expect("AWS accepts it");
    let text = pass(json!({ "Parameters": { "id": "$.id" }, "End": 1 }));
    let error = StateMachine::parse(&text).expect_err("End is no number");
    assert!(error.diagnostics.iter().all(|found| found.severity == Severity::Error), "{error}");
}

#[test]
fn the_variables_that_a_state_reads() {
    let machine = jsonata(&json!({
        "A": { "Type": "Pass", "Assign": { "a": 1, "b": "{% $sum([$states.input.n, $a]) %}" }, "Next": "B" },
        "B": {
            "Type": "Map", "Items": "{% $b ~> $map(function($item) { $item + $a }) %}", "End": true,
            "ItemProcessor": {
                "StartAt": "C", "States": { "C": { "Type": "Wait", "Seconds": "{% $b %}", "End": true } }
            }
        }
    }));
    let machine = StateMachine::parse(&machine).expect("a definition");
    assert_eq!(json!(variable_references(&machine)), json!({ "A": ["a"], "B": ["a", "b"], "C": ["b"] }));
}

/// Values as they stand in definitions, right and wrong.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2_i64..200).prop_map(Value::from),
        prop_oneof![
            Just("$.a"),
            Just("$$"),
            Just("$a"),
            Just("States.UUID()"),
            Just("{% $a %}"),
            Just("{% b + %}"),
            Just("A"),
            Just("B"),
            Just("States.ALL"),
            Just("JSONata"),
            Just("DISTRIBUTED"),
            Just("arn:aws:states:::s3:getObject"),
        ]
        .prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("A"),
        Just("a.$"),
        Just("ErrorEquals"),
        Just("Next"),
        Just("Variable"),
        Just("IsNull"),
        Just("Condition"),
        Just("Resource"),
        Just("ReaderConfig"),
        Just("MaxItems"),
        Just("StartAt"),
        Just("States"),
        Just("Type"),
        Just("RoleArn"),
    ];
    leaf.prop_recursive(4, 30, 4, move |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            collection::vec((name.clone(), inner), 0..4).prop_map(|fields| {
                let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
                Value::Object(fields.collect())
            }),
        ]
    })
}

/// Names of fields of every type of state.
const FIELDS: &[&str] = &[
    "Arguments",
    "Assign",
    "Branches",
    "Catch",
    "Cause",
    "CausePath",
    "Choices",
    "Comment",
    "Credentials",
    "Default",
    "End",
    "Error",
    "HeartbeatSeconds",
    "InputPath",
    "ItemBatcher",
    "ItemProcessor",
    "ItemReader",
    "ItemSelector",
    "Items",
    "ItemsPath",
    "Label",
    "MaxConcurrency",
    "Next",
    "Output",
    "OutputPath",
    "Parameters",
    "QueryLanguage",
    "Resource",
    "Result",
    "ResultPath",
    "ResultSelector",
    "ResultWriter",
    "Retry",
    "Seconds",
    "SecondsPath",
    "TimeoutSeconds",
    "Timestamp",
    "ToleratedFailureCount",
    "ToleratedFailurePercentage",
];

const TYPES: &[&str] = &["Task", "Map", "Parallel", "Choice", "Pass", "Wait", "Succeed", "Fail"];

const LANGUAGES: &[&str] = &["JSONPath", "JSONata"];

proptest! {
    #[test]
    fn what_is_accepted_is_the_same_when_it_is_written(
        kind in proptest::sample::select(TYPES),
        language in proptest::sample::select(LANGUAGES),
        fields in collection::vec((proptest::sample::select(FIELDS), value()), 0..4),
    ) {
        let mut state = json!({ "Type": kind });
        if !["Choice", "Succeed", "Fail"].contains(&kind) {
            state["End"] = true.into();
        }
        let block = json!({ "StartAt": "C", "States": { "C": { "Type": "Succeed" } } });
        match kind {
            "Task" => state["Resource"] = "arn:aws:states:::lambda:invoke".into(),
            "Map" => state["ItemProcessor"] = block,
            "Parallel" => state["Branches"] = json!([block]),
            "Wait" => state["Seconds"] = 1.into(),
            _ => {}
        }
        for (name, value) in fields {
            state[name] = value;
        }
        let states = json!({ "A": state, "B": { "Type": "Succeed" } });
        let text = json!({ "QueryLanguage": language, "StartAt": "A", "States": states }).to_string();
        for found in validate(&text, MachineType::Express) {
            let span = found.span.expect("the text is JSON");
            prop_assert!(text.get(span).is_some_and(|part| !part.is_empty()), "{}", found.message);
        }
        // Nothing leads to B, which is all that may be wrong here.
        let text = text.replace(r#","B":{"Type":"Succeed"}"#, "");
        if let Ok(machine) = StateMachine::parse(&text) {
            let again = StateMachine::parse(&machine.to_json().to_string());
            prop_assert_eq!(again.as_ref(), Ok(&machine));
        }
    }

    #[test]
    fn no_document_panics(document in value(), machine_type in prop_oneof![
        Just(MachineType::Standard), Just(MachineType::Express)
    ]) {
        let _ = validate(&document.to_string(), machine_type);
        let nested = json!({ "StartAt": document, "States": { "A": document, "B": { "Type": document } } });
        let _ = validate(&nested.to_string(), machine_type);
    }
}
