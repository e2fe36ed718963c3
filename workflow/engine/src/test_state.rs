//! Tests one state of a definition, as AWS's `TestState` does.
//!
//! The state is run by [`Execution`], as any other; the test says what the state's work gives, and sees what
//! becomes of the data on its way. Nothing is called, unless [`test_state_with`] is given what runs tasks.
//!
//! What AWS answers was learned from its API reference and from recorded answers. Where neither says, a
//! refusal is in words of ours.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html>

mod api_model;
mod context;
mod definition;
mod error;
mod inspection_data;
mod mock;
mod request;
mod response;

use std::sync::Arc;

use ackflow_asl::{ErrorName, Retrier, State, StateMachine, map_run::Tolerance};
use jiff::{SignedDuration, Timestamp, Unit};
use serde_json::{Map, Value, json};

pub use self::{
    error::TestStateError,
    inspection_data::{
        InspectionData, InspectionDataRequest, InspectionDataResponse, InspectionErrorDetails,
    },
    request::{
        FieldValidationMode, InspectionLevel, MockErrorOutput, MockInput, TestStateConfiguration,
        TestStateRequest,
    },
    response::{TestExecutionStatus, TestStateResponse},
};
use crate::{
    Execution, Outcome, Signal, Start, TaskCall, TaskError, WorkflowType,
    execution::{Awaited, Probe},
};
use mock::Mocked;

/// How long a test may take.
const LONGEST: SignedDuration = SignedDuration::from_mins(5);

/// Runs tasks that have no mock.
type Tasks<'t> = &'t mut dyn FnMut(&TaskCall) -> Result<Value, TaskError>;

/// Tests a state. A Task, Map or Parallel state needs a mock.
///
/// ```
/// # use ackflow_engine::{TestExecutionStatus, TestStateRequest, test_state};
/// let request = TestStateRequest {
///     definition: r#"{ "Type": "Pass", "InputPath": "$.word", "Next": "Greet" }"#.to_owned(),
///     input: Some(r#"{ "word": "hello" }"#.to_owned()),
///     ..TestStateRequest::default()
/// };
/// let response = test_state(&request)?;
/// assert_eq!(response.status, TestExecutionStatus::Succeeded);
/// assert_eq!(response.output.as_deref(), Some(r#""hello""#));
/// assert_eq!(response.next_state.as_deref(), Some("Greet"));
/// # Ok::<_, ackflow_engine::TestStateError>(())
/// ```
///
/// # Errors
/// The request is one that AWS refuses, or is about a task and has no mock. What goes wrong in the state is no
/// error, but part of the response.
pub fn test_state(request: &TestStateRequest) -> Result<TestStateResponse, TestStateError> {
    test(request, Timestamp::now(), None)
}

/// Tests a state that is entered at this time. `tasks` runs a Task that has no mock.
///
/// # Errors
/// The request is one that AWS refuses.
pub fn test_state_with(
    request: &TestStateRequest,
    at: Timestamp,
    mut tasks: impl FnMut(&TaskCall) -> Result<Value, TaskError>,
) -> Result<TestStateResponse, TestStateError> {
    test(request, at, Some(&mut tasks))
}

fn test(
    request: &TestStateRequest,
    at: Timestamp,
    mut tasks: Option<Tasks<'_>>,
) -> Result<TestStateResponse, TestStateError> {
    // Timers are due at whole milliseconds.
    let at = at.round(Unit::Millisecond).unwrap_or(at);
    let machine = Arc::new(definition::read(request)?);
    let state = &machine.states.states[&machine.states.start_at];
    let mock = mock::read(request, state)?;
    if mock.is_none() {
        check_without_mock(request, state, tasks.is_some())?;
    }
    let mut execution = start(request, at, Arc::clone(&machine), state, mock.as_ref())?;
    while let Some(awaited) = execution.awaited() {
        match awaited {
            Awaited::Retry => break,
            Awaited::Time(due) if due.duration_since(at) > LONGEST => break,
            Awaited::Time(due) => {
                execution.apply(&Signal::TimersDue, due);
            }
            Awaited::Task(call) => match answer(request, state, mock.as_ref(), &call, &mut tasks) {
                Some(answer) => {
                    execution.apply(&signal(call.task, answer), at);
                }
                None => execution.answer_branches(branches_answer(request, mock.as_ref(), None)),
            },
            Awaited::Branches => {
                let tolerance = execution.tested_tolerance();
                execution.answer_branches(branches_answer(request, mock.as_ref(), tolerance));
            }
        }
    }
    Ok(respond(request, state, execution))
}

