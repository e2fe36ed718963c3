//! Reads and validates a definition: every finding at once, each with the state, the field and the remedy.
//!
//! What AWS accepts is accepted here, but for what this version can't run yet: that is `UNSUPPORTED`, not wrong.

mod block;
mod document;
mod errors;
mod fields;
mod findings;
mod rules;
mod state;

use serde_json::Value;

use crate::{InvalidDefinition, StateMachine};
use findings::{Findings, INVALID_JSON, Place};

/// Reads a document.
pub(crate) fn parse(text: &str) -> Result<StateMachine, InvalidDefinition> {
    let mut findings = Findings::default();
    let definition = document::read(text, &mut findings);
    if let Some(definition) = &definition {
        match definition {
            Value::Object(fields) => block::machine(fields, &mut findings),
            _ => findings.add(
                &Place::root(),
                "the definition is not a JSON object",
                "write `{ \"StartAt\": …, \"States\": … }`",
            ),
        }
    }
    match definition {
        Some(definition) if findings.is_empty() => {
            serde_json::from_value(definition).map_err(|error| {
                // The checks above missed something: say what, rather than run what was misread.
                findings.coded(
                    INVALID_JSON,
                    &Place::root(),
                    error.to_string(),
                    "see the States Language specification",
                );
                findings.into_error()
            })
        }
        _ => Err(findings.into_error()),
    }
}
