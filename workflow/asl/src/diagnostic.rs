//! What is wrong with a definition.

use std::fmt;

/// One finding of the validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// AWS's code: `SCHEMA_VALIDATION_FAILED`, `MISSING_TRANSITION_TARGET`, …; `UNSUPPORTED` is ours.
    pub code: &'static str,
    /// Where, as AWS writes it: `/States/FetchFile/Next`.
    pub location: String,
    /// The state, when it is in one.
    pub state: Option<String>,
    /// The field.
    pub field: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {}", self.code, self.location)?;
        let state = self.state.as_ref().map(|state| format!("state {state:?}"));
        let field = self.field.as_ref().map(|field| format!("field {field}"));
        let place: Vec<_> = state.into_iter().chain(field).collect();
        let place = if place.is_empty() { "definition".to_owned() } else { place.join(", ") };
        write!(formatter, "\n  {place}: {}\n  remedy: {}", self.message, self.remedy)
    }
}

/// A definition that can't run, with every finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDefinition {
    /// What is wrong, in the document's order.
    pub diagnostics: Vec<Diagnostic>,
}

impl fmt::Display for InvalidDefinition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.diagnostics.len();
        write!(formatter, "the definition has {count} problem{}", if count == 1 { "" } else { "s" })?;
        self.diagnostics.iter().try_for_each(|diagnostic| write!(formatter, "\n\n{diagnostic}"))
    }
}

impl std::error::Error for InvalidDefinition {}
