//! Runs a scenario.

use std::panic::{self, AssertUnwindSafe};

use ackflow_asl::{Diagnostic, InvalidDefinition, MachineType, Severity, StateMachine, variable_references};
use ackflow_engine::{HistoryEvent, Outcome, Simulation, Start, WorkflowType};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    Kind, Scenario,
    aws_names::{OWN_REGION, REGION, with_aws_names},
    test_state::test_state,
    world::World,
};

/// The name of every execution. AWS gives such names.
const EXECUTION: &str = "6bd5a2e1-9c1f-4f0e-8f57-3a1d0c2b4e69";

/// When executions start that do not say it.
const EPOCH: &str = "2026-03-01T12:00:00Z";

/// What comes of a scenario, in the fields of its `expected`. One that makes the engine panic has the status
/// `PANICKED`: the others are to be run all the same.
pub fn run(scenario: &Scenario) -> Value {
    let answered = panic::catch_unwind(AssertUnwindSafe(|| match scenario.kind {
        // AWS refuses to start a Standard workflow that way; the recorder kept nothing of the refusal.
        Kind::ExpressSync if !scenario.is_express() => json!({}),
        Kind::Execution | Kind::ExpressSync | Kind::ExpressAsync => execute(scenario),
        Kind::TestState => test_state(scenario),
        Kind::Validate if scenario.expected["variableReferences"].is_object() => references(scenario),
        Kind::Validate => validate(scenario),
        Kind::CreateError => create(scenario),
    }));
    answered.unwrap_or_else(|_| json!({ "status": "PANICKED" }))
}

fn execute(scenario: &Scenario) -> Value {
    let machine = match StateMachine::parse(&scenario.text()) {
        Ok(machine) => machine,
        Err(error) => return failed("REFUSED", "InvalidDefinition", &error.to_string()),
    };
    let start = Start {
        flow: "conformance".to_owned(),
        name: EXECUTION.to_owned(),
        input: scenario.input.clone(),
        at: scenario.now.unwrap_or_else(|| EPOCH.parse::<Timestamp>().expect("a timestamp")),
        seed: 0,
        workflow_type: match scenario.kind {
            Kind::ExpressSync => WorkflowType::SynchronousExpress,
            Kind::ExpressAsync => WorkflowType::Express,
            _ => WorkflowType::Standard,
        },
    };
    let mut world = World::of(scenario);
    let run = Simulation::new(machine.into(), start, |call| world.answer(call)).run();
    let mut actual = match run.execution.outcome() {
        None => json!({ "status": "RUNNING" }),
        Some(Outcome::Succeeded { output }) => json!({ "status": "SUCCEEDED", "output": output }),
        Some(Outcome::Failed { error, cause }) => failed("FAILED", error, cause),
        Some(Outcome::TimedOut) => json!({ "status": "TIMED_OUT" }),
        Some(Outcome::Aborted { error, cause }) => failed("ABORTED", error, cause),
    };
    actual["events"] = run.history.iter().map(event).collect();
    with_aws_names(actual)
}

/// AWS leaves out an error or a cause that there is not.
fn failed(status: &str, error: &str, cause: &str) -> Value {
    let mut failed = json!({ "status": status });
    for (name, text) in [("error", error), ("cause", cause)] {
        if !text.is_empty() {
            failed[name] = json!(text);
        }
    }
    failed
}

fn event(event: &HistoryEvent) -> Value {
    let mut shown = json!({ "id": event.id, "prev": event.previous_event_id, "type": event.event_type });
    if let Some(state) = &event.state {
        shown["state"] = json!(state);
    }
    if !event.details.is_null() {
        shown["details"] = event.details.to_json();
    }
    if event.details["region"] == OWN_REGION {
        shown["details"]["region"] = json!(REGION);
    }
    shown
}

fn validate(scenario: &Scenario) -> Value {
    let errors = errors(scenario);
    let result = if errors.is_empty() { "OK" } else { "FAIL" };
    let shown: Vec<_> = errors.iter().map(diagnostic).collect();
    json!({ "result": result, "diagnostics": shown, "truncated": false })
}

fn diagnostic(error: &Diagnostic) -> Value {
    let Diagnostic { code, severity, location, message, .. } = error;
    let mut shown = json!({ "code": code, "message": message, "severity": severity.to_string() });
    if let Some(location) = location {
        shown["location"] = json!(location);
    }
    shown
}

/// Why the state machine can't be created; nothing when it can.
fn create(scenario: &Scenario) -> Value {
    let diagnostics = errors(scenario);
    if diagnostics.is_empty() {
        return json!({});
    }
    let message = InvalidDefinition { diagnostics }.exception_message();
    json!({ "error": "InvalidDefinition", "message": message })
}

/// What AWS reports unless it is asked for warnings, too.
fn errors(scenario: &Scenario) -> Vec<Diagnostic> {
    let machine_type = if scenario.is_express() { MachineType::Express } else { MachineType::Standard };
    let mut diagnostics = ackflow_asl::validate(&scenario.text(), machine_type);
    diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
    diagnostics
}

fn references(scenario: &Scenario) -> Value {
    match StateMachine::parse(&scenario.text()) {
        Ok(machine) => json!({ "variableReferences": variable_references(&machine) }),
        Err(error) => failed("REFUSED", "InvalidDefinition", &error.to_string()),
    }
}
