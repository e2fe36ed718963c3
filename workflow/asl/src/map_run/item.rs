//! An item of a Map, as it was found.

use std::sync::Arc;

use serde_json::Value;

/// An item of a Map, and where it was found.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html#contextobject-map>
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The name of the field, where the Map runs over an object.
    pub key: Option<String>,
    /// The element of an array, or the value of the field.
    pub value: Value,
    /// [`STATE_DATA`](Self::STATE_DATA), or the URI of the object that was read.
    pub source: Arc<str>,
}

impl Item {
    /// The source of items that a state is given.
    pub const STATE_DATA: &'static str = "STATE_DATA";

    /// The element of an array, a row, or a line.
    pub fn new(value: Value, source: &Arc<str>) -> Self {
        Self { key: None, value, source: Arc::clone(source) }
    }

    /// The elements of an array, or the fields of an object; `None` of anything else.
    pub fn all(value: Value, source: &Arc<str>) -> Option<Vec<Self>> {
        match value {
            Value::Array(elements) => {
                Some(elements.into_iter().map(|element| Self::new(element, source)).collect())
            }
            Value::Object(fields) => {
                let field = |(key, value)| Self { key: Some(key), ..Self::new(value, source) };
                Some(fields.into_iter().map(field).collect())
            }
            _ => None,
        }
    }

    /// What an iteration is given without an `ItemSelector`: the value; of a field, its name and its value.
    pub fn into_input(self) -> Value {
        match self.key {
            Some(key) => [("Key", Value::from(key)), ("Value", self.value)].into_iter().collect(),
            None => self.value,
        }
    }
}
