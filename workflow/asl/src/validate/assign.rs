//! The variables that a state, a rule or a catcher sets.

use serde_json::{Map, Value};

use super::{check::wrong_type, findings::Findings, place::Place, state, template};
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
        if place.has_outer_variable(name) {
            let message = format!("Variable '{name}' can't be assigned here: an outer scope assigns it");
            let remedy = "choose another name, and hand the value out in the output";
            findings.add(&place.part(field), message, remedy);
        }
    }
    template::check(value, place, findings);
}

/// The variables that the states of a block set: those of its scope. A scope within it sets none of them.
pub(super) fn variables_of_states(
    states: &Map<String, Value>,
    machine_language: QueryLanguage,
) -> impl Iterator<Item = &str> {
    states.values().filter_map(Value::as_object).flat_map(move |state| {
        let language = state::language(state, machine_language);
        let listed = ["Choices", "Catch"].into_iter().filter_map(move |name| state.get(name)?.as_array());
        let listed = listed.flatten().filter_map(|item| item.get("Assign"));
        let assigns = state.get("Assign").into_iter().chain(listed);
        assigns.flat_map(move |assign| variables(assign, language))
    })
}

/// The variables that an `Assign` sets.
pub(super) fn variables(assign: &Value, language: QueryLanguage) -> impl Iterator<Item = &str> {
    let fields = assign.as_object().into_iter().flat_map(Map::keys);
    fields.map(move |field| variable(field, language))
}

/// The variable that a field sets.
fn variable(field: &str, language: QueryLanguage) -> &str {
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
