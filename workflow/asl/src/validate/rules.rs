//! The rules of a Choice.

use serde_json::{Map, Value};

use super::{
    check::{Check, looks_like_path, not_empty, wrong_reference_path, wrong_type},
    fields::{self, BOTH, Field, JSONATA, JSONPATH, short},
    findings::Findings,
    place::Place,
    template,
};
use crate::{Comparison, Path, QueryLanguage, choice::Operator};

/// What a rule may have besides an operator.
const RULE: &[Field] = &[
    ("Variable", Check::Any, JSONPATH),
    ("And", Check::Any, JSONPATH),
    ("Or", Check::Any, JSONPATH),
    ("Not", Check::Any, JSONPATH),
    ("Condition", Check::OrQuery(&Check::Flag), JSONATA),
    ("Comment", Check::Text, BOTH),
];

/// What a rule that stands directly in `Choices` may have too.
const TOP: &[Field] =
    &[("Next", Check::Text, BOTH), ("Assign", Check::Assign, BOTH), ("Output", Check::Template, JSONATA)];

/// Fields of a rule that test nothing in JSONPath.
const NO_TESTS: &[&str] = &["Variable", "Condition", "Comment", "Next", "Assign", "Output"];

/// `Choices`.
pub(super) fn choices(value: &Value, place: &Place, findings: &mut Findings) {
    let Some(rules) = value.as_array() else {
        return wrong_type("Array", "an array of rules", value, place, findings);
    };
    not_empty(rules, "write at least one rule", place, findings);
    for (at, item) in rules.iter().enumerate() {
        let here = place.item(at);
        let Some(fields) = item.as_object() else {
            wrong_type("Object", "a rule, an object,", item, &here, findings);
            continue;
        };
        fields::required(fields, &["Next"], &here, findings);
        match here.language() {
            QueryLanguage::JsonPath => rule(fields, &[RULE, TOP], &here, findings),
            QueryLanguage::Jsonata => {
                fields::required(fields, &["Condition"], &here, findings);
                fields::check(fields, &[RULE, TOP], &here, findings);
            }
        }
    }
}

/// A rule of JSONPath.
fn rule(fields: &Map<String, Value>, known: &[&[Field]], place: &Place, findings: &mut Findings) {
    for (name, value) in fields.iter().filter(|(name, _)| !is_test(name)) {
        let is_known = known.iter().copied().flatten().any(|(field, ..)| field == name);
        if !is_known && TOP.iter().any(|(field, ..)| field == name) {
            let remedy = "move it to the rule around it that stands directly in Choices";
            findings.add(&place.part(name), format!("Field '{name}' is not supported"), remedy);
        } else {
            fields::check_one(name, value, known, place, findings);
        }
    }
    if fields.contains_key("Condition") {
        return;
    }
    let tests: Vec<&str> = fields.keys().map(String::as_str).filter(|name| is_test(name)).collect();
    match tests[..] {
        [] => {
            let remedy = "write Variable with an operator, And, Or or Not";
            findings.add(place, "the rule tests nothing", remedy);
        }
        [name @ ("And" | "Or")] => nested(&fields[name], &place.field(name), findings),
        ["Not"] => nested_rule(&fields["Not"], &place.field("Not"), findings),
        [operator] => comparison(operator, fields, place, findings),
        _ => {
            let tests = tests.join(", ");
            let message = format!("There should only be one of the following fields: [{tests}]");
            findings.add(place, message, "keep one, and join several by And or Or");
        }
    }
}

fn is_test(name: &str) -> bool {
    !NO_TESTS.contains(&name)
}

fn nested(value: &Value, place: &Place, findings: &mut Findings) {
    let Some(rules) = value.as_array() else {
        return wrong_type("Array", "an array of rules", value, place, findings);
    };
    not_empty(rules, "write at least one rule", place, findings);
    for (at, item) in rules.iter().enumerate() {
        nested_rule(item, &place.item(at), findings);
    }
}

fn nested_rule(value: &Value, place: &Place, findings: &mut Findings) {
    match value.as_object() {
        Some(fields) => rule(fields, &[RULE], place, findings),
        None => wrong_type("Object", "a rule, an object,", value, place, findings),
    }
}

fn comparison(operator: &str, fields: &Map<String, Value>, place: &Place, findings: &mut Findings) {
    let here = place.field(operator);
    let operand = &fields[operator];
    if Operator::find(operator).is_none() {
        let remedy = Operator::nearest(operator).map_or_else(
            || "use an operator of the specification".to_owned(),
            |meant| format!("did you mean {meant}?"),
        );
        return findings.add(&place.part(operator), format!("Field '{operator}' is not supported"), remedy);
    }
    let Some(variable) = variable(fields, place, findings) else { return };
    match Comparison::new(variable, operator, operand.clone()) {
        Err(message) => {
            let remedy = format!("change the operand, {}, or the operator", short(operand));
            findings.add(&here, message, remedy);
        }
        Ok(comparison) => {
            let is_literal = comparison.operand_path().is_none();
            if is_literal && operand.as_str().is_some_and(template::looks_like_path) {
                looks_like_path(operand, &here, findings);
            }
            findings.reads(&place.field("Variable"), comparison.variable().variable());
            findings.reads(&here, comparison.operand_path().and_then(Path::variable));
        }
    }
}

/// The path to what a rule tests.
fn variable(fields: &Map<String, Value>, place: &Place, findings: &mut Findings) -> Option<Path> {
    let Some(value) = fields.get("Variable") else {
        fields::required(fields, &["Variable"], place, findings);
        return None;
    };
    let here = place.field("Variable");
    let Some(text) = value.as_str() else {
        wrong_type("String", "a path such as \"$.status\"", value, &here, findings);
        return None;
    };
    let read = Path::parse(text).map_err(|error| {
        let remedy = format!("write a path such as \"$.status\" ({error})");
        findings.add(&here, wrong_reference_path(text), remedy);
    });
    read.ok()
}
