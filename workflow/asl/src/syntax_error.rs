//! What is wrong with the text of a path, an intrinsic call or a payload template.

/// A text that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?}: {message}")]
pub struct SyntaxError {
    /// The text.
    pub text: String,
    /// What is wrong with it, and where.
    pub message: String,
}

impl SyntaxError {
    pub(crate) fn new(text: &str, message: impl Into<String>) -> Self {
        Self { text: text.to_owned(), message: message.into() }
    }
}
