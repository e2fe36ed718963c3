//! Retriers and catchers.

use serde_json::Value;

use super::{
    fields::{self, Check, Field, MAX_SECONDS, short},
    findings::{Findings, Place},
};
use crate::{ErrorName, nearest::nearest};

const RETRIER: &[Field] = &[
    ("ErrorEquals", Check::ErrorNames),
    ("IntervalSeconds", Check::Whole(1, MAX_SECONDS)),
    ("MaxAttempts", Check::Whole(0, MAX_SECONDS)),
    ("BackoffRate", Check::AtLeast(1.0)),
    ("MaxDelaySeconds", Check::Whole(1, 31_622_399)),
    ("JitterStrategy", Check::OneOf(&["FULL", "NONE"])),
    ("Comment", Check::Text),
];

const CATCHER: &[Field] = &[
    ("ErrorEquals", Check::ErrorNames),
    ("ResultPath", Check::ReferencePathOrNull),
    ("Next", Check::Text),
    ("Comment", Check::Text),
    ("Assign", Check::Unsupported("Assign (variables)")),
];

/// `Retry`.
pub(super) fn retry(value: &Value, place: &Place, findings: &mut Findings) {
    list(value, "a retrier", RETRIER, &["ErrorEquals"], place, findings);
}

/// `Catch`.
pub(super) fn catch(value: &Value, place: &Place, findings: &mut Findings) {
    list(value, "a catcher", CATCHER, &["ErrorEquals", "Next"], place, findings);
}

fn list(
    value: &Value,
    what: &str,
    known: &[Field],
    required: &[&str],
    place: &Place,
    findings: &mut Findings,
) {
    let Some(items) = value.as_array() else {
        return findings.add(
            place,
            format!("it holds {}", short(value)),
            format!("write an array, each item {what}"),
        );
    };
    for (at, item) in items.iter().enumerate() {
        let here = place.item(at);
        let Some(fields) = item.as_object() else {
            findings.add(&here, format!("it holds {}", short(item)), format!("write {what}, an object"));
            continue;
        };
        for name in required.iter().filter(|name| !fields.contains_key(**name)) {
            findings.add(&here.field(name), format!("{what} needs {name}"), format!("add {name}"));
        }
        fields::check(fields, &[known], what, &here, findings);
        let names = fields.get("ErrorEquals").and_then(Value::as_array);
        let is_all = names.is_some_and(|names| names.iter().any(|name| name == ErrorName::ALL));
        if is_all && at + 1 < items.len() {
            let message = format!("{} matches every error, so what follows is never tried", ErrorName::ALL);
            findings.add(&here.field("ErrorEquals"), message, "move it to the end");
        }
    }
}

/// `ErrorEquals`.
pub(super) fn names(value: &Value, place: &Place, findings: &mut Findings) {
    let Some(names) = value.as_array().filter(|names| names.iter().all(Value::is_string)) else {
        return findings.add(place, format!("it holds {}", short(value)), "write an array of error names");
    };
    if names.is_empty() {
        findings.add(
            place,
            "the array is empty",
            format!("name the errors, or write [\"{}\"]", ErrorName::ALL),
        );
    }
    if names.len() > 1 && names.iter().any(|name| name == ErrorName::ALL) {
        let message = format!("{} stands with other names", ErrorName::ALL);
        findings.add(
            place,
            message,
            format!("let {} stand alone: it matches the others too", ErrorName::ALL),
        );
    }
    for name in names.iter().filter_map(Value::as_str) {
        let is_known = !name.starts_with("States.")
            || name.starts_with("States.Http.")
            || ErrorName::RESERVED.contains(&name);
        if !is_known {
            let meant = nearest(name, ErrorName::RESERVED.iter().copied());
            let remedy = meant.map_or_else(
                || "name errors of your own without `States.`".to_owned(),
                |meant| format!("did you mean {meant}?"),
            );
            findings.add(place, format!("{name} is no reserved error name"), remedy);
        }
    }
}
