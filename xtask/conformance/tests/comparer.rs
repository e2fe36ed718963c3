//! What counts as the same as what was recorded, and what does not.

#![allow(clippy::needless_pass_by_value, reason = "a test says what it wants in few words")]

use ackflow_conformance::{Comparer, Grade, Scenario};
use serde_json::{Value, json};

fn comparer() -> Comparer {
    Comparer::new(&["activity_arn".to_owned(), String::new()])
}

fn same(expected: Value, own: Value) -> bool {
    comparer().is_same(&expected, &own)
}

#[test]
fn placeholders_stand_for_any_text() {
    let role = json!("arn:<partition>:iam::111111111111:role/<resource:1>");
    assert!(same(role.clone(), json!("arn:aws:iam::111111111111:role/a/b")));
    assert!(!same(role.clone(), json!("arn:aws:iam::222222222222:role/a")));
    assert!(!same(role, json!("the arn:aws:iam::111111111111:role/a")));
    assert!(same(json!("<<task_token>:1>"), json!("AQB8")));
    assert!(same(json!("a <uuid:1> b <uuid:2> c"), json!("a 1 b 2 b 3 c")));
    assert!(!same(json!("a <uuid:1> b"), json!("a 1 c")));
}

#[test]
fn tokens_stand_for_anything() {
    assert!(same(json!("activity_arn"), json!({ "any": "thing" })));
    assert!(!same(json!("activity_arn"), Value::Null));
    assert!(same(
        json!("The activity activity_arn does not exist."),
        json!("The activity x does not exist.")
    ));
    assert!(same(json!("start-date"), json!(1_700_000_000)));
    assert!(!same(json!("start-dates"), json!("x")));
}

#[test]
fn times_were_replaced() {
    assert!(same(json!({ "at": "since date." }), json!({ "at": "since 2026-03-01T12:00:00.123Z." })));
    assert!(!same(json!("since date."), json!("since yesterday.")));
}

#[test]
fn json_in_a_string_is_the_same_as_its_value() {
    assert!(same(json!({ "cause": { "a": [1] } }), json!({ "cause": "{\"a\": [1.0]}" })));
    assert!(same(json!("{\"a\":1, \"b\":2}"), json!("{\"b\":2,\"a\":1}")));
    assert!(same(json!("[\"<uuid:1>\"]"), json!(["x"])));
    assert!(!same(json!("{\"a\":1}"), json!("{\"a\":2}")));
    assert!(!same(json!({ "a": 1 }), json!("a: 1")));
    // Only containers were parsed.
    assert!(!same(json!("1"), json!(1)));
}

#[test]
fn numbers_compare_by_value_and_fields_by_name() {
    assert!(same(json!({ "a": 1, "b": 2.5 }), json!({ "b": 2.5, "a": 1.0 })));
    assert!(!same(json!([1, 2]), json!([2, 1])));
    assert!(!same(json!({ "a": null }), json!({})));
    assert!(!same(json!({}), json!({ "a": null })));
}

#[test]
fn the_first_difference_is_told_with_its_place() {
    let difference = comparer().difference(&json!({ "a": [{ "b": 1 }] }), &json!({ "a": [{ "b": 2 }] }));
    assert_eq!(difference.expect("they differ").to_string(), "/a/0/b: 2, not 1");
}

/// A scenario of a Pass state, or of a Map, with these events.
fn scenario(state: &str, meta: Value, events: Value) -> Scenario {
    let scenario = json!({
        "id": "one", "kind": "execution", "meta": meta,
        "definition": { "StartAt": "One", "States": { "One": { "Type": state, "End": true } } },
        "expected": { "status": "FAILED", "error": "Odd", "events": events },
    });
    serde_json::from_value(scenario).expect("a scenario")
}

fn failed(cause: &str, events: Value) -> Value {
    let mut actual = json!({ "status": "FAILED", "error": "Odd", "events": events });
    if !cause.is_empty() {
        actual["cause"] = json!(cause);
    }
    actual
}

#[test]
fn the_order_of_events_counts_but_not_where_branches_run() {
    let (one, two) = (json!({ "type": "A", "details": { "n": 1 } }), json!({ "type": "B" }));
    let recorded = json!([one, two]);
    let turned = failed("", json!([two, one]));
    let in_order = Grade::of(&scenario("Pass", json!({}), recorded.clone()), &turned);
    assert_eq!((in_order.outcome, in_order.full.is_some()), (None, true));
    let in_any = Grade::of(&scenario("Map", json!({}), recorded.clone()), &turned);
    assert_eq!(in_any.full, None);
    // But each counts once.
    let twice = failed("", json!([one, two, two]));
    assert!(Grade::of(&scenario("Map", json!({}), recorded.clone()), &twice).full.is_some());
    assert!(Grade::of(&scenario("Pass", json!({}), recorded), &twice).full.is_some());
}

#[test]
fn what_the_recorder_lost_is_not_asked_for() {
    let meta = json!({ "parallel_events_sorted": true });
    let own = failed("", json!([{ "type": "ParallelStateSucceeded" }, { "type": "A" }]));
    let recorded = json!([{ "type": "A" }]);
    assert_eq!(Grade::of(&scenario("Parallel", meta, recorded.clone()), &own).full, None);
    assert!(Grade::of(&scenario("Parallel", json!({}), recorded), &own).full.is_some());
}

#[test]
fn a_cause_counts_in_full_only() {
    let grade = Grade::of(&scenario("Pass", json!({}), json!([])), &failed("It broke.", json!([])));
    assert_eq!(grade.outcome, None);
    assert_eq!(grade.full.expect("a difference").at, "/cause");
}

#[test]
fn another_error_is_another_outcome() {
    let actual = json!({ "status": "FAILED", "error": "Even", "events": [] });
    let grade = Grade::of(&scenario("Pass", json!({}), json!([])), &actual);
    assert_eq!(grade.outcome.expect("a difference").to_string(), "/error: \"Even\", not \"Odd\"");
}
