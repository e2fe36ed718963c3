//! Reading a model from JSON, with errors that name the field.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Deserializer, Value};

use crate::payload_error::{PayloadError, kind};

/// Reads a model, for example an answer of the Web API, from a JSON object.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, PayloadError> {
    model(body, "")
}

/// A model, read from the JSON object that is the field `parent` of a payload, or the whole payload if that is empty.
pub(crate) fn model<'de, T: Deserialize<'de>>(text: &'de [u8], parent: &str) -> Result<T, PayloadError> {
    // To serde, an array is a struct whose fields come in order.
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err(no_object(text, parent));
    }
    serde_json::from_slice(text).or_else(|_| tracked(text, parent))
}

/// Reads once more what could not be read, and keeps track of where it is.
fn tracked<'de, T: Deserialize<'de>>(text: &'de [u8], parent: &str) -> Result<T, PayloadError> {
    let mut json = Deserializer::from_slice(text);
    let model = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| PayloadError::in_model(parent, &error))?;
    json.end()?;
    Ok(model)
}

fn no_object(text: &[u8], path: &str) -> PayloadError {
    match serde_json::from_slice::<Value>(text) {
        Err(error) => error.into(),
        Ok(other) if path.is_empty() => PayloadError::NotAnObject { found: kind(&other) },
        Ok(other) => PayloadError::wrong_kind(path, "an object", &other),
    }
}

/// The `type` of an object, if it has one. The rest is passed over.
pub(crate) fn type_of(text: &[u8], parent: &str) -> Result<Option<String>, PayloadError> {
    #[derive(Deserialize)]
    struct Typed {
        #[serde(rename = "type")]
        name: Option<String>,
    }
    model::<Typed>(text, parent).map(|typed| typed.name)
}
