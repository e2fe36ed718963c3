//! The findings so far, and where in the document the validator is.

use std::collections::{HashMap, HashSet};

use crate::{Diagnostic, InvalidDefinition};

/// The document breaks the language's rules.
pub(super) const SCHEMA: &str = "SCHEMA_VALIDATION_FAILED";
/// A transition leads nowhere, or none leads to a state.
pub(super) const MISSING_TARGET: &str = "MISSING_TRANSITION_TARGET";
/// No state ends the block.
pub(super) const MISSING_END: &str = "MISSING_END_STATE";
/// Two states have one name.
pub(super) const DUPLICATE_STATE: &str = "DUPLICATE_STATE_NAME";
/// The text is not JSON.
pub(super) const INVALID_JSON: &str = "INVALID_JSON_DESCRIPTION";
/// Right, but more than this version runs.
pub(super) const UNSUPPORTED: &str = "UNSUPPORTED";

/// What was found, in the document's order.
#[derive(Default)]
pub(super) struct Findings {
    diagnostics: Vec<Diagnostic>,
    /// Where each state's name was first seen.
    names: HashMap<String, String>,
    /// Every name that stands in a `States`.
    anywhere: HashSet<String>,
}

impl Findings {
    pub(super) fn add(&mut self, place: &Place, message: impl Into<String>, remedy: impl Into<String>) {
        self.coded(SCHEMA, place, message, remedy);
    }

    pub(super) fn coded(
        &mut self,
        code: &'static str,
        place: &Place,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.diagnostics.push(Diagnostic {
            code,
            location: if place.location.is_empty() { "/".to_owned() } else { place.location.clone() },
            state: place.state.clone(),
            field: Some(place.field.clone()).filter(|field| !field.is_empty()),
            message: message.into(),
            remedy: remedy.into(),
        });
    }

    pub(super) fn unsupported(&mut self, place: &Place, what: &str) {
        let remedy = "leave it out, or run this definition on Step Functions";
        self.coded(UNSUPPORTED, place, format!("{what} is not supported yet by this version"), remedy);
    }

    /// State names are unique in the whole machine.
    pub(super) fn name(&mut self, name: &str, place: &Place) {
        let Some(first) = self.names.insert(name.to_owned(), place.location.clone()) else { return };
        let message = format!("a state of this name stands at {first} too");
        self.coded(DUPLICATE_STATE, place, message, "rename one: names are unique in the whole machine");
        self.names.insert(name.to_owned(), first);
    }

    /// Notes that a state of this name stands somewhere.
    pub(super) fn note(&mut self, name: &str) {
        self.anywhere.insert(name.to_owned());
    }

    /// Whether a state of this name stands somewhere.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.anywhere.contains(name)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    pub(super) fn into_error(self) -> InvalidDefinition {
        InvalidDefinition { diagnostics: self.diagnostics }
    }
}

/// A place in the document.
#[derive(Clone)]
pub(super) struct Place {
    /// As AWS writes it.
    location: String,
    /// The innermost state around it.
    state: Option<String>,
    /// The place within the state: `Retry[0].MaxAttempts`.
    field: String,
}

impl Place {
    pub(super) fn root() -> Self {
        Self { location: String::new(), state: None, field: String::new() }
    }

    /// A field of what stands here.
    pub(super) fn field(&self, name: &str) -> Self {
        let field = if self.field.is_empty() { name.to_owned() } else { format!("{}.{name}", self.field) };
        Self { location: format!("{}/{name}", self.location), state: self.state.clone(), field }
    }

    /// An item of the array that stands here.
    pub(super) fn item(&self, index: usize) -> Self {
        let (location, field) = (format!("{}[{index}]", self.location), format!("{}[{index}]", self.field));
        Self { location, state: self.state.clone(), field }
    }

    /// A state of the block that stands here.
    pub(super) fn state(&self, name: &str) -> Self {
        let location = format!("{}/States/{name}", self.location);
        Self { location, state: Some(name.to_owned()), field: String::new() }
    }

    /// What a finding calls the last part of the place.
    pub(super) fn last(&self) -> &str {
        self.field.rsplit('.').next().unwrap_or_default()
    }
}