/// What only a mock makes possible, and a mock where one is needed.
fn check_without_mock(
    request: &TestStateRequest,
    state: &State,
    runs_tasks: bool,
) -> Result<(), TestStateError> {
    let given = request.state_configuration.clone().unwrap_or_default();
    let only_with_mock = [
        ("RetrierRetryCount", given.retrier_retry_count.is_some()),
        ("ErrorCausedByState", given.error_caused_by_state.is_some()),
        ("MapIterationFailureCount", given.map_iteration_failure_count.is_some()),
        ("MapItemReaderData", given.map_item_reader_data.is_some()),
        ("Context", request.context.is_some()),
    ];
    if let Some((field, _)) = only_with_mock.into_iter().find(|(_, is_given)| *is_given) {
        let message = format!("TestState does not support {field} when a mock is not specified.");
        return Err(TestStateError::validation(message));
    }
    let resource = match state {
        State::Map(_) | State::Parallel(_) => {
            return Err(TestStateError::definition(
                "TestState API does not support Map or Parallel states. Supported state types include: \
                 [Task, Wait, Pass, Succeed, Fail, Choice]",
            ));
        }
        State::Task(task) => &task.resource,
        _ => return Ok(()),
    };
    let is_long = [":activity:", ".sync", ".waitForTaskToken"].iter().any(|part| resource.contains(part));
    match (&request.role_arn, runs_tasks && !is_long) {
        (None, _) => Err(TestStateError::validation("RoleArn must be specified when testing a Task state")),
        (Some(_), true) => Ok(()),
        (Some(_), false) => Err(TestStateError::validation(format!(
            "Nothing here runs {resource}: specify a mock with the result or the error of the task"
        ))),
    }
}

/// Enters the state.
fn start(
    request: &TestStateRequest,
    at: Timestamp,
    machine: Arc<StateMachine>,
    state: &State,
    mock: Option<&Mocked>,
) -> Result<Execution, TestStateError> {
    let text = request.input.as_deref().unwrap_or("{}");
    let input: Value = serde_json::from_str(text).map_err(|error| {
        TestStateError::input(format!("Invalid State Machine Execution Input: '{error}'"))
    })?;
    let start = Start {
        flow: "TestState".to_owned(),
        name: "test".to_owned(),
        input,
        at,
        seed: 0,
        workflow_type: WorkflowType::Standard,
    };
    let probe = Probe {
        context: context::context(request, &start)?,
        variables: variables(request)?,
        retries: retries(request, state, mock),
        data: InspectionData { input: Some(text.to_owned()), ..InspectionData::default() },
        ..Probe::default()
    };
    Ok(Execution::test(machine, start, probe))
}

fn variables(request: &TestStateRequest) -> Result<Map<String, Value>, TestStateError> {
    let Some(text) = &request.variables else { return Ok(Map::new()) };
    serde_json::from_str(text)
        .map_err(|error| TestStateError::validation(format!("Variables must be a JSON object: {error}")))
}

/// How often each retrier of the state has been used: only the one that is for the mocked error.
fn retries(request: &TestStateRequest, state: &State, mock: Option<&Mocked>) -> Vec<u64> {
    let count = request.state_configuration.as_ref().and_then(|given| given.retrier_retry_count);
    let error = match mock {
        Some(Err(error)) => error.error.as_str(),
        _ => ErrorName::EXCEED_TOLERATED_FAILURE_THRESHOLD,
    };
    let is_for = |retrier: &Retrier| ErrorName::matches(&retrier.error_equals, error);
    match (count, retriers(state).iter().position(is_for)) {
        (Some(count), Some(index)) => {
            let mut retries = vec![0; index];
            retries.push(count);
            retries
        }
        _ => Vec::new(),
    }
}

fn retriers(state: &State) -> &[Retrier] {
    match state {
        State::Task(task) => &task.retry,
        State::Map(map) => &map.retry,
        State::Parallel(parallel) => &parallel.retry,
        _ => &[],
    }
}

