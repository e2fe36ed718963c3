//! Why a payload is refused.
//!
//! Whoever reads the error needs to know which field to look at. The payload itself is a customer's: none of it may end
//! up in a log. serde's messages quote the value that did not fit, so the reason is put together anew from the parts
//! of the message that are ours.

use serde_json::Value;
use thiserror::Error;

/// Why a payload is refused. Names the field and the reason, never what the payload holds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayloadError {
    /// The bytes are not a JSON document.
    #[error("the payload is not JSON: {reason}")]
    NotJson {
        /// What is wrong, and where.
        reason: String,
    },
    /// The document is JSON, but not an object.
    #[error("the payload is not a JSON object but {found}")]
    NotAnObject {
        /// The kind of value found instead.
        found: &'static str,
    },
    /// The body is not the form that it must be: it lacks a field.
    #[error("the body has no form field `{field}`")]
    FormField {
        /// The name of the field.
        field: &'static str,
    },
    /// A field is missing or does not have the type it must have.
    #[error("the payload's field `{path}` {reason}")]
    Field {
        /// The way to the field, such as `event.files[0].size`.
        path: String,
        /// What is wrong with the field, to be read after its name.
        reason: String,
    },
}

impl PayloadError {
    /// A field that holds another kind of value than it must.
    pub(crate) fn wrong_kind(path: &str, expected: &str, found: &Value) -> Self {
        Self::Field { path: path.to_owned(), reason: format!("must be {expected} but is {}", kind(found)) }
    }

    /// The error of a model that was read from the field `parent`, or from the whole payload if that is empty.
    pub(crate) fn in_model(parent: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        if !error.inner().is_data() {
            return Self::NotJson { reason: error.inner().to_string() };
        }
        let message = error.inner().to_string();
        // Where in the text it stands is told by the path.
        let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
        let path = match error.path().to_string() {
            root if root == "." => parent.to_owned(),
            path => join(parent, &path),
        };
        if let Some(field) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
            return Self::Field { path: join(&path, field), reason: "is missing".to_owned() };
        }
        Self::Field { path, reason: reason(message) }
    }
}

impl From<serde_json::Error> for PayloadError {
    /// A syntax error, whose message tells the place and quotes nothing.
    fn from(error: serde_json::Error) -> Self {
        Self::NotJson { reason: error.to_string() }
    }
}

/// What to call a value of this kind.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn join(parent: &str, child: &str) -> String {
    if parent.is_empty() { child.to_owned() } else { format!("{parent}.{child}") }
}

/// Says what serde's message says, without the value that it quotes.
fn reason(message: &str) -> String {
    if message.starts_with("invalid value: ") {
        return "is out of range".to_owned();
    }
    let found = message.strip_prefix("invalid type: ").and_then(found);
    // What is expected comes last and is ours; the value quoted before it may hold the same words.
    let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected);
    match (expected, found) {
        (Some(expected), Some(found)) => format!("must be {} but is {found}", in_json(expected)),
        _ => "does not fit its schema".to_owned(),
    }
}

/// The kind of value with which serde's description of it begins.
fn found(description: &str) -> Option<&'static str> {
    const KINDS: [(&str, &str); 7] = [
        ("null", "null"),
        ("boolean ", "a boolean"),
        ("integer ", "an integer"),
        ("floating point ", "a fraction"),
        ("string ", "a string"),
        ("sequence", "an array"),
        ("map", "an object"),
    ];
    KINDS.into_iter().find(|(prefix, _)| description.starts_with(prefix)).map(|(_, kind)| kind)
}

/// JSON's word for what serde expects.
fn in_json(expected: &str) -> &str {
    match expected {
        "i64" | "u64" => "an integer",
        "a sequence" => "an array",
        _ if expected.starts_with("struct ") => "an object",
        _ => expected,
    }
}
