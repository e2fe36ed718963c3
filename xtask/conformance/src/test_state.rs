//! A state by itself, as AWS's `TestState` runs it.

use ackflow_engine::{
    TaskCall, TaskError, TestStateError, TestStateRequest, TestStateResponse, test_state_with,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{Scenario, aws_names::with_aws_names, lambda};

/// What the recorder wrote for an execution's ARN that it made of a state machine's ARN and a name.
const EXECUTION_ARN: &str = "<auto:arns.stepfunctions_standard_execution_arn(";

/// The answer to a scenario's `TestState` request.
pub(crate) fn test_state(scenario: &Scenario) -> Value {
    let request = match request(scenario) {
        Ok(request) => request,
        Err(error) => return json!({ "status": "UNREADABLE", "cause": error.to_string() }),
    };
    let at = scenario.now.unwrap_or(Timestamp::UNIX_EPOCH);
    match test_state_with(&request, at, |call| run(scenario, call)) {
        Ok(response) => with_aws_names(shown(&response)),
        Err(error) => refused(scenario, &error),
    }
}

fn request(scenario: &Scenario) -> serde_json::Result<TestStateRequest> {
    let mut fields = scenario.arguments.clone();
    for name in ["context", "variables"] {
        if let Some(value) = fields.get_mut(name) {
            *value = value.to_string().into();
        }
    }
    // The recorder kept no role. AWS was given one wherever something was to run, but for the test of that.
    if fields.contains_key("mock") || !scenario.lambda_handlers.is_empty() {
        fields.insert("roleArn".to_owned(), json!("arn:aws:iam::111111111111:role/conformance"));
    }
    fields.insert("definition".to_owned(), scenario.text().into());
    fields.insert("input".to_owned(), scenario.input.to_string().into());
    let mut request: TestStateRequest = serde_json::from_value(Value::Object(fields))?;
    if let Some(result) = request.mock.as_mut().and_then(|mock| mock.result.as_mut()) {
        fill_in_arn(result);
    }
    Ok(request)
}

/// Writes the ARN that the recorder's placeholder stands for.
fn fill_in_arn(text: &mut String) {
    let Some((before, rest)) = text.split_once(EXECUTION_ARN) else { return };
    let Some((arguments, after)) = rest.split_once(")>") else { return };
    let execution = arguments.replacen(":stateMachine:", ":execution:", 1).replacen(',', ":", 1);
    *text = format!("{before}{execution}{after}");
}

fn run(scenario: &Scenario, call: &TaskCall) -> Result<Value, TaskError> {
    let answer = lambda::answer(&scenario.lambda_handlers, &call.resource, &call.input);
    answer.and_then(|answer| answer.result().cloned()).unwrap_or_else(|| {
        let cause = format!("It is not known what {} did.", call.resource);
        Err(TaskError { error: "Lambda.Unknown".to_owned(), cause })
    })
}

/// A response with its JSON parsed, as the recorder did.
fn shown(response: &TestStateResponse) -> Value {
    let mut shown = json!(response);
    parse(&mut shown["output"]);
    if let Some(Value::Object(data)) = shown.get_mut("inspectionData") {
        data.values_mut().for_each(parse);
    }
    if let Value::Object(fields) = &mut shown {
        fields.retain(|_, value| !value.is_null());
    }
    shown
}

fn parse(field: &mut Value) {
    if let Some(parsed) = field.as_str().and_then(|text| serde_json::from_str(text).ok()) {
        *field = parsed;
    }
}

/// A refusal, in one of the two ways in which it was recorded.
fn refused(scenario: &Scenario, error: &TestStateError) -> Value {
    let TestStateError { code, message } = error;
    if scenario.expected["exception_typename"].is_null() {
        return json!({ "Error": { "Code": code, "Message": message }, "message": message });
    }
    // One of these is the service's, the other that of its client.
    let value = match *code {
        "ParamValidationError" => message.clone(),
        _ => format!("An error occurred ({code}) when calling the TestState operation: {message}"),
    };
    json!({ "exception_typename": code, "exception_value": value })
}
