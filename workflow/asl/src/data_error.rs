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
}

impl DataError {
    pub(crate) fn runtime(cause: impl Into<String>) -> Self {
        Self { error: ErrorName::RUNTIME, cause: cause.into() }
    }
}
