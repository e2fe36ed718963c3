//! What an implementation of JSONata gives: another one takes its place by these methods.

use serde_json::Value;

use super::{Bindings, QueryError, reads::Reads};

/// A compiled expression.
pub(super) trait Engine: Send + Sync + Sized {
    /// Reads an expression, or says what is wrong with it.
    fn compile(text: &str) -> Result<Self, String>;

    /// What the expression reads.
    fn reads(&self) -> &Reads;

    /// The expression's value.
    fn evaluate(&self, bindings: &Bindings<'_>) -> Result<Value, QueryError>;
}
