//! The input of what evaluates expressions: data on the first line, the expression after it.

use std::collections::BTreeSet;

use ackflow_asl::Query;
use serde_json::Value;

use crate::document::documents;

/// What the expressions of the tests are about.
const DATA: &str = r#"{"files":[{"id":"F1","size":10,"tags":["a","b"]},{"id":"F2","size":20,"tags":[]},{"id":"F3","deleted":true}],"name":"Möbius","user-name":"ann","limit":15,"nothing":null,"a b":{"id":"deep"}}"#;

/// The tests whose expressions are worth trying.
const TESTS: [&str; 2] = [
    include_str!("../../../workflow/asl/tests/evaluation.rs"),
    include_str!("../../../workflow/asl/tests/jsonata.rs"),
];

/// An expression, and the data that it is evaluated against.
pub(crate) struct Case<'a> {
    pub(crate) data: Value,
    pub(crate) text: &'a str,
}

impl<'a> Case<'a> {
    /// Data that is no JSON is null.
    pub(crate) fn read(input: &'a [u8]) -> Option<Self> {
        let (data, text) = str::from_utf8(input).ok()?.split_once('\n')?;
        Some(Self { data: serde_json::from_str(data).unwrap_or_default(), text })
    }
}

/// An input for each text of the definitions and the tests that is an expression.
pub(crate) fn seeds(is_expression: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
    let mut texts: BTreeSet<String> =
        TESTS.iter().flat_map(|test| test.split('"')).map(str::to_owned).collect();
    for document in documents() {
        collect(&document.definition, &mut texts);
    }
    let expressions = texts.iter().filter(|text| is_expression(text));
    expressions.map(|text| format!("{DATA}\n{text}").into_bytes()).collect()
}

fn collect(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            texts.insert(Query::delimited(text).unwrap_or(text).to_owned());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
