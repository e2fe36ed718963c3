//! Retriers and catchers.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    check::{Check, not_empty, wrong_type},
    fields::{self, BOTH, Field, JSONATA, JSONPATH, MAX_SECONDS},
    findings::{Findings, UNKNOWN_ERROR, UNREACHABLE_CATCHER, UNREACHABLE_RETRIER},
    place::Place,
};
use crate::{ErrorName, nearest::nearest};

/// The ranges are those that AWS takes, which are wider than those that it documents.
///
/// Source: <https://github.com/badmintoncryer/cdk-preflight>, `pf-sfn-asl-numeric-ranges`, measured on AWS
const RETRIER: &[Field] = &[
    ("ErrorEquals", Check::ErrorNames, BOTH),
    ("IntervalSeconds", Check::Whole(0, MAX_SECONDS), BOTH),
    ("MaxAttempts", Check::Whole(0, MAX_SECONDS), BOTH),
    ("BackoffRate", Check::Number(1.0, f64::INFINITY), BOTH),
    ("MaxDelaySeconds", Check::Whole(1, 31_622_400), BOTH),
    ("JitterStrategy", Check::OneOf(&["FULL", "NONE"]), BOTH),
    ("Comment", Check::Text, BOTH),
];

const CATCHER: &[Field] = &[
    ("ErrorEquals", Check::ErrorNames, BOTH),
    ("ResultPath", Check::ReferencePathOrNull, JSONPATH),
    ("Output", Check::Template, JSONATA),
    ("Assign", Check::Assign, BOTH),
    ("Next", Check::Text, BOTH),
    ("Comment", Check::Text, BOTH),
];

/// `Retry`.
pub(super) fn retry(value: &Value, place: &Place, findings: &mut Findings) {
    list(value, RETRIER, &["ErrorEquals"], UNREACHABLE_RETRIER, place, findings);
}

/// `Catch`.
pub(super) fn catch(value: &Value, place: &Place, findings: &mut Findings) {
    let place = place.with_states_field("errorOutput");
    list(value, CATCHER, &["ErrorEquals", "Next"], UNREACHABLE_CATCHER, &place, findings);
}

fn list(
    value: &Value,
    known: &[Field],
    required: &[&str],
    unreachable: &'static str,
    place: &Place,
    findings: &mut Findings,
) {
    let Some(items) = value.as_array() else {
        return wrong_type("Array", "an array of objects", value, place, findings);
    };
    let mut seen = HashSet::<&str>::new();
    for (at, item) in items.iter().enumerate() {
        let here = place.item(at);
        let Some(fields) = item.as_object() else {
            wrong_type("Object", "an object with ErrorEquals", item, &here, findings);
            continue;
        };
        fields::required(fields, required, &here, findings);
        fields::check(fields, &[known], &here, findings);
        let names: Vec<_> = error_names(item).collect();
        if let Some(all) = names.iter().position(|name| *name == ErrorName::ALL) {
            let is_last = at + 1 == items.len();
            all_errors(names.len() == 1, is_last, &here.field("ErrorEquals").item(all), findings);
        }
        if !names.is_empty() && names.iter().all(|name| seen.contains(name)) {
            let message = "its errors are all handled by the ones before it";
            let remedy = "remove it, or name other errors";
            findings.warn(unreachable, &here.field("ErrorEquals"), message, remedy);
        }
        seen.extend(names);
    }
}

/// `States.ALL`.
fn all_errors(is_alone: bool, is_last: bool, place: &Place, findings: &mut Findings) {
    let remedy = match (is_alone, is_last) {
        (true, true) => return,
        (false, _) => "leave the other names out: it matches their errors too",
        (true, false) => "move it to the end: what follows it is never tried",
    };
    let message = format!("{} must appear alone and at end of list", ErrorName::ALL);
    findings.add(place, message, remedy);
}

fn error_names(item: &Value) -> impl Iterator<Item = &str> {
    item.get("ErrorEquals").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// `ErrorEquals`.
pub(super) fn names(value: &Value, place: &Place, findings: &mut Findings) {
    let Some(names) = value.as_array().filter(|names| names.iter().all(Value::is_string)) else {
        return wrong_type("Array", "an array of error names", value, place, findings);
    };
    not_empty(names, "name the errors, or write [\"States.ALL\"]", place, findings);
    for name in names.iter().filter_map(Value::as_str).filter(|name| !is_known(name)) {
        let remedy = nearest(name, ErrorName::RESERVED.iter().copied()).map_or_else(
            || "name errors of your own without `States.`".to_owned(),
            |meant| format!("did you mean {meant}?"),
        );
        findings.warn(UNKNOWN_ERROR, place, format!("{name} is no reserved error name"), remedy);
    }
}

/// Whether an error of this name can be.
fn is_known(name: &str) -> bool {
    !name.starts_with("States.") || name.starts_with("States.Http.") || ErrorName::RESERVED.contains(&name)
}
