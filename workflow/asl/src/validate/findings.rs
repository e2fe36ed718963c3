//! The findings so far, and what is remembered of the document.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    ops::Range,
};

use super::{
    place::{Place, Step},
    positions::Positions,
};
use crate::{Diagnostic, Severity};

/// The document breaks the language's rules.
pub(super) const SCHEMA: &str = "SCHEMA_VALIDATION_FAILED";
/// A transition leads nowhere, or none leads to a state.
pub(super) const MISSING_TARGET: &str = "MISSING_TRANSITION_TARGET";
/// No state ends the block.
pub(super) const MISSING_END: &str = "MISSING_END_STATE";
/// Two states have one name.
pub(super) const DUPLICATE_STATE: &str = "DUPLICATE_STATE_NAME";
/// A state's name is too long.
pub(super) const INVALID_STATE_NAME: &str = "INVALID_STATE_NAME";
/// Two Maps have one label.
pub(super) const DUPLICATE_LABEL: &str = "DUPLICATE_LABEL_NAME";
/// A Map's label is no name.
pub(super) const INVALID_LABEL: &str = "INVALID_LABEL_NAME";
/// The text is not JSON.
pub(super) const INVALID_JSON: &str = "INVALID_JSON_DESCRIPTION";
/// An expression of JSONata can't be read.
pub(super) const INVALID_JSONATA: &str = "INVALID_JSONATA_EXPRESSION";
/// An expression of JSONata reads what is not there.
pub(super) const UNSUPPORTED_JSONATA: &str = "UNSUPPORTED_JSONATA_EXPRESSION";
/// A path or a call is plain text, since its field does not end in `.$`.
pub(super) const NO_DOLLAR: &str = "NO_DOLLAR";
/// A path is plain text, since its field does not end in `Path`.
pub(super) const NO_PATH: &str = "NO_PATH";
/// A path in the fixed result of a Pass.
pub(super) const STATIC_RESULT: &str = "PASS_RESULT_IS_STATIC";

/// A function of JSONata is called with too few arguments or too many.
pub(super) const ARGUMENT_COUNT: &str = "ARGUMENT_COUNT";
/// A field stands twice in an object.
pub(super) const DUPLICATE_FIELD: &str = "DUPLICATE_FIELD";
/// A field of a distributed Map on another.
pub(super) const WITHOUT_EFFECT: &str = "FIELD_WITHOUT_EFFECT";
/// A variable is read that nothing has assigned.
pub(super) const UNDEFINED_VARIABLE: &str = "UNDEFINED_VARIABLE";
/// A name that begins like those that AWS reserves, and is none of them.
pub(super) const UNKNOWN_ERROR: &str = "UNKNOWN_ERROR_NAME";
/// A Map whose items can't be read in this way.
pub(super) const UNREADABLE_ITEMS: &str = "UNREADABLE_ITEMS";
/// Earlier catchers handle every error of this one.
pub(super) const UNREACHABLE_CATCHER: &str = "UNREACHABLE_CATCHER";
/// Earlier retriers handle every error of this one.
pub(super) const UNREACHABLE_RETRIER: &str = "UNREACHABLE_RETRIER";
/// No way leads from the first state to this one, although other states lead to it.
pub(super) const UNREACHABLE_STATE: &str = "UNREACHABLE_STATE";
/// What is an expression in the other query language.
pub(super) const WRONG_LANGUAGE: &str = "WRONG_QUERY_LANGUAGE";

/// What was found, in the document's order.
#[derive(Default)]
pub(super) struct Findings {
    /// Each with the way to what it is about.
    found: Vec<(Diagnostic, Vec<Step>)>,
    /// Where each state's name was first seen.
    names: HashMap<String, Option<String>>,
    /// The labels of Maps.
    labels: HashSet<String>,
    /// Every name that stands in a `States`.
    anywhere: HashSet<String>,
    /// Where each variable is read.
    reads: Vec<(Place, String)>,
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
        let found = diagnostic(code, Severity::Error, place, message.into(), remedy.into());
        self.found.push((found, place.path().to_vec()));
    }

    pub(super) fn warn(
        &mut self,
        code: &'static str,
        place: &Place,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let found = diagnostic(code, Severity::Warning, place, message.into(), remedy.into());
        self.found.push((found, place.path().to_vec()));
    }

    /// The text can't be read as JSON at this place.
    pub(super) fn not_json(&mut self, place: &Place, message: String, remedy: &str, span: Range<usize>) {
        let found = diagnostic(INVALID_JSON, Severity::Error, place, message, remedy.to_owned());
        self.found.push((Diagnostic { span: Some(span), ..found }, Vec::new()));
    }

    /// State names are unique in the whole machine.
    pub(super) fn name(&mut self, name: &str, place: &Place) {
        match self.names.get(name).cloned() {
            Some(first) => {
                let first = first.unwrap_or_default();
                let remedy = format!("rename this one or that at {first}: names are unique in the machine");
                self.coded(DUPLICATE_STATE, place, format!("Duplicate State name: {name}"), remedy);
            }
            None => {
                self.names.insert(name.to_owned(), place.location());
            }
        }
    }

    /// Labels are unique in the whole machine.
    pub(super) fn label(&mut self, label: &str, place: &Place) {
        if !self.labels.insert(label.to_owned()) {
            let message = format!("Duplicate Label name: {label}");
            self.coded(DUPLICATE_LABEL, place, message, "change one: labels are unique in the machine");
        }
    }

    /// Notes that a state of this name stands somewhere.
    pub(super) fn note(&mut self, name: &str) {
        self.anywhere.insert(name.to_owned());
    }

    /// Whether a state of this name stands somewhere.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.anywhere.contains(name)
    }

    /// Notes that variables are read here.
    pub(super) fn reads<'a>(&mut self, place: &Place, names: impl IntoIterator<Item = &'a str>) {
        self.reads.extend(names.into_iter().map(|name| (place.clone(), name.to_owned())));
    }

    /// Where each variable is read, in the document's order.
    pub(super) fn take_reads(&mut self) -> Vec<(Place, String)> {
        std::mem::take(&mut self.reads)
    }

    /// The variables that each state reads.
    pub(super) fn into_references(self) -> BTreeMap<String, BTreeSet<String>> {
        let mut references: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (place, name) in self.reads {
            if let Some(state) = place.state_name() {
                references.entry(state.to_owned()).or_default().insert(name);
            }
        }
        references
    }

    pub(super) fn has_errors(&self) -> bool {
        self.found.iter().any(|(found, _)| found.severity == Severity::Error)
    }

    /// Everything, each with its place in the text when the text is JSON.
    pub(super) fn into_diagnostics(self, document: Option<&str>) -> Vec<Diagnostic> {
        let document = document.filter(|_| !self.found.is_empty());
        let positions = document.and_then(Positions::of);
        let located = self.found.into_iter().map(|(found, path)| {
            let span = positions.as_ref().map(|positions| positions.find(&path));
            Diagnostic { span: found.span.clone().or(span), ..found }
        });
        located.collect()
    }
}

fn diagnostic(
    code: &'static str,
    severity: Severity,
    place: &Place,
    message: String,
    remedy: String,
) -> Diagnostic {
    Diagnostic {
        code,
        severity,
        location: place.location(),
        state: place.state_name().map(str::to_owned),
        field: place.field_name(),
        message,
        remedy,
        span: None,
    }
}
