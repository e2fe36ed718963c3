//! A sample of every document of the DevOps flows: read, written, valid, and as strict as its schema.

use ackflow_schemas::devops::{
    Answer, Approval, ApprovalPress, CommandAnswer, CommandRequest, CountRequest, DeployBoard, DeployReport,
    DeployRequest, DeployResult, DeployRun, GuidedMember, JudgedPress, ModeratedMessage, Newcomer,
    PressOutcome, Question, ReviewedDeploy, Tally, WelcomedNewcomer,
};
use ackflow_schemas::notice::Notice;
use serde_json::{Value, json};

use crate::documents::check;

fn origin() -> Value {
    json!({ "team_id": "T1", "channel_id": "C1", "user_id": "U1", "thread_ts": "1670631527.874149" })
}

fn order() -> Value {
    json!({
        "origin": origin(), "service": "api", "environment": "prod",
        "requested_at": "2026-11-22T10:00:00Z", "needs_approval": true, "patience_seconds": 86400,
        "leads_channel": "C0LEADS",
    })
}

fn decision() -> Value {
    json!({ "verdict": "approved", "user_id": "U0LEAD1", "decided_at": "2026-11-22T10:05:00Z" })
}

fn reviewed() -> Value {
    json!({ "order": order(), "decision": decision() })
}

fn report() -> Value {
    json!({
        "order": order(), "decision": decision(), "started_at": "2026-11-22T10:05:01Z",
        "ended_at": "2026-11-22T10:05:43Z", "result": { "result": "deployed", "link": "https://example.com" },
    })
}

fn press() -> Value {
    json!({
        "approval": "T1-Ev1", "verdict": "denied", "team_id": "T1", "channel_id": "C0LEADS",
        "user_id": "U0LEAD1", "pressed_at": "2026-11-22T10:05:00Z",
    })
}

fn case() -> Value {
    json!({
        "team_id": "T1", "channel_id": "C1", "user_id": "U1", "ts": "1670631527.874149", "rule": "tokens",
        "explanation": "No tokens here.", "moderators_channel": "C0MODS",
    })
}

#[test]
fn commands_and_answers() {
    for question in [
        json!({ "question": "help" }),
        json!({ "question": "status" }),
        json!({ "question": "not_understood", "problem": "There is no service `apii`." }),
    ] {
        check::<Question>("devops/question", &question);
        check::<CommandRequest>(
            "devops/command_request",
            &json!({ "origin": origin(), "question": question }),
        );
    }
    let open = json!({
        "execution": "T1-Ev1", "order": order(), "phase": "waits_for_turn", "until": "2026-11-25T10:00:00Z",
    });
    check::<DeployBoard>("devops/deploy_board", &json!({ "deploys": [open.clone()] }));
    for answer in [
        json!({ "answer": "help", "commands": [{ "command": "help", "effect": "shows this" }] }),
        json!({ "answer": "status", "deploys": [open] }),
        json!({ "answer": "not_understood", "problem": "What?" }),
    ] {
        check::<Answer>("devops/answer", &answer);
        check::<CommandAnswer>("devops/command_answer", &json!({ "origin": origin(), "answer": answer }));
    }
}

#[test]
fn deployments() {
    check::<DeployRequest>("devops/deploy_request", &json!({ "order": order() }));
    check::<ReviewedDeploy>("devops/reviewed_deploy", &reviewed());
    check::<DeployReport>("devops/deploy_report", &report());
    for result in [
        json!({ "result": "deployed", "link": "https://example.com" }),
        json!({ "result": "failed", "error": "DeployFailed", "cause": "It ended with 3." }),
        json!({ "result": "not_approved" }),
    ] {
        check::<DeployResult>("devops/deploy_result", &result);
    }
    let run = json!({
        "order": order(), "decision": decision(), "started_at": "2026-11-22T10:05:01Z", "handle": "build-1",
        "result": { "result": "not_approved" },
    });
    check::<DeployRun>("devops/deploy_run", &run);
}

#[test]
fn approvals() {
    check::<ApprovalPress>("devops/approval_press", &press());
    let approval = json!({ "order": order(), "token": "t", "decision": decision(), "press": "T1-Ev2" });
    check::<Approval>("devops/approval", &approval);
    for outcome in [
        json!({ "outcome": "decided" }),
        json!({ "outcome": "not_an_approver" }),
        json!({ "outcome": "own_request" }),
        json!({ "outcome": "not_open" }),
        json!({ "outcome": "too_late", "decision": decision() }),
    ] {
        check::<PressOutcome>("devops/press_outcome", &outcome);
        let judged = json!({ "press": press(), "order": order(), "is_decided": false, "outcome": outcome });
        check::<JudgedPress>("devops/judged_press", &judged);
    }
}

#[test]
fn people_messages_and_votes() {
    let moderated = json!({
        "case": case(), "is_deleted": false, "obstacle": "cant_delete_message",
        "permalink": "https://example.slack.com/archives/C1/p1670631527874149",
    });
    check::<ModeratedMessage>("devops/moderated_message", &moderated);
    check::<Newcomer>("devops/newcomer", &json!({ "team_id": "T1", "user_id": "U9" }));
    let welcomed = json!({
        "team_id": "T1", "user_id": "U9", "welcome": "Hello <@U9>", "channels": ["C1"],
        "missed": [{ "channel_id": "C2", "reason": "not_in_channel" }],
    });
    check::<WelcomedNewcomer>("devops/welcomed_newcomer", &welcomed);
    let guided = json!({ "team_id": "T1", "channel_id": "C1", "user_id": "U9", "guide": "Read this." });
    check::<GuidedMember>("devops/guided_member", &guided);
    let count = json!({
        "team_id": "T1", "channel_id": "C1", "ts": "1670631527.874149", "count_at": "2026-11-22T10:00:06Z",
    });
    check::<CountRequest>("devops/count_request", &count);
    let tally = json!({
        "team_id": "T1", "channel_id": "C1", "ts": "1670631527.874149", "is_gone": false,
        "counted_at": "2026-11-22T10:00:06Z", "reactions": [{ "name": "+1", "count": 3 }],
    });
    check::<Tally>("devops/tally", &tally);
    check::<Notice>("notice/notice", &json!({ "kind": "votes_counted", "id": "x", "tally": tally }));
}

#[test]
fn what_is_announced_of_deployments() {
    for notice in [
        json!({ "kind": "approval_requested", "id": "x", "approval": "T1-Ev1", "order": order() }),
        json!({ "kind": "approval_awaited", "id": "x", "order": order() }),
        json!({ "kind": "approval_decided", "id": "x", "request": "T1-Ev1/AskLeads", "reviewed": reviewed() }),
        json!({ "kind": "deploy_waits", "id": "x", "order": order() }),
        json!({ "kind": "deploy_started", "id": "x", "reviewed": reviewed() }),
        json!({ "kind": "deploy_ended", "id": "x", "report": report() }),
    ] {
        check::<Notice>("notice/notice", &notice);
    }
}
