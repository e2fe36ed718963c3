//! The arguments of a Web API call, whichever way they came.

use axum::http::{HeaderMap, Method, header};
use bytes::Bytes;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::method_error::MethodError;

/// The arguments by name. A form's values are all strings, and structures in it are JSON text.
#[derive(Debug, Default)]
pub(super) struct Arguments(Map<String, Value>);

impl Arguments {
    /// Reads the query, and of a POST its body too. JSON is for methods that write: those that only read do not look
    /// at it, and then miss what they need.
    pub(super) fn read(
        method: &Method,
        headers: &HeaderMap,
        query: Option<&str>,
        body: &Bytes,
        takes_json: bool,
    ) -> Result<Self, MethodError> {
        let mut arguments = Self::default();
        arguments.add_form(query.unwrap_or_default().as_bytes());
        if method != Method::POST || body.is_empty() {
            return Ok(arguments);
        }
        let named =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match named.split(';').next().unwrap_or_default().trim() {
            "application/x-www-form-urlencoded" => arguments.add_form(body),
            "application/json" if takes_json => match serde_json::from_slice(body) {
                Ok(Value::Object(fields)) => arguments.0.extend(fields),
                Ok(_) => return Err(MethodError::named("json_not_object")),
                Err(_) => return Err(MethodError::named("invalid_json")),
            },
            "application/json" => {}
            "" => return Err(MethodError::named("missing_post_type")),
            _ => return Err(MethodError::named("invalid_post_type")),
        }
        Ok(arguments)
    }

    fn add_form(&mut self, form: &[u8]) {
        let pairs = form_urlencoded::parse(form);
        self.0.extend(pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))));
    }

    /// A text, or a number or truth value as its text. Empty is absent.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        }
    }

    pub(super) fn required(&self, name: &str) -> Result<String, MethodError> {
        self.text(name).ok_or_else(|| MethodError::missing_argument(name))
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| matches!(text.as_str(), "true" | "1"))
    }

    /// A structure, given as such or as its JSON text. `Err` if the text is not JSON.
    pub(super) fn structure(&self, name: &str) -> serde_json::Result<Option<Value>> {
        match self.0.get(name) {
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some),
            other => Ok(other.filter(|value| !value.is_null()).cloned()),
        }
    }
}
