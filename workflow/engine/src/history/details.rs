//! What an event tells besides its type.

use std::{fmt, ops::Index, sync::Arc};

use serde::{Serialize, Serializer};
use serde_json::Value;

/// What [`Details`] give for a field that they don't have.
static NULL: Value = Value::Null;

/// The details of an event: a JSON object, or nothing. Its payloads are shared with the execution, not copied.
#[derive(Clone, Default, PartialEq)]
pub struct Details(Option<Vec<(&'static str, Arc<Value>)>>);

impl Details {
    /// An object without fields, which will have two as a rule.
    pub(crate) fn empty() -> Self {
        Self(Some(Vec::with_capacity(2)))
    }

    /// The same with one more field; an object, if there was none.
    pub(crate) fn with(mut self, field: &'static str, value: impl Into<Arc<Value>>) -> Self {
        self.0.get_or_insert_default().push((field, value.into()));
        self
    }

    /// Whether the event has no details.
    pub fn is_null(&self) -> bool {
        self.0.is_none()
    }

    /// The value of a field.
    pub fn get(&self, field: &str) -> Option<&Value> {
        let (_, value) = self.0.iter().flatten().find(|(name, _)| *name == field)?;
        Some(value)
    }

    /// A copy as JSON.
    pub fn to_json(&self) -> Value {
        let Some(fields) = &self.0 else { return Value::Null };
        Value::Object(fields.iter().map(|(name, value)| ((*name).to_owned(), Value::clone(value))).collect())
    }
}

/// The value of a field; `null` where there is none.
impl Index<&str> for Details {
    type Output = Value;

    fn index(&self, field: &str) -> &Value {
        self.get(field).unwrap_or(&NULL)
    }
}

impl PartialEq<Value> for Details {
    fn eq(&self, other: &Value) -> bool {
        self.to_json() == *other
    }
}

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (*name, &**value))),
            None => serializer.serialize_unit(),
        }
    }
}

impl fmt::Display for Details {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_json(), formatter)
    }
}

impl fmt::Debug for Details {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_json(), formatter)
    }
}
