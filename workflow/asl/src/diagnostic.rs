//! What is wrong with a definition.

use std::{fmt, ops::Range};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// No state machine can be made of the definition.
    Error,
    /// AWS takes the definition, but it hardly does what it is meant to.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Error => "ERROR",
            Self::Warning => "WARNING",
        })
    }
}

/// One finding of the validator.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// AWS's code (`SCHEMA_VALIDATION_FAILED`, `MISSING_TRANSITION_TARGET`, …), or one of our own, all of which
    /// are warnings: `ARGUMENT_COUNT`, `DUPLICATE_FIELD`, `FIELD_WITHOUT_EFFECT`, `UNDEFINED_VARIABLE`,
    /// `UNKNOWN_ERROR_NAME`, `UNREACHABLE_CATCHER`, `UNREACHABLE_RETRIER`, `UNREACHABLE_STATE`,
    /// `UNREADABLE_ITEMS`, `WRONG_QUERY_LANGUAGE`.
    pub code: &'static str,
    /// Whether it refuses the definition.
    pub severity: Severity,
    /// Where, as AWS writes it: `/States/FetchFile/Next`. AWS names no place for the document as a whole.
    pub location: Option<String>,
    /// The state, when it is in one.
    pub state: Option<String>,
    /// The field.
    pub field: Option<String>,
    /// What is wrong, in AWS's words where they are known.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// Where in the text the field or the value is, in bytes.
    pub span: Option<Range<usize>>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.severity, self.code)?;
        if let Some(location) = &self.location {
            write!(formatter, " at {location}")?;
        }
        let state = self.state.as_ref().map(|state| format!("state {state:?}"));
        let field = self.field.as_ref().map(|field| format!("field {field}"));
        let place: Vec<_> = state.into_iter().chain(field).collect();
        let place = if place.is_empty() { "definition".to_owned() } else { place.join(", ") };
        write!(formatter, "\n  {place}: {}\n  remedy: {}", self.message.trim_end(), self.remedy)
    }
}

/// A definition that can't run, with every error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDefinition {
    /// What is wrong, in the document's order.
    pub diagnostics: Vec<Diagnostic>,
}

impl InvalidDefinition {
    /// What AWS says where it refuses the definition: the message of the exception `InvalidDefinition`.
    pub fn exception_message(&self) -> String {
        let findings = self.diagnostics.iter().map(|Diagnostic { code, message, location, .. }| {
            format!("{code}: {} at {}", message.trim_end(), location.as_deref().unwrap_or("null"))
        });
        format!("Invalid State Machine Definition: '{}'", findings.collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Display for InvalidDefinition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.diagnostics.len();
        write!(formatter, "the definition has {count} problem{}", if count == 1 { "" } else { "s" })?;
        self.diagnostics.iter().try_for_each(|diagnostic| write!(formatter, "\n\n{diagnostic}"))
    }
}

impl std::error::Error for InvalidDefinition {}
