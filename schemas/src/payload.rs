//! Reading a model from JSON, with errors that name the field.

use serde::Deserializer;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::payload_error::{PayloadError, kind};

/// Reads a model, for example an answer of the Web API, from a JSON object.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, PayloadError> {
    model(Value::Object(object(body)?), "")
}

/// The payload as a JSON object.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, PayloadError> {
    match serde_json::from_slice(body)? {
        Value::Object(object) => Ok(object),
        other => Err(PayloadError::NotAnObject { found: kind(&other) }),
    }
}

/// The `type` of an object, if it has one; `path` names the field in an error.
pub(crate) fn type_of<'object>(
    object: &'object Map<String, Value>,
    path: &str,
) -> Result<Option<&'object str>, PayloadError> {
    match object.get("type") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) => Ok(Some(name)),
        Some(other) => Err(PayloadError::wrong_kind(path, "a string", other)),
    }
}

/// A model, read from the field `parent` of a payload, or from the whole payload if that is empty.
pub(crate) fn model<'de, T, D>(json: D, parent: &str) -> Result<T, PayloadError>
where
    T: serde::Deserialize<'de>,
    D: Deserializer<'de, Error = serde_json::Error>,
{
    serde_path_to_error::deserialize(json).map_err(|error| PayloadError::in_model(parent, &error))
}
