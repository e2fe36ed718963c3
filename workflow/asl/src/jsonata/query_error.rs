//! What goes wrong when a query is evaluated.

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// It found nothing: JSON has no word for that.
    #[error("returned nothing (undefined)")]
    Undefined,
    /// It failed.
    #[error("{message}")]
    Failed {
        /// What happened, with JSONata's code where there is one: `T2001: The left side of …`.
        message: String,
    },
}

impl QueryError {
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into() }
    }
}
