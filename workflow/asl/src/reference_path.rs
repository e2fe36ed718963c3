//! Reference paths: where `ResultPath` puts a result ("Reference Paths" of the specification).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value};

use crate::{
    DataError, ErrorName, Path, SyntaxError,
    path::{Root, Segment},
};

/// A path of names and indexes only, into the state's input.
///
/// ```
/// # use ackflow_asl::ReferencePath;
/// # use serde_json::json;
/// let path = ReferencePath::parse("$.saved.key")?;
/// assert_eq!(path.put(json!({ "id": 1 }), json!("k"))?, json!({ "id": 1, "saved": { "key": "k" } }));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ReferencePath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Name(String),
    Index(usize),
}

impl ReferencePath {
    /// Reads a reference path.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let path = Path::parse(text)?;
        if path.root != Root::Input {
            return Err(SyntaxError::new(
                text,
                "a reference path starts with `$`: only the state's input can be written",
            ));
        }
        let steps = path.segments.into_iter().map(|segment| match segment {
            Segment::Name(name) => Ok(Step::Name(name)),
            Segment::Index(index) => usize::try_from(index)
                .map(Step::Index)
                .map_err(|_| SyntaxError::new(text, "a reference path's index is not negative")),
            _ => Err(SyntaxError::new(
                text,
                "a reference path names one place: no wildcard, slice, filter or `..`",
            )),
        });
        Ok(Self { steps: steps.collect::<Result<_, _>>()?, text: text.to_owned() })
    }

    /// The path's text, as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Puts `value` into `target`, creating the objects on the way that are missing; `$` replaces it whole.
    ///
    /// # Errors
    /// `States.ResultPathMatchFailure` where something that is no object is in the way, or an index names no item.
    pub fn put(&self, mut target: Value, value: Value) -> Result<Value, DataError> {
        if !self.applies(&target) {
            let cause = format!("Unable to apply ReferencePath {self} to input {target}");
            return Err(DataError::new(ErrorName::RESULT_PATH_MATCH_FAILURE, cause));
        }
        let mut place = &mut target;
        for step in &self.steps {
            if place.is_null() {
                // Only what was just created is null here: `applies` refuses any other.
                *place = Value::Object(Map::new());
            }
            place = match step {
                Step::Name(name) => &mut place[name.as_str()],
                Step::Index(index) => &mut place[*index],
            };
        }
        *place = value;
        Ok(target)
    }

    /// Whether objects and items are where the path wants them, or objects can be created.
    fn applies(&self, target: &Value) -> bool {
        let mut place = target;
        for (at, step) in self.steps.iter().enumerate() {
            place = match (step, place) {
                (Step::Name(name), Value::Object(fields)) => match fields.get(name) {
                    Some(field) => field,
                    None => return self.steps[at + 1..].iter().all(|step| matches!(step, Step::Name(_))),
                },
                (Step::Index(index), Value::Array(items)) if *index < items.len() => &items[*index],
                _ => return false,
            };
        }
        true
    }
}

impl FromStr for ReferencePath {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        Self::parse(text)
    }
}

impl fmt::Display for ReferencePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for ReferencePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ReferencePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
