//! Every notice that a flow publishes is one that the notifier can read.

use std::collections::BTreeSet;

use ackflow_asl::{Scope, Seed, Template};
use ackflow_schemas::notice::Notice;
use serde_json::{Value, json};

use crate::consistency::states;

/// The schema of all notices.
const SCHEMA: &str = include_str!("../../../../schemas/notice/notice.json");

/// The execution that publishes.
const EXECUTION: &str = "T043DB835ML-Ev04EEHX2PSS";

/// The data that reaches a publishing state.
fn data(state: &str) -> Value {
    let order = json!({
        "origin": { "team_id": "T043DB835ML", "channel_id": "C0OPS", "user_id": "U0DANA" },
        "service": "api",
        "environment": "prod",
        "requested_at": "2026-01-01T00:00:00Z",
        "needs_approval": true,
        "patience_seconds": 86_400,
        "leads_channel": "C0LEADS",
    });
    let decision =
        json!({ "verdict": "approved", "user_id": "U0LEAD1", "decided_at": "2026-01-01T00:01:00Z" });
    let failure = json!({ "Error": "StorageUnavailable", "Cause": "The bucket can't be used for now." });
    match state {
        "NotifyThread" => json!({ "message": message(), "tags": ["finance"], "saved": [], "failed": [] }),
        "NotifyDelay" => json!({ "message": message(), "files": [], "failure": failure }),
        "TellAnswer" => json!({ "origin": order["origin"], "answer": { "answer": "status", "deploys": [] } }),
        "AskLeads" | "TellApprovalAwaited" => json!({ "order": order }),
        "ShowDecision" | "TellDeployStarted" => json!({ "order": order, "decision": decision }),
        "TellDeployWaits" => json!({ "order": order, "decision": decision, "failure": failure }),
        "TellDeployEnded" => {
            json!({ "order": order, "decision": decision, "result": { "result": "deployed" } })
        }
        "RefusePress" => {
            json!({ "press": press(), "is_decided": false, "outcome": { "outcome": "not_an_approver" } })
        }
        "TellModerators" | "TellAuthor" => json!({ "case": case(), "is_deleted": false }),
        "WelcomeNewcomer" => {
            json!({ "team_id": "T043DB835ML", "user_id": "U0NEW", "channels": ["C0GENERAL"], "missed": [] })
        }
        "GuideMember" => json!({
            "team_id": "T043DB835ML",
            "channel_id": "C0ALERTS",
            "user_id": "U0NEW",
            "guide": "Alerts are for whoever is on call.",
        }),
        "ShowVotes" => json!({
            "team_id": "T043DB835ML",
            "channel_id": "C0VOTES",
            "ts": "1767220000.000100",
            "counted_at": "2026-01-01T00:00:06Z",
            "reactions": [{ "name": "thumbsup", "count": 2 }],
            "is_gone": false,
        }),
        other => panic!("{other} publishes a notice: say here what data reaches it"),
    }
}

fn message() -> Value {
    json!({
        "event_id": "Ev04EEHX2PSS",
        "team_id": "T043DB835ML",
        "channel_id": "C043YJGBY49",
        "user_id": "U0DANA",
        "ts": "1767225599.000100",
        "text": "Q3 figures #finance",
        "posted_at": "2025-12-31T23:59:59.0001Z",
    })
}

fn press() -> Value {
    json!({
        "approval": EXECUTION,
        "verdict": "denied",
        "team_id": "T043DB835ML",
        "channel_id": "C0LEADS",
        "user_id": "U0DANA",
        "pressed_at": "2026-01-01T00:00:00Z",
    })
}

fn case() -> Value {
    json!({
        "team_id": "T043DB835ML",
        "channel_id": "C0GENERAL",
        "user_id": "U0DANA",
        "ts": "1767225599.000100",
        "rule": "job offers",
        "explanation": "Job offers do not belong here.",
        "moderators_channel": "C0MODS",
    })
}

/// What each publishing state sends, by the state's name.
fn published() -> Vec<(String, Value)> {
    let publishing =
        states().into_iter().filter(|(_, state)| state["Resource"] == "arn:aws:states:::sns:publish");
    let message = |(name, state): (String, Value)| {
        let template = Template::new(state["Parameters"]["Message"].clone()).unwrap();
        let context = json!({ "Execution": { "Name": EXECUTION }, "State": { "Name": name } });
        let (data, seed) = (data(&name), Seed::new(0));
        let scope = Scope::new(&data, &context, &seed);
        let message = template.render("Parameters", &scope).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, message)
    };
    publishing.map(message).collect()
}

#[test]
fn every_notice_can_be_read_and_loses_nothing() {
    for (name, message) in published() {
        let notice: Notice =
            serde_json::from_value(message.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(serde_json::to_value(&notice).unwrap(), message, "{name}");
        assert_eq!(message["id"], format!("{EXECUTION}/{name}"));
    }
}

#[test]
fn every_kind_of_notice_is_published_but_the_operations_own() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let kind = |schema: &Value| schema["properties"]["kind"]["const"].as_str().unwrap().to_owned();
    let mut kinds: BTreeSet<String> = schema["oneOf"].as_array().unwrap().iter().map(kind).collect();
    assert!(kinds.remove("operations"), "no flow publishes it");
    let published: BTreeSet<String> =
        published().iter().map(|(_, message)| message["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(published, kinds);
}

#[test]
fn an_approval_is_known_by_the_execution_that_waits_and_its_request_by_its_notice() {
    let published = published();
    let sent = |state: &str| &published.iter().find(|(name, _)| name == state).unwrap().1;
    assert_eq!(sent("AskLeads")["approval"], EXECUTION);
    assert_eq!(sent("ShowDecision")["request"], sent("AskLeads")["id"]);
}
