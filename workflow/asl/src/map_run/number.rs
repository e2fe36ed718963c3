//! Numbers as the fields of a Map hold them.

use serde_json::Value;

use crate::DataError;

/// A number, or text that holds one: AWS takes `"2"` too where a path leads to it.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The same, if it is whole.
pub(super) fn integer(value: &Value) -> Option<i64> {
    let number = number(value)?;
    #[allow(clippy::cast_possible_truncation, reason = "a whole number within the range")]
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

/// A whole number at a path, as a number or as text that holds one. `field` is the field that has the path.
///
/// # Errors
/// `States.Runtime`.
pub fn read_integer(field: &str, value: &Value, path: &str) -> Result<i64, DataError> {
    integer(value).ok_or_else(|| invalid(field, value, "integer", path))
}

/// What a field refers to is not what it wants.
pub(super) fn invalid(field: &str, value: &Value, kind: &str, path: &str) -> DataError {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    DataError::runtime(format!(
        "The {field} field refers to value \"{text}\" which is not a valid {kind}: {path}"
    ))
}
