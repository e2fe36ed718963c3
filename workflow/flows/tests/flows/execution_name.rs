//! The names of executions: one for each event, within what Step Functions takes.

use proptest::prelude::*;

use crate::payloads::{started, two_files};

fn name(team: &str, event: &str) -> String {
    let mut payload = two_files();
    payload["team_id"] = team.into();
    payload["event_id"] = event.into();
    started(&payload).name
}

/// Ids as Slack makes them, ids that look alike, and anything at all.
fn id() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Z0-9]{1,14}", "[A-B-]{1,4}", "[A-Z0-9]{30,60}", "(?s).{1,20}"]
}

#[test]
fn a_name_tells_team_and_event() {
    assert_eq!(name("T043DB835ML", "Ev04EEHX2PSS"), "T043DB835ML-Ev04EEHX2PSS");
}

proptest! {
    #[test]
    fn a_name_is_one_that_step_functions_takes(team in id(), event in id()) {
        let name = name(&team, &event);
        prop_assert!((1..=80).contains(&name.len()), "{name}");
        prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{name}");
    }

    #[test]
    fn the_same_event_always_has_the_same_name(team in id(), event in id()) {
        prop_assert_eq!(name(&team, &event), name(&team, &event));
    }

    #[test]
    fn different_events_have_different_names(one in (id(), id()), other in (id(), id())) {
        prop_assume!(one != other);
        prop_assert_ne!(name(&one.0, &one.1), name(&other.0, &other.1));
    }

    #[test]
    fn moving_the_border_between_the_ids_changes_the_name(ids in "[A-B-]{3,6}", one in 1..3_usize, other in 1..3_usize) {
        prop_assume!(one != other);
        let (a, b) = (ids.split_at(one), ids.split_at(other));
        prop_assert_ne!(name(a.0, a.1), name(b.0, b.1));
    }
}
