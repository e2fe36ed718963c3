//! Reactions: one count for all that come within a time, made after the last of them.

use std::collections::BTreeSet;

use ackflow_flows::{Configuration, Ignored, StartRequest};
use ackflow_schemas::devops::CountRequest;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    example::{EXAMPLE, NOW, ignored, input, missing, routed, routed_by, started},
    payloads::envelope,
};

/// Somebody reacts to a message.
fn reaction() -> Value {
    envelope(&json!({
        "type": "reaction_added",
        "user": "U0DANA",
        "reaction": "thumbsup",
        "item_user": "U0LEE",
        "item": { "type": "message", "channel": "C0VOTES", "ts": "1767220000.000100" },
        "event_ts": "1767225599.000100",
    }))
}

/// The reaction with one field set, or taken away by null.
fn reaction_with(pointer: &str, value: impl Into<Value>) -> Value {
    let mut payload = reaction();
    *payload.pointer_mut(pointer).unwrap() = value.into();
    payload
}

/// So many milliseconds after [`NOW`].
fn after(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(NOW.as_millisecond() + milliseconds).unwrap()
}

/// The count that a reaction starts at a time.
fn counted(payload: &Value, now: Timestamp) -> StartRequest {
    started(routed_by(&EXAMPLE, payload, now))
}

/// When a count is made.
fn count_at(start: &StartRequest) -> Timestamp {
    input::<CountRequest>(start).count_at.parse().unwrap()
}

#[test]
fn a_reaction_has_the_reactions_on_its_message_counted() {
    let start = counted(&reaction(), NOW);
    assert_eq!(start.flow, "votes");
    let request = CountRequest {
        team_id: "T043DB835ML".to_owned(),
        channel_id: "C0VOTES".to_owned(),
        ts: "1767220000.000100".to_owned(),
        count_at: "2026-01-01T00:00:06Z".to_owned(),
    };
    assert_eq!(input::<CountRequest>(&start), request);
}

#[test]
fn all_reactions_within_a_time_are_one_execution() {
    let first = counted(&reaction(), NOW);
    assert_eq!(counted(&reaction_with("/event/type", "reaction_removed"), after(1)), first);
    assert_eq!(counted(&reaction_with("/event/user", "U0LEE"), after(2_500)), first);
    assert_eq!(counted(&reaction_with("/event/reaction", "eyes"), after(4_999)), first);
    assert_eq!(counted(&reaction_with("/event_id", "Ev0ANOTHER"), after(4_999)), first);
}

#[test]
fn the_next_time_is_another_execution() {
    let (first, next) = (counted(&reaction(), NOW), counted(&reaction(), after(5_000)));
    assert_ne!(next.name, first.name);
    assert_eq!(count_at(&next).as_second() - count_at(&first).as_second(), 5);
}

#[test]
fn each_message_is_an_execution_of_its_own() {
    let mut configuration = EXAMPLE.clone();
    configuration.votes.as_mut().unwrap().channels.insert("C0POLLS".to_owned());
    let payloads = [
        reaction(),
        reaction_with("/event/item/ts", "1767220000.000200"),
        reaction_with("/event/item/channel", "C0POLLS"),
        reaction_with("/team_id", "T0OTHER"),
    ];
    let name = |payload: &Value| started(routed_by(&configuration, payload, NOW)).name;
    assert_eq!(payloads.iter().map(name).collect::<BTreeSet<_>>().len(), payloads.len());
}

#[test]
fn nothing_else_is_counted() {
    let file = json!({ "type": "file", "file": "F0REPORT" });
    let file_in_channel = json!({ "type": "file", "file": "F0REPORT", "channel": "C0VOTES" });
    for item in [file, file_in_channel, json!({}), Value::Null] {
        assert_eq!(routed(&reaction_with("/event/item", item)), ignored(Ignored::NotCounted));
    }
    assert_eq!(routed(&reaction_with("/event/item/channel", "C0GENERAL")), ignored(Ignored::NotCounted));
    let switched_off = Configuration { votes: None, ..EXAMPLE.clone() };
    assert_eq!(routed_by(&switched_off, &reaction(), NOW), ignored(Ignored::SwitchedOff));
}

#[test]
fn a_missing_field_of_a_reaction_is_named() {
    for (pointer, path) in [("/event/item/ts", "event.item.ts"), ("/team_id", "team_id")] {
        assert_eq!(routed(&reaction_with(pointer, Value::Null)), missing(path));
    }
}

proptest! {
    #[test]
    fn a_count_is_made_after_every_reaction_that_it_is_for(
        now in 0..4_102_444_800_000_i64, wait in 0..600_000_i64, settle in 1..=300_i64
    ) {
        let mut configuration = EXAMPLE.clone();
        configuration.votes.as_mut().unwrap().settle_seconds = settle.unsigned_abs();
        let [now, later] = [now, now + wait].map(|time| Timestamp::from_millisecond(time).unwrap());
        let [first, second] = [now, later].map(|time| started(routed_by(&configuration, &reaction(), time)));

        prop_assert!(count_at(&first) > now && count_at(&second) > later);
        prop_assert!(count_at(&first).as_second() - now.as_second() <= settle + 1, "it comes late");
        prop_assert_eq!(first.name == second.name, count_at(&first) == count_at(&second));
        prop_assert_eq!(first.name == second.name, first == second);
    }
}
