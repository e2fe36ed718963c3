//! Reads and validates a definition: every finding at once, each with the state, the field and the remedy.
//!
//! What AWS accepts is accepted here. Codes, places and messages of errors are AWS's where they are known; what AWS
//! accepts and is hardly meant is a warning.

mod assign;
mod block;
mod check;
mod distributed;
mod document;
mod errors;
mod express;
mod fields;
mod findings;
mod flow;
mod integration;
mod machine_type;
mod place;
mod positions;
mod rules;
mod state;
mod template;
mod transitions;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::{Diagnostic, InvalidDefinition, QueryLanguage, Severity, StateMachine};
use findings::{Findings, INVALID_JSON};
pub use machine_type::MachineType;
use place::Place;

/// Everything that is to say of a definition, warnings included. A definition without errors can run.
///
/// ```
/// # use ackflow_asl::{MachineType, Severity, validate};
/// let text = r#"{ "StartAt": "Work", "States": { "Work": { "Type": "Pass", "Next": "Don" }, "Done": { "Type": "Succeed" } } }"#;
/// let found = validate(text, MachineType::Standard);
/// assert_eq!(found[0].severity, Severity::Error);
/// assert_eq!(found[0].message, "Missing 'Next' target: Don");
/// assert_eq!(&text[found[0].span.clone().expect("a place")], r#""Next": "Don""#);
/// ```
pub fn validate(text: &str, machine_type: MachineType) -> Vec<Diagnostic> {
    read(text, machine_type).1
}

/// The variables that each state reads, by the state's name: what `DescribeStateMachine` calls
/// `variableReferences`. States that read none are left out.
///
/// ```
/// # use ackflow_asl::{StateMachine, variable_references};
/// let machine = StateMachine::parse(r#"{ "StartAt": "Work", "States": { "Work": {
///     "Type": "Pass", "Parameters": { "key.$": "States.Format('{}/{}', $team, $.id)" }, "End": true
/// } } }"#)?;
/// assert!(variable_references(&machine)["Work"].contains("team"));
/// # Ok::<_, ackflow_asl::InvalidDefinition>(())
/// ```
pub fn variable_references(machine: &StateMachine) -> BTreeMap<String, BTreeSet<String>> {
    let mut findings = Findings::default();
    if let Value::Object(fields) = machine.to_json() {
        block::machine(&fields, MachineType::Standard, &mut findings);
    }
    findings.into_references()
}

/// Reads a document.
pub(crate) fn parse(text: &str) -> Result<StateMachine, InvalidDefinition> {
    let (machine, mut diagnostics) = read(text, MachineType::Standard);
    diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
    machine.ok_or(InvalidDefinition { diagnostics })
}

/// The state machine, if there are no errors, and all findings. Some editors begin a text with a byte order mark.
fn read(text: &str, machine_type: MachineType) -> (Option<StateMachine>, Vec<Diagnostic>) {
    let json = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut findings = Findings::default();
    let document = document::read(json, &mut findings);
    let machine = document.as_ref().and_then(|document| machine(document, machine_type, &mut findings));
    let mut diagnostics = findings.into_diagnostics(document.map(|_| json));
    let mark = text.len() - json.len();
    for span in diagnostics.iter_mut().filter_map(|diagnostic| diagnostic.span.as_mut()) {
        *span = span.start + mark..span.end + mark;
    }
    (machine, diagnostics)
}

fn machine(document: &Value, machine_type: MachineType, findings: &mut Findings) -> Option<StateMachine> {
    let Value::Object(fields) = document else {
        not_an_object(findings);
        return None;
    };
    block::machine(fields, machine_type, findings);
    if findings.has_errors() {
        return None;
    }
    flow::undefined_variables(fields, findings);
    // The checks above may have missed something: say what, rather than run what was misread.
    let read = StateMachine::deserialize(document).map_err(|error| {
        let remedy = "see the States Language specification";
        findings.coded(INVALID_JSON, &document_place(), error.to_string(), remedy);
    });
    read.ok()
}

fn not_an_object(findings: &mut Findings) {
    findings.add(
        &document_place().nowhere(),
        "Definition must be a valid JSON object",
        "write `{ \"StartAt\": …, \"States\": … }`",
    );
}

/// The document as a whole.
fn document_place() -> Place {
    Place::root(MachineType::default(), QueryLanguage::default())
}
