//! Data with expressions: payload templates of JSONPath, values of JSONata, and their expressions.

use serde_json::Value;

use super::{
    findings::{ARGUMENT_COUNT, Findings, INVALID_JSONATA, NO_DOLLAR, UNSUPPORTED_JSONATA, WRONG_LANGUAGE},
    place::Place,
};
use crate::{Expression, Query, QueryLanguage};

/// Data in the language of the state around it.
pub(super) fn check(value: &Value, place: &Place, findings: &mut Findings) {
    match place.language() {
        QueryLanguage::JsonPath => payload(value, place, findings),
        QueryLanguage::Jsonata => queries(value, place, findings),
    }
}

/// Whether a text is a path or an intrinsic call, and hardly anything else.
pub(super) fn looks_like_path(text: &str) -> bool {
    let begins = ["$.", "$[", "$$.", "States."].iter().any(|beginning| text.starts_with(*beginning));
    begins && Expression::parse(text).is_ok()
}

/// Whether a path or an intrinsic call stands anywhere in a value.
pub(super) fn holds_path(value: &Value) -> bool {
    match value {
        Value::String(text) => looks_like_path(text),
        Value::Array(items) => items.iter().any(holds_path),
        Value::Object(fields) => fields.values().any(holds_path),
        _ => false,
    }
}

fn payload(value: &Value, place: &Place, findings: &mut Findings) {
    match value {
        Value::String(text) if Query::delimited(text).is_some() => {
            let message = "it is plain text here: the state's language is JSONPath";
            findings.warn(WRONG_LANGUAGE, place, message, "set the QueryLanguage, or write a path");
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| payload(item, &place.item(at), findings));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| payload_field(name, value, place, findings));
        }
        _ => {}
    }
}

fn payload_field(name: &str, value: &Value, place: &Place, findings: &mut Findings) {
    let here = place.field(name);
    if !name.ends_with(".$") {
        if value.as_str().is_some_and(looks_like_path) {
            let message = format!("{value} is plain text here, although it looks like a path or a call");
            findings.warn(NO_DOLLAR, &here, message, format!("name the field {name}.$"));
        }
        return payload(value, &here, findings);
    }
    let wrong = match value.as_str().map(Expression::parse) {
        Some(Ok(expression)) => return findings.reads(&here, expression.variables()),
        Some(Err(error)) => error.to_string(),
        None => format!("{value} is no string"),
    };
    let message = format!(
        "The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"
    );
    let remedy = format!("mend it, or drop the `.$` to keep the value as it is ({wrong})");
    findings.add(&place.part(name), message, remedy);
}

fn queries(value: &Value, place: &Place, findings: &mut Findings) {
    match value {
        Value::String(text) => match Query::delimited(text) {
            Some(expression) => query(expression, place, findings),
            None if looks_like_path(text) => of_jsonpath("it is plain text here", place, findings),
            None => {}
        },
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| queries(item, &place.item(at), findings));
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let here = place.field(name);
                if name.ends_with(".$") {
                    of_jsonpath("the `.$` is part of the field's name here", &here, findings);
                } else {
                    queries(value, &here, findings);
                }
            }
        }
        _ => {}
    }
}

fn of_jsonpath(what: &str, place: &Place, findings: &mut Findings) {
    let message = format!("{what}: the state's language is JSONata");
    findings.warn(WRONG_LANGUAGE, place, message, "write an expression, such as \"{% $states.input.id %}\"");
}

/// An expression of JSONata, without its `{%` and `%}`.
pub(super) fn query(text: &str, place: &Place, findings: &mut Findings) {
    let query = match Query::parse(text) {
        Ok(query) => query,
        Err(error) => {
            let remedy = format!("mend the expression: {text}");
            return findings.coded(INVALID_JSONATA, place, without_code(&error.message), remedy);
        }
    };
    for name in query.top_level_references() {
        top_level_reference(name, place, findings);
    }
    doubtful_calls(&query, place, findings);
    for field in query.states_fields().iter().filter(|field| !place.has_states_field(field)) {
        let message = format!("Field '$states.{field}' does not exist.");
        match field.as_str() {
            "errorOutput" => {
                let remedy = "read it in the Output or Assign of a catcher";
                findings.coded(UNSUPPORTED_JSONATA, place, message, remedy);
            }
            // It is undefined here; whether AWS refuses it is not known.
            "result" => {
                let remedy = "read it in the Output or Assign of a Task, a Map or a Parallel";
                findings.warn(UNSUPPORTED_JSONATA, place, message, remedy);
            }
            _ => {
                let remedy = "read input, context, result or errorOutput";
                findings.warn(UNSUPPORTED_JSONATA, place, message, remedy);
            }
        }
    }
    findings.reads(place, query.free_variables().iter().map(String::as_str));
}

/// A name that is read of the context, where there is none.
fn top_level_reference(name: &str, place: &Place, findings: &mut Findings) {
    let at_the_top_level = if name == "$$" { "" } else { " at the top level" };
    let message = format!("Reference to '{name}'{at_the_top_level} is not supported.");
    let remedy = match name {
        "$" | "$$" => "name what is meant: $states.input, $states.context or a variable".to_owned(),
        "states" => "write $states".to_owned(),
        _ => format!("write $states.input.{name}, or ${name} if it is a variable or a function"),
    };
    findings.coded(UNSUPPORTED_JSONATA, place, message, remedy);
}

/// Calls that fail when the expression is evaluated. Whether AWS refuses them before is not known.
fn doubtful_calls(query: &Query, place: &Place, findings: &mut Findings) {
    for message in query.wrong_calls() {
        let remedy =
            "give the function as many arguments as it takes, or the query fails when it is evaluated";
        findings.warn(ARGUMENT_COUNT, place, message.as_str(), remedy);
    }
    if query.calls_eval() {
        let message = "Step Functions has no $eval: the query fails when it is evaluated";
        findings.warn(UNSUPPORTED_JSONATA, place, message, "use $parse to read JSON");
    }
}

/// A parser's message as AWS writes it: without the code that precedes it (`S0207: `).
fn without_code(message: &str) -> &str {
    match message.split_once(": ") {
        Some((code, rest)) if code.len() == 5 && code.bytes().skip(1).all(|byte| byte.is_ascii_digit()) => {
            rest
        }
        _ => message,
    }
}
