//! The variables that a state, a rule or a catcher sets.

use serde_json::Value;

use super::{check::wrong_type, findings::Findings, place::Place, template};
use crate::QueryLanguage;

/// No variable has a longer name.
const MAX_CHARACTERS: usize = 80;

/// `Assign`.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>
pub(super) fn check(value: &Value, place: &Place, findings: &mut Findings) {
    let Some(fields) = value.as_object() else {
        return wrong_type("Object", "an object of variables", value, place, findings);
    };
    for field in fields.keys() {
        let name = variable(field, place.language());
        if let Some(remedy) = wrong(name) {
            findings.add(&place.part(field), format!("Invalid variable name: {name}"), remedy);
        }
    }
    template::check(value, place, findings);
}

/// The variable that a field sets.
pub(super) fn variable(field: &str, language: QueryLanguage) -> &str {
    match language {
        QueryLanguage::JsonPath => field.strip_suffix(".$").unwrap_or(field),
        QueryLanguage::Jsonata => field,
    }
}

/// What to do about a name that no variable may have.
fn wrong(name: &str) -> Option<&'static str> {
    let continues = |c: char| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii();
    if name == "states" {
        Some("choose another: `states` is reserved")
    } else if !(1..=MAX_CHARACTERS).contains(&name.chars().count()) {
        Some("name it with 1 to 80 characters")
    } else if name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(continues) {
        Some("write letters, digits and `_`, and begin with a letter")
    } else {
        None
    }
}
