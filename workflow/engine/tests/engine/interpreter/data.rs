//! Input and output processing, the context object, and the limits of payloads.

use serde_json::{Value, json};

use super::{
    echo,
    errors::{failed_query, runtime_error},
    run, run_alone,
};
use crate::simulator::Answer;

fn task(fields: Value) -> Value {
    let mut state = json!({ "Type": "Task", "Resource": "${do}", "End": true });
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({ "StartAt": "Do", "States": { "Do": state } })
}

fn output(fields: Value, input: Value, result: Value) -> Value {
    run(&task(fields), input, |_| Answer::gives(result.clone())).output().clone()
}

#[test]
fn the_task_sees_what_input_path_and_parameters_make_of_the_input() {
    let fields = json!({
        "InputPath": "$.file",
        "Parameters": { "id.$": "$.id", "kind": "file", "name.$": "States.Format('{}.pdf', $.id)" },
    });
    let run = run(&task(fields), json!({ "file": { "id": "F1" }, "more": 1 }), echo);
    assert_eq!(run.calls[0].input, json!({ "id": "F1", "kind": "file", "name": "F1.pdf" }));
    assert_eq!(run.output(), &run.calls[0].input);
}

#[test]
fn a_role_is_a_text() {
    let fields =
        json!({ "QueryLanguage": "JSONata", "Credentials": { "RoleArn": "{% $states.input.role %}" } });
    let run_with = |role: Value| run(&task(fields.clone()), json!({ "role": role }), echo);
    let role = json!("arn:aws:iam::000000000000:role/other");
    assert_eq!(run_with(role.clone()).output()["role"], role);

    let run = run_with(json!(1));
    let (location, cause) = failed_query(&run);
    assert_eq!(location, "Credentials/RoleArn");
    let wanted = "The JSONata expression '$states.input.role' specified for the field 'Credentials/RoleArn' returned \
                  an unexpected result type. Expected 'string', but was 'number' for value: 1";
    assert!(cause.ends_with(wanted), "{cause}");
    assert!(run.calls.is_empty());
}

/// As AWS has it: <https://stackoverflow.com/q/76373088>.
#[test]
fn a_function_is_invoked_with_no_number_and_no_boolean() {
    let invoke = |payload: Value| {
        let fields = json!({
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": { "FunctionName": "f", "Payload.$": "$" },
        });
        run(&task(fields), payload, echo)
    };
    for payload in [json!(1), json!(1.5), json!(true)] {
        let run = invoke(payload.clone());
        let wanted = format!(
            "An error occurred while executing the state 'Do' (entered at the event id #2). The Parameters \
             '{{\"FunctionName\":\"f\",\"Payload\":{payload}}}' could not be used to start the Task: [The value for \
             the field 'Payload' must be a STRING]"
        );
        assert_eq!(runtime_error(&run), wanted);
        assert!(run.calls.is_empty());
    }
    for payload in [json!("1"), json!([1]), json!({ "n": 1 })] {
        assert_eq!(invoke(payload.clone()).output()["Payload"], payload);
    }
}

#[test]
fn the_result_is_selected_put_and_selected_again() {
    let input = json!({ "keep": 1, "old": { "a": 0 } });
    let result = json!({ "b": 2, "c": 3 });
    assert_eq!(output(json!({}), input.clone(), result.clone()), result);
    let selector = json!({ "ResultSelector": { "b.$": "$.b" } });
    assert_eq!(output(selector, input.clone(), result.clone()), json!({ "b": 2 }));
    let put = json!({ "ResultPath": "$.old.new" });
    let wanted = json!({ "keep": 1, "old": { "a": 0, "new": result } });
    assert_eq!(output(put, input.clone(), result.clone()), wanted);
    assert_eq!(output(json!({ "ResultPath": null }), input.clone(), result.clone()), input);
    let all = json!({ "ResultSelector": { "x.$": "$.c" }, "ResultPath": "$.r", "OutputPath": "$.r.x" });
    assert_eq!(output(all, input.clone(), result.clone()), json!(3));
    assert_eq!(output(json!({ "OutputPath": null }), input.clone(), result.clone()), json!({}));
    // ResultPath puts the result into the raw input, not into what InputPath selected.
    let raw = json!({ "InputPath": "$.old", "ResultPath": "$.r" });
    assert_eq!(output(raw, input, json!(1)), json!({ "keep": 1, "old": { "a": 0 }, "r": 1 }));
}

#[test]
fn an_input_path_of_null_is_an_empty_object() {
    let run = run(&task(json!({ "InputPath": null })), json!({ "a": 1 }), echo);
    assert_eq!(run.calls[0].input, json!({}));
}