/// How a task ends; `None` for one that reads a Map's items, of which the test does not tell.
fn answer(
    request: &TestStateRequest,
    state: &State,
    mock: Option<&Mocked>,
    call: &TaskCall,
    tasks: &mut Option<Tasks<'_>>,
) -> Option<Result<Value, TaskError>> {
    if let State::Map(map) = state {
        let text = request.state_configuration.as_ref()?.map_item_reader_data.as_deref()?;
        let is_list = call.resource.contains(":listObjects");
        if is_list && is_flattened(map) {
            // The data is what a listed object holds.
            return Some(Ok(json!({ "Contents": [{ "Key": "data" }] })));
        }
        // A list of objects is what listing gives; any other data is the text of an object.
        let listed = is_list.then(|| serde_json::from_str::<Value>(text).ok());
        return Some(Ok(match listed.flatten() {
            Some(objects) => json!({ "Contents": objects }),
            None => json!({ "Body": text }),
        }));
    }
    match (mock, tasks) {
        (Some(mock), _) => Some(mock.clone()),
        (None, Some(tasks)) => Some((*tasks)(call)),
        (None, None) => None,
    }
}

/// Whether the objects that a Map lists are read.
fn is_flattened(map: &ackflow_asl::Map) -> bool {
    let config = map.item_reader.as_ref().and_then(|reader| reader.reader_config.as_ref());
    config.is_some_and(|config| config.as_json()["Transformation"] == "LOAD_AND_FLATTEN")
}

/// What the branches give: the mock's result or error, unless too many of a Map's iterations failed.
fn branches_answer(
    request: &TestStateRequest,
    mock: Option<&Mocked>,
    tolerance: Option<Tolerance>,
) -> Result<Value, TaskError> {
    let result = mock.cloned().unwrap_or(Ok(Value::Null))?;
    let failed = request.state_configuration.as_ref().and_then(|given| given.map_iteration_failure_count);
    let iterations = result.as_array().map_or(0, Vec::len);
    match (failed, tolerance) {
        (Some(failed), Some(tolerance)) if tolerance.is_exceeded(failed, iterations) => {
            let error = Tolerance::error();
            Err(TaskError { error: error.error.to_owned(), cause: error.cause })
        }
        _ => Ok(result),
    }
}

fn signal(task: u64, answer: Result<Value, TaskError>) -> Signal {
    match answer {
        Ok(output) => Signal::TaskSucceeded { task, output },
        Err(TaskError { error, cause }) => Signal::TaskFailed { task, error, cause },
    }
}

/// What came of it.
fn respond(request: &TestStateRequest, state: &State, execution: Execution) -> TestStateResponse {
    use TestExecutionStatus::{CaughtError, Failed, Retriable, Succeeded};
    let outcome = execution.outcome().cloned();
    let probe = execution.into_probe();
    let (status, output, failure) = match (outcome, probe.failure) {
        (Some(Outcome::Succeeded { output }), None) => (Succeeded, Some(output), None),
        (Some(Outcome::Succeeded { output }), failure) => (CaughtError, Some(output), failure),
        (Some(Outcome::Failed { error, cause }), _) => (Failed, None, Some(TaskError { error, cause })),
        (None, Some(failure)) => (Retriable, None, Some(failure)),
        (None | Some(Outcome::TimedOut | Outcome::Aborted { .. }), _) => (Failed, None, Some(timeout())),
    };
    let mut data = probe.data;
    if !probe.variables.is_empty() {
        data.variables = Some(Value::Object(probe.variables).to_string());
    }
    let level = request.inspection_level.unwrap_or_default();
    if level == InspectionLevel::Trace && is_http(state) {
        data.trace_http();
    }
    let (error, cause) = failure.map(|failure| (failure.error, failure.cause)).unwrap_or_default();
    TestStateResponse {
        output: output.map(|output| output.to_string()),
        error: Some(error).filter(|error| !error.is_empty()),
        cause: Some(cause).filter(|cause| !cause.is_empty()),
        inspection_data: (level != InspectionLevel::Info).then_some(data),
        next_state: probe.next,
        status,
    }
}

fn timeout() -> TaskError {
    let cause = "The state waits for longer than the five minutes that a test may take.";
    TaskError { error: ErrorName::TIMEOUT.to_owned(), cause: cause.to_owned() }
}

fn is_http(state: &State) -> bool {
    matches!(state, State::Task(task) if task.resource.ends_with(":http:invoke"))
}
