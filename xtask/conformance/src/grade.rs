//! How close a scenario comes to what was recorded.

use serde_json::{Map, Value, json};

use crate::{Comparer, Difference, Scenario};

/// What tells how something ended: an execution's status, and its output or error; the same of other requests.
const OUTCOME: [&str; 7] =
    ["status", "output", "error", "Error", "exception_typename", "result", "variableReferences"];

/// The two grades of a scenario, each with the first difference if it is not reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grade {
    /// Status, and output or error name.
    pub outcome: Option<Difference>,
    /// The outcome, the cause, and the type and the details of every event.
    pub full: Option<Difference>,
}

impl Grade {
    /// Grades what came of a scenario, in the fields of `expected`.
    pub fn of(scenario: &Scenario, actual: &Value) -> Self {
        let comparer = Comparer::new(&scenario.tokens);
        let expected = &scenario.expected;
        let difference = |name: &str| Some(comparer.difference(&expected[name], &actual[name])?.within(name));
        let outcome = OUTCOME.into_iter().find_map(difference);
        let names = [expected, actual].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
        let full = names.filter(|name| *name != "events").find_map(|name| difference(name));
        let full = outcome.clone().or(full).or_else(|| {
            let events = difference_of_events(&comparer, scenario, actual)?;
            Some(events.within("events"))
        });
        Self { outcome, full }
    }
}

/// The events are compared in order; where branches ran side by side, in any.
fn difference_of_events(comparer: &Comparer, scenario: &Scenario, actual: &Value) -> Option<Difference> {
    // The recorder lost this one where it sorted the events.
    let is_lost =
        |event: &Value| scenario.meta.parallel_events_sorted && event["type"] == "ParallelStateSucceeded";
    let told = |events: &Vec<Value>| -> Vec<Value> {
        events.iter().filter(|event| !is_lost(event)).map(type_and_details).collect()
    };
    let expected = told(scenario.events()?);
    let own = actual["events"].as_array().map(told).unwrap_or_default();
    if fans_out(&scenario.definition) {
        return difference_in_any_order(comparer, &expected, own);
    }
    let mut pairs = expected.iter().zip(&own).enumerate();
    let differs =
        pairs.find_map(|(index, (expected, own))| Some(comparer.difference(expected, own)?.within(index)));
    differs.or_else(|| {
        let index = expected.len().min(own.len());
        let (expected, own) = (expected.get(index), own.get(index));
        (expected.is_some() || own.is_some()).then(|| Difference::between(expected, own).within(index))
    })
}

fn difference_in_any_order(
    comparer: &Comparer,
    expected: &[Value],
    mut own: Vec<Value>,
) -> Option<Difference> {
    for (index, event) in expected.iter().enumerate() {
        let Some(found) = own.iter().position(|own| comparer.is_same(event, own)) else {
            return Some(Difference::between(Some(event), None).within(index));
        };
        own.remove(found);
    }
    own.first().map(|left| Difference::between(None, Some(left)).within(expected.len()))
}

fn type_and_details(event: &Value) -> Value {
    let details = if event["details"].is_null() { json!({}) } else { event["details"].clone() };
    json!({ "type": event["type"], "details": details })
}

/// Whether there is a Map or Parallel state in the definition.
fn fans_out(definition: &Value) -> bool {
    match definition {
        Value::Object(fields) => {
            let is_fan_out = fields.get("Type").is_some_and(|kind| kind == "Map" || kind == "Parallel");
            is_fan_out || fields.values().any(fans_out)
        }
        Value::Array(items) => items.iter().any(fans_out),
        _ => false,
    }
}
