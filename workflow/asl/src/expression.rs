//! What a `.$` field of a payload template and the `ErrorPath` and `CausePath` of a Fail hold.

use std::{borrow::Cow, fmt};

use serde_json::Value;

use crate::{DataError, Intrinsic, Path, Scope, SyntaxError};

/// A path or an intrinsic call.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A path into the input or the context object.
    Path(Path),
    /// A call of an intrinsic function.
    Intrinsic(Intrinsic),
}

impl Expression {
    /// Reads a path or an intrinsic call.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        if text.trim_start().starts_with('$') {
            return Path::parse(text).map(Self::Path);
        }
        if text.trim_start().starts_with("States.") {
            return Intrinsic::parse(text).map(Self::Intrinsic);
        }
        Err(SyntaxError::new(text, "neither a path (`$…`, `$$…`) nor an intrinsic call (`States.…`)"))
    }

    /// The value for a field of this name.
    ///
    /// # Errors
    /// `States.Runtime` when a path finds nothing, `States.IntrinsicFailure` when a call fails.
    pub fn evaluate(&self, field: &str, scope: &Scope) -> Result<Value, DataError> {
        match self {
            Self::Path(path) => {
                let found = path.find_or(scope, || {
                    let input = scope.input;
                    format!(
                        "The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{input}'"
                    )
                });
                match found {
                    // What AWS reads of an array beyond its end.
                    Err(_) if path.is_beyond_end(scope) => Ok(Value::Null),
                    found => found.map(Cow::into_owned),
                }
            }
            Self::Intrinsic(call) => call.evaluate(scope),
        }
    }

    /// Whether it reads the context object.
    pub fn reads_context(&self) -> bool {
        match self {
            Self::Path(path) => path.is_context(),
            Self::Intrinsic(call) => call.reads_context(),
        }
    }

    /// The variables (`$name`) that it refers to.
    pub(crate) fn variables(&self) -> Vec<&str> {
        match self {
            Self::Path(path) => path.variable().into_iter().collect(),
            Self::Intrinsic(call) => call.variables(),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.fmt(formatter),
            Self::Intrinsic(call) => call.fmt(formatter),
        }
    }
}
