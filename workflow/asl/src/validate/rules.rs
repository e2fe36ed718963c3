//! The rules of a Choice.

use serde_json::{Map, Value};

use super::{
    fields::short,
    findings::{Findings, Place},
};
use crate::{Comparison, Path, choice::Operator};

/// `Choices`.
pub(super) fn choices(value: &Value, place: &Place, findings: &mut Findings) {
    let Some(rules) = value.as_array() else {
        return findings.add(place, format!("it holds {}", short(value)), "write an array of rules");
    };
    if rules.is_empty() {
        findings.add(place, "there is no rule", "write at least one rule");
    }
    for (at, item) in rules.iter().enumerate() {
        let here = place.item(at);
        match item.get("Next") {
            None if item.is_object() => {
                findings.add(&here.field("Next"), "the rule leads nowhere", "add Next, the name of a state");
            }
            Some(next) if !next.is_string() => {
                findings.add(
                    &here.field("Next"),
                    format!("it holds {}", short(next)),
                    "write the name of a state",
                );
            }
            _ => {}
        }
        rule(item, &here, true, findings);
    }
}

fn rule(value: &Value, place: &Place, is_top: bool, findings: &mut Findings) {
    let Some(fields) = value.as_object() else {
        return findings.add(place, format!("it holds {}", short(value)), "write a rule, an object");
    };
    if !is_top && fields.contains_key("Next") {
        let remedy = "move it to the rule directly in Choices";
        findings.add(&place.field("Next"), "only a top-level rule has a Next", remedy);
    }
    for (name, what) in [
        ("Assign", "Assign (variables)"),
        ("Condition", "JSONata (Condition)"),
        ("Output", "JSONata (Output)"),
    ] {
        if fields.contains_key(name) {
            findings.unsupported(&place.field(name), what);
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
        ["Not"] => rule(&fields["Not"], &place.field("Not"), false, findings),
        [operator] => comparison(operator, fields, place, findings),
        _ => {
            let message = format!("the rule has more than one test: {}", tests.join(", "));
            findings.add(place, message, "keep one, and join several by And or Or");
        }
    }
}

/// Whether a field of a rule is its operator.
fn is_test(name: &str) -> bool {
    !["Variable", "Next", "Comment", "Assign", "Output"].contains(&name)
}

fn nested(value: &Value, place: &Place, findings: &mut Findings) {
    match value.as_array() {
        Some(rules) if !rules.is_empty() => {
            for (at, item) in rules.iter().enumerate() {
                rule(item, &place.item(at), false, findings);
            }
        }
        _ => findings.add(place, format!("it holds {}", short(value)), "write an array of at least one rule"),
    }
}

fn comparison(operator: &str, fields: &Map<String, Value>, place: &Place, findings: &mut Findings) {
    let here = place.field(operator);
    if Operator::find(operator).is_none() {
        let remedy = Operator::nearest(operator).map_or_else(
            || "use an operator of the specification".to_owned(),
            |meant| format!("did you mean {meant}?"),
        );
        return findings.add(&here, format!("there is no operator {operator}"), remedy);
    }
    let variable = match fields.get("Variable") {
        Some(Value::String(text)) => Path::parse(text).map_err(|error| error.to_string()),
        Some(other) => Err(format!("it holds {}", short(other))),
        None => Err(format!("{operator} has nothing to test")),
    };
    let variable = match variable {
        Ok(variable) => variable,
        Err(message) => {
            return findings.add(&place.field("Variable"), message, "write a path such as \"$.status\"");
        }
    };
    match Comparison::new(variable, operator, fields[operator].clone()) {
        Err(message) => findings.add(&here, message, "change the operand or the operator"),
        Ok(comparison) => {
            for path in [Some(comparison.variable()), comparison.operand_path()].into_iter().flatten() {
                if let Some(name) = path.variable() {
                    findings.unsupported(place, &format!("the variable ${name}"));
                }
            }
        }
    }
}
