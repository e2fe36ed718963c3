//! Presses on the buttons of an approval.

use std::collections::BTreeSet;

use ackflow_flows::{Ignored, RouteError, Routing, route_press};
use ackflow_schemas::{
    devops::{ApprovalPress, Verdict},
    slack::Interaction,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use crate::example::{NOW, ignored, input, missing, started};

/// A lead presses Approve.
fn press() -> Value {
    json!({
        "type": "block_actions",
        "user": { "id": "U0LEAD1", "username": "lee", "name": "lee", "team_id": "T043DB835ML" },
        "api_app_id": "A0442TUPHGR",
        "token": "legacy-token",
        "container": { "type": "message", "message_ts": "1767225500.000100", "channel_id": "C0LEADS" },
        "trigger_id": "12466734323.1395872398",
        "team": { "id": "T043DB835ML", "domain": "example" },
        "enterprise": null,
        "is_enterprise_install": false,
        "channel": { "id": "C0LEADS", "name": "leads" },
        "message": { "type": "message", "ts": "1767225500.000100", "text": "Deploy api to prod?" },
        "response_url": "https://hooks.slack.com/actions/T043DB835ML/1/hush",
        "actions": [{
            "action_id": "approve_deploy",
            "block_id": "aZ9",
            "text": { "type": "plain_text", "text": "Approve" },
            "value": "T043DB835ML-Ev04EEHX2PSS",
            "style": "primary",
            "type": "button",
            "action_ts": "1767225599.000100",
        }],
    })
}

/// The press with one field set, or taken away by null.
fn press_with(pointer: &str, value: impl Into<Value>) -> Value {
    let mut payload = press();
    *payload.pointer_mut(pointer).unwrap() = value.into();
    payload
}

fn routed(payload: &Value) -> Result<Routing, RouteError> {
    routed_at(payload, NOW)
}

fn routed_at(payload: &Value, now: Timestamp) -> Result<Routing, RouteError> {
    let body = Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish();
    route_press(Interaction::parse(body.as_bytes()).unwrap(), now)
}

#[test]
fn a_press_carries_its_verdict_to_the_deployment_that_waits() {
    for (action, verdict) in [("approve_deploy", Verdict::Approved), ("deny_deploy", Verdict::Denied)] {
        let start = started(routed(&press_with("/actions/0/action_id", action)));
        assert_eq!(start.flow, "approvals");
        let pressed = ApprovalPress {
            approval: "T043DB835ML-Ev04EEHX2PSS".to_owned(),
            verdict,
            team_id: "T043DB835ML".to_owned(),
            channel_id: "C0LEADS".to_owned(),
            user_id: "U0LEAD1".to_owned(),
            pressed_at: "2026-01-01T00:00:00Z".to_owned(),
        };
        assert_eq!(input::<ApprovalPress>(&start), pressed);
        assert!(!start.input.get().contains("hush"), "{}", start.input);
    }
}

#[test]
fn our_button_is_found_among_others() {
    let mut payload = press();
    payload["actions"].as_array_mut().unwrap().insert(0, json!({ "action_id": "open_dashboard" }));
    assert_eq!(routed(&payload), routed(&press()));
}

#[test]
fn the_same_press_is_one_execution_and_another_press_another() {
    let first = started(routed(&press()));
    let again = started(routed_at(&press(), NOW + SignedDuration::from_secs(60)));
    assert_eq!(again.name, first.name);

    let payloads = [
        press(),
        press_with("/user/id", "U0LEAD2"),
        press_with("/actions/0/action_ts", "1767225599.000200"),
        press_with("/actions/0/value", "T043DB835ML-Ev0ANOTHER"),
        press_with("/team/id", "T0OTHER"),
    ];
    let names: BTreeSet<String> = payloads.iter().map(|payload| started(routed(payload)).name).collect();
    assert_eq!(names.len(), payloads.len());
}

#[test]
fn a_user_has_a_workspace_where_the_app_has_none() {
    let start = started(routed(&press_with("/team", Value::Null)));
    assert_eq!(input::<ApprovalPress>(&start).team_id, "T043DB835ML");
}

#[test]
fn what_is_no_button_of_ours_is_ignored() {
    let other = press_with("/actions/0/action_id", "open_dashboard");
    assert_eq!(routed(&other), ignored(Ignored::OtherAction));
    assert_eq!(routed(&press_with("/actions", json!([]))), ignored(Ignored::OtherAction));
    for kind in ["view_submission", "message_action", "brand_new"] {
        assert_eq!(routed(&press_with("/type", kind)), ignored(Ignored::OtherType));
    }
}

#[test]
fn a_missing_field_of_a_press_is_named() {
    let cases = [
        ("/actions/0/value", "actions[0].value"),
        ("/actions/0/action_ts", "actions[0].action_ts"),
        ("/user", "user"),
        ("/channel", "channel.id"),
    ];
    for (pointer, path) in cases {
        assert_eq!(routed(&press_with(pointer, Value::Null)), missing(path));
    }
    assert_eq!(routed(&press_with("/actions/0/value", "")), missing("actions[0].value"));
    let mut nowhere = press_with("/team", Value::Null);
    nowhere["user"]["team_id"] = Value::Null;
    assert_eq!(routed(&nowhere), missing("team.id"));
}

proptest! {
    #[test]
    fn whatever_a_button_holds_it_has_an_execution(value in "(?s).{1,300}", user in "(?s).{1,30}") {
        let mut payload = press_with("/actions/0/value", &*value);
        payload["user"]["id"] = user.into();
        let start = started(routed(&payload));
        prop_assert_eq!(input::<ApprovalPress>(&start).approval, value);
    }
}
