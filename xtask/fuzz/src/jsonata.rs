//! Queries of JSONata: what one gives can be kept. How long one may take is its own limit and libFuzzer's.

use ackflow_asl::{Bindings, Query, Seed};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::case::{self, Case};

pub(crate) fn run(input: &[u8]) {
    let Some(Case { data, text }) = Case::read(input) else { return };
    let Ok(query) = Query::parse(text) else { return };
    let context = json!({ "Execution": { "Name": "run" } });
    let states = &[("input", &data), ("context", &context)];
    let variables = data.as_object().cloned().unwrap_or_default();
    let (entropy, now) = (&Seed::new(0), Timestamp::UNIX_EPOCH);
    let bindings = Bindings { states, variables: &variables, entropy, now };
    if let Ok(value) = query.evaluate(&bindings) {
        let written = value.to_string();
        let again: Value =
            serde_json::from_str(&written).unwrap_or_else(|error| panic!("{written}: {error}"));
        assert_eq!(again, value);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    case::seeds(|text| Query::parse(text).is_ok())
}
