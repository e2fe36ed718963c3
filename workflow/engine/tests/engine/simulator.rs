//! What the tests simulate: valid documents, started at a time of their own.

use std::sync::Arc;

use ackflow_asl::StateMachine;
use ackflow_engine::{Start, WorkflowType};
use jiff::Timestamp;
use serde_json::Value;

pub(crate) use ackflow_engine::{Answer, Simulation as Simulator};

/// A valid document.
pub(crate) fn machine(definition: &Value) -> Arc<StateMachine> {
    Arc::new(StateMachine::parse(&definition.to_string()).expect("a valid definition"))
}

/// How tests start an execution.
pub(crate) fn start(input: Value) -> Start {
    Start {
        flow: "flow".to_owned(),
        name: "one".to_owned(),
        input,
        at: epoch(),
        seed: 7,
        workflow_type: WorkflowType::Standard,
    }
}

/// When tests start.
pub(crate) fn epoch() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().expect("a timestamp")
}