#[test]
fn a_result_that_cannot_be_put_fails_the_state() {
    let fields = json!({ "ResultPath": "$.a.b" });
    let run = run(&task(fields), json!({ "a": "text" }), echo);
    assert_eq!(run.error(), "States.ResultPathMatchFailure");
}

#[test]
fn the_context_object_tells_of_the_execution_and_the_state() {
    let definition = json!({ "StartAt": "Look", "States": { "Look": {
        "Type": "Pass",
        "Parameters": { "all.$": "$$", "name.$": "$$.Execution.Name" },
        "End": true,
    } } });
    let wanted = json!({
        "all": {
            "Execution": {
                "Id": "arn:aws:states:local:000000000000:execution:flow:one",
                "Input": { "a": 1 },
                "Name": "one",
                "RoleArn": "arn:aws:iam::000000000000:role/local",
                "StartTime": "2026-03-01T12:00:00.000Z",
                "RedriveCount": 0,
            },
            "StateMachine": { "Id": "arn:aws:states:local:000000000000:stateMachine:flow", "Name": "flow" },
            "State": { "EnteredTime": "2026-03-01T12:00:00.000Z", "Name": "Look" },
        },
        "name": "one",
    });
    assert_eq!(run_alone(&definition, json!({ "a": 1 })).output(), &wanted);
}

#[test]
fn the_context_object_counts_retries_and_carries_the_token() {
    let fields = json!({
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": { "token.$": "$$.Task.Token", "retries.$": "$$.State.RetryCount" },
        "Retry": [{ "ErrorEquals": ["Busy"] }],
    });
    let mut busy = 2;
    let run = run(&task(fields), json!({}), |call| {
        busy -= 1;
        if busy >= 0 { Answer::fails("Busy", "") } else { echo(call) }
    });
    assert_eq!(run.output()["retries"], 2);
    for call in &run.calls {
        assert_eq!(call.input["token"], call.token.as_str());
    }
    let mut tokens: Vec<_> = run.calls.iter().map(|call| &call.token).collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 3, "each attempt has its own");
}

#[test]
fn a_path_that_finds_nothing_fails_the_execution() {
    let run = run_alone(&task(json!({ "InputPath": "$.none" })), json!({}));
    assert_eq!(run.error(), "States.Runtime");
}

/// As recorded from AWS: the task has failed, and `States.ALL` catches it.
#[test]
fn a_result_over_the_limit_fails_the_task() {
    let fields = json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }] });
    let mut definition = task(fields);
    definition["States"]["Caught"] = json!({ "Type": "Succeed" });
    let long = "x".repeat(262_144);
    let run = run(&definition, json!({}), |_| Answer::gives(json!(long)));
    assert_eq!(run.output()["Error"], "States.DataLimitExceeded");
    let types: Vec<_> = run.history.iter().map(|event| event.event_type).collect();
    assert_eq!(types[4], "LambdaFunctionFailed");
}

/// Two bytes below the limit are quotes.
#[test]
fn a_result_at_the_limit_passes() {
    let run = run(&task(json!({})), json!({}), |_| Answer::gives(json!("x".repeat(262_142))));
    assert_eq!(run.output().as_str().unwrap().len(), 262_142);
}

/// Nothing checks the execution's own input before a state passes it on.
#[test]
fn an_input_over_the_limit_fails_the_state_that_passes_it_on() {
    let definition = json!({ "StartAt": "Pass", "States": { "Pass": { "Type": "Pass", "End": true } } });
    assert_eq!(run_alone(&definition, json!("x".repeat(262_144))).error(), "States.DataLimitExceeded");
}

#[test]
fn a_later_state_finds_the_input_in_the_context_object() {
    let definition = json!({ "StartAt": "Replace", "States": {
        "Replace": { "Type": "Pass", "Result": "another", "Next": "Tell" },
        "Tell": { "Type": "Pass", "Parameters": { "input.$": "$$.Execution.Input" }, "End": true },
    } });
    assert_eq!(run_alone(&definition, json!({ "id": 1 })).output(), &json!({ "input": { "id": 1 } }));
}

#[test]
fn an_output_over_the_limit_is_caught_by_its_own_name_only() {
    let long = "x".repeat(200_000);
    let run_with = |error: &str| {
        let fields = json!({
            "ResultPath": "$.copy",
            "Catch": [{ "ErrorEquals": [error], "Next": "Caught" }],
        });
        let mut definition = task(fields);
        definition["States"]["Caught"] = json!({ "Type": "Pass", "Result": "caught", "End": true });
        run(&definition, json!({ "long": long }), |_| Answer::gives(json!(long)))
    };
    assert_eq!(run_with("States.ALL").error(), "States.DataLimitExceeded");
    assert_eq!(run_with("States.DataLimitExceeded").output(), "caught");
}
