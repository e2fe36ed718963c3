//! Why a test of a state was not run.

use ackflow_asl::InvalidDefinition;

/// A request that is refused, as AWS refuses it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct TestStateError {
    /// AWS's name of the error, such as `ValidationException`.
    pub code: &'static str,
    /// What is wrong, in AWS's words where they are known.
    pub message: String,
}

impl TestStateError {
    /// Fields of the request that do not go together, or hold what they must not.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self { code: "ValidationException", message: message.into() }
    }

    /// A definition that can't be tested.
    pub(super) fn definition(message: impl Into<String>) -> Self {
        Self { code: "InvalidDefinition", message: message.into() }
    }

    /// An input that is none.
    pub(super) fn input(message: impl Into<String>) -> Self {
        Self { code: "InvalidExecutionInput", message: message.into() }
    }

    /// A field that AWS's SDKs refuse to send.
    pub(super) fn parameter(message: &str) -> Self {
        Self { code: "ParamValidationError", message: format!("Parameter validation failed:\n{message}") }
    }
}

impl From<InvalidDefinition> for TestStateError {
    fn from(error: InvalidDefinition) -> Self {
        Self::definition(error.exception_message())
    }
}
