//! Paths: where in the data a value is ("Paths" of the specification).
//!
//! The semantics are those of AWS, which are those of an old Jayway `JsonPath`: a definite path gives a value or
//! an error, an indefinite one (a wildcard, a slice, a filter, `..`) gives an array, empty when nothing is there.
//! There are no functions: `$.jobs.length()` asks for a field named `length()`.

mod filter;
mod parser;
mod select;

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

use crate::{DataError, Scope, SyntaxError, cursor::Cursor};
pub(crate) use parser::Ends;

/// A path: `$.files[0].id` into the state's input, or `$$.Execution.Id` into the context object.
///
/// ```
/// # use ackflow_asl::{Path, Scope, Seed};
/// # use serde_json::json;
/// let (input, context) = (json!({ "files": [{ "id": "F1" }] }), json!({}));
/// let seed = Seed::new(0);
/// let scope = Scope::new(&input, &context, &seed);
/// assert_eq!(Path::parse("$.files[0].id")?.select(&scope)?, json!("F1"));
/// assert_eq!(Path::parse("$.files[*].id")?.select(&scope)?, json!(["F1"]));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    text: String,
    pub(crate) root: Root,
    pub(crate) segments: Vec<Segment>,
}

/// Where a path starts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Root {
    /// `$`
    Input,
    /// `$$`
    Context,
    /// `$name`
    Variable(String),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Segment {
    /// `.a`, `['a']`
    Name(String),
    /// `['a', 'b']`: an object of these fields
    Names(Vec<String>),
    /// `[0]`
    Index(i64),
    /// `[(@.length-1)]`
    FromEnd(usize),
    /// `[0, 1]`
    Indexes(Vec<i64>),
    /// `[1:3]`
    Slice(Option<i64>, Option<i64>),
    /// `.*`, `[*]`
    Wildcard,
    /// `..`: the segment after it applies at every depth
    Descend,
    /// `[?(…)]`
    Filter(filter::Filter),
}

impl Segment {
    fn is_definite(&self) -> bool {
        matches!(self, Self::Name(_) | Self::Names(_) | Self::Index(_) | Self::FromEnd(_))
    }
}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut cursor = Cursor::new(text.trim());
        let path = Self::read(&mut cursor, Ends::WithText)?;
        if !cursor.rest().is_empty() {
            return Err(cursor.error("expected `.` or `[` (a name with spaces goes in brackets: `['a b']`)"));
        }
        Ok(Self { text: text.to_owned(), ..path })
    }

    /// Whether it names one place: a value is there, or it is an error.
    pub fn is_definite(&self) -> bool {
        self.segments.iter().all(Segment::is_definite)
    }

    /// Whether it goes into the context object (`$$`).
    pub fn is_context(&self) -> bool {
        self.root == Root::Context
    }

    /// The variable that it starts at (`$name`).
    pub fn variable(&self) -> Option<&str> {
        match &self.root {
            Root::Variable(name) => Some(name),
            _ => None,
        }
    }

    /// The path's text, as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value that the path finds.
    ///
    /// # Errors
    /// `States.Runtime` when a definite path finds nothing.
    pub fn select(&self, scope: &Scope) -> Result<Value, DataError> {
        self.find(scope).map(Cow::into_owned)
    }

    /// The same, borrowed from the data where a definite path finds it there.
    ///
    /// # Errors
    /// The same.
    pub fn find<'s>(&self, scope: &Scope<'s>) -> Result<Cow<'s, Value>, DataError> {
        let invalid = |cause| DataError::runtime(format!("Invalid path '{}' : {cause}", self.text));
        let root = self.root(scope).map_err(invalid)?;
        select::select(&self.segments, root, root).map_err(invalid)
    }

    /// The same, with another cause where there is nothing.
    ///
    /// # Errors
    /// `States.Runtime` with the cause, but for an input of `null`: AWS applies no path to it.
    /// Source: <https://github.com/awslabs/states-language/issues/29>
    pub fn find_or<'s>(
        &self,
        scope: &Scope<'s>,
        cause: impl FnOnce() -> String,
    ) -> Result<Cow<'s, Value>, DataError> {
        if self.root == Root::Input && scope.input.is_null() {
            return Err(DataError::runtime("Unable to apply Path transformation to null or empty input."));
        }
        self.find(scope).map_err(|_| DataError::runtime(cause()))
    }

    /// Whether it finds nothing, as is known, because it names an item of an array that has fewer of them.
    pub(crate) fn is_beyond_end(&self, scope: &Scope) -> bool {
        let Some((Segment::Index(_), array)) = self.segments.split_last() else { return false };
        self.root(scope)
            .and_then(|root| select::select(array, root, root))
            .is_ok_and(|value| value.is_array())
    }

    fn root<'s>(&self, scope: &Scope<'s>) -> Result<&'s Value, String> {
        match &self.root {
            Root::Input => Ok(scope.input),
            Root::Context => Ok(scope.context),
            Root::Variable(name) => {
                scope.variable(name).ok_or_else(|| format!("there is no variable ${name}"))
            }
        }
    }
}

impl FromStr for Path {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        Self::parse(text)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
