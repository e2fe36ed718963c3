//! The deployable description: all that the infrastructure needs to know, as one JSON document.

use serde_json::{Value, json};

use crate::{LEDGER_TABLE, flows, functions, notices::NOTICES, routes, slack_access};

/// The version of the description's own shape.
const VERSION: u32 = 1;

/// Describes the whole system. Stable: the same build always gives the same bytes.
pub fn synth() -> Value {
    let flows: Vec<Value> = flows()
        .iter()
        .map(|(name, machine)| json!({ "name": name, "type": "STANDARD", "definition": machine.to_json() }))
        .collect();
    json!({
        "version": VERSION,
        "flows": flows,
        "substitutions": {
            "topics": [NOTICES],
            "functions": functions().iter().filter_map(|function| Some((function.step()?, function.name))).collect::<std::collections::BTreeMap<_, _>>(),
        },
        "functions": functions(),
        "ledger": LEDGER_TABLE,
        "routes": routes(),
        "slack": slack_access(),
    })
}
