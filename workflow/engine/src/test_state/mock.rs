//! What the work of a tested state gives, in the place of that work.

use ackflow_asl::State;
use serde_json::Value;

use super::{FieldValidationMode, TestStateError, TestStateRequest, api_model};
use crate::{TaskError, execution::type_name};

/// A mocked result or error.
pub(super) type Mocked = Result<Value, TaskError>;

/// What the request mocks, if it does.
pub(super) fn read(request: &TestStateRequest, state: &State) -> Result<Option<Mocked>, TestStateError> {
    let refused = |why: &str| Err(TestStateError::validation(why));
    let Some(mock) = &request.mock else { return Ok(None) };
    if request.reveal_secrets == Some(true) {
        return refused("TestState does not support RevealSecrets when a mock is specified.");
    }
    if !matches!(state, State::Task(_) | State::Map(_) | State::Parallel(_)) {
        let kind = type_name(state);
        return refused(&format!("State type '{kind}' is not supported when a mock is specified"));
    }
    match (&mock.result, &mock.error_output) {
        (Some(_), Some(_)) => {
            refused("A test mock should have only one of the following fields: [result, errorOutput].")
        }
        (None, None) => {
            refused("A test mock should have one of the following fields: [result, errorOutput].")
        }
        (None, Some(given)) => {
            Ok(Some(Err(TaskError { error: given.error.clone(), cause: given.cause.clone() })))
        }
        (Some(result), None) => {
            let result = read_result(result, state, mock.field_validation_mode.unwrap_or_default())?;
            check_failure_count(request, &result)?;
            Ok(Some(Ok(result)))
        }
    }
}

fn read_result(text: &str, state: &State, mode: FieldValidationMode) -> Result<Value, TestStateError> {
    let Ok(result) = serde_json::from_str::<Value>(text) else {
        return Err(TestStateError::validation("Mocked result must be valid JSON"));
    };
    match state {
        State::Task(task) => api_model::check(&task.resource, &result, mode)?,
        // What is written elsewhere is an object that says where.
        State::Map(map) if map.result_writer.is_some() => {}
        _ if result.is_array() => {}
        _ => return Err(TestStateError::validation("Mocked result must be an array.")),
    }
    Ok(result)
}

/// No more iterations failed than there were.
fn check_failure_count(request: &TestStateRequest, result: &Value) -> Result<(), TestStateError> {
    let failed = request.state_configuration.as_ref().and_then(|given| given.map_iteration_failure_count);
    match (failed, result.as_array()) {
        (Some(failed), Some(results)) if failed > results.len() => Err(TestStateError::validation(
            "Map iteration failure count must be less than or equal to the number of Map iterations",
        )),
        _ => Ok(()),
    }
}
