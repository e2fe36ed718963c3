//! The context object of a tested state.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>

use serde_json::{Map, Value, json};

use super::{TestStateError, TestStateRequest, definition::STATE_NAME};
use crate::{Start, execution};

/// What a field of the context object holds.
#[derive(Clone, Copy)]
enum Holds {
    Anything,
    Text,
    Number,
}

/// The parts that a test may give, and their fields.
const PARTS: &[(&str, &[(&str, Holds)])] = &[
    (
        "Execution",
        &[
            ("Id", Holds::Text),
            ("Input", Holds::Anything),
            ("Name", Holds::Text),
            ("RoleArn", Holds::Text),
            ("StartTime", Holds::Text),
            ("RedriveCount", Holds::Number),
            ("RedriveTime", Holds::Text),
        ],
    ),
    ("State", &[("EnteredTime", Holds::Text), ("Name", Holds::Text), ("RetryCount", Holds::Number)]),
    ("StateMachine", &[("Id", Holds::Text), ("Name", Holds::Text)]),
    ("Task", &[("Token", Holds::Text)]),
];

/// The context object: what the request gives of it, and the rest as AWS fills it in.
pub(super) fn context(
    request: &TestStateRequest,
    start: &Start,
) -> Result<Map<String, Value>, TestStateError> {
    let mut context = default(request, start);
    let Some(given) = &request.context else { return Ok(context) };
    let Ok(Value::Object(given)) = serde_json::from_str(given) else {
        return Err(invalid("it must be a JSON object"));
    };
    for (part, fields) in given {
        let fields = check(&part, fields)?;
        match context.get_mut(&part) {
            Some(Value::Object(own)) => own.extend(fields),
            _ => {
                context.insert(part, Value::Object(fields));
            }
        }
    }
    Ok(context)
}

/// That of an Express execution, which a test is to AWS.
fn default(request: &TestStateRequest, start: &Start) -> Map<String, Value> {
    let mut context = execution::context(start);
    let execution = &mut context["Execution"];
    let id = execution["Id"].as_str().unwrap_or_default().replacen(":execution:", ":express:", 1);
    *execution = json!({
        "Id": id,
        "Input": start.input,
        "Name": start.name,
        "RoleArn": request.role_arn,
        "StartTime": execution["StartTime"],
    });
    context["State"] = json!({ "Name": STATE_NAME });
    match context {
        Value::Object(context) => context,
        _ => unreachable!("the context is an object"),
    }
}

/// The fields of a part, once each may be there.
fn check(part: &str, fields: Value) -> Result<Map<String, Value>, TestStateError> {
    if part == "Map" {
        return Err(invalid("'Map' field is not supported when mocking a Context object"));
    }
    let Some((_, known)) = PARTS.iter().find(|(name, _)| *name == part) else {
        return Err(invalid(&format!("Field '{part}' is not allowed")));
    };
    let Value::Object(fields) = fields else {
        return Err(invalid(&format!("{part} must be an object")));
    };
    for (name, value) in &fields {
        let Some((_, holds)) = known.iter().find(|(field, _)| field == name) else {
            return Err(invalid(&format!("Field '{name}' is not allowed")));
        };
        match holds {
            Holds::Text if !value.is_string() => {
                return Err(invalid(&format!("{part}.{name} must be a string")));
            }
            Holds::Number if !value.is_number() => {
                return Err(invalid(&format!("{part}.{name} must be a number")));
            }
            _ => {}
        }
    }
    Ok(fields)
}

fn invalid(why: &str) -> TestStateError {
    TestStateError::validation(format!("Invalid Context object provided: {why}"))
}
