//! What goes wrong when data is not what a definition expects.

use crate::ErrorName;

/// An error of a path, a template, an intrinsic call or a rule, applied to data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {cause}")]
pub struct DataError {
    /// The reserved error name that `Retry` and `Catch` see.
    pub error: &'static str,
    /// What happened, in AWS's words where they are known.
    pub cause: String,
    /// The field whose JSONata expression failed, such as `Arguments/FunctionName`.
    pub location: Option<String>,
}

impl DataError {
    /// An error of this name.
    pub fn new(error: &'static str, cause: impl Into<String>) -> Self {
        Self { error, cause: cause.into(), location: None }
    }

    /// An error that no retry mends.
    pub fn runtime(cause: impl Into<String>) -> Self {
        Self::new(ErrorName::RUNTIME, cause)
    }

    /// An expression of JSONata failed; `location` is the field that it stands in.
    pub fn query(location: &str, cause: impl Into<String>) -> Self {
        let location = Some(location.to_owned());
        Self { location, ..Self::new(ErrorName::QUERY_EVALUATION_ERROR, cause) }
    }
}
