//! What the DevOps bot says.

use std::{collections::BTreeSet, sync::LazyLock};

use ackflow_asl::StepError;
use ackflow_flows::{AwaitDecisionError, CheckDeployError, StartDeployError, TakeTurnError};
use ackflow_handlers::Message;
use ackflow_schemas::notice::Notice;
use proptest::prelude::*;
use regex::Regex;
use serde_json::{Value, json};

use super::{assert_distinct, check, check_text, name, text};

/// A notice, given what makes it up but for its id.
fn notice(mut notice: Value) -> Notice {
    notice["id"] = json!("T0TEAM-Ev0EVENT/State");
    serde_json::from_value(notice).unwrap()
}

fn order() -> Value {
    json!({
        "origin": {
            "team_id": "T0TEAM",
            "channel_id": "C0CHANNEL",
            "user_id": "U0ASKER",
            "thread_ts": "1795341600.000100",
        },
        "service": "api",
        "environment": "prod",
        "requested_at": "2026-11-22T10:00:00Z",
        "needs_approval": true,
        "patience_seconds": 86_400,
    })
}

fn decision(verdict: &str, user_id: Option<&str>) -> Value {
    json!({ "verdict": verdict, "user_id": user_id, "decided_at": "2026-11-22T10:04:30Z" })
}

fn reviewed(verdict: &str, user_id: Option<&str>) -> Value {
    json!({ "order": order(), "decision": decision(verdict, user_id) })
}

/// A deployment that was approved and took some time to end.
fn ended(result: Value) -> Notice {
    ended_at("2026-11-22T10:08:05Z", result)
}

fn ended_at(time: &str, result: Value) -> Notice {
    let mut report = reviewed("approved", Some("U0LEAD"));
    report["started_at"] = json!("2026-11-22T10:05:00Z");
    report["ended_at"] = json!(time);
    report["result"] = result;
    notice(json!({ "kind": "deploy_ended", "report": report }))
}

fn deployed_at(time: &str) -> Notice {
    ended_at(time, json!({ "result": "deployed", "link": "https://ci.example.com/api?env=prod&run=7" }))
}

/// A deployment that broke off.
fn failed(error: &str, cause: &str) -> Notice {
    let mut report = reviewed("not_needed", None);
    report["result"] = json!({ "result": "failed", "error": error, "cause": cause });
    notice(json!({ "kind": "deploy_ended", "report": report }))
}

fn not_approved(verdict: &str, user_id: Option<&str>) -> Notice {
    let mut report = reviewed(verdict, user_id);
    report["result"] = json!({ "result": "not_approved" });
    notice(json!({ "kind": "deploy_ended", "report": report }))
}

fn answered(answer: &Value) -> Notice {
    let reply = json!({ "origin": order()["origin"], "answer": answer });
    notice(json!({ "kind": "command_answered", "reply": reply }))
}

/// A press in vain, on the button of a deployment if there is one.
fn pressed(order: Option<&Value>, outcome: &Value) -> Notice {
    let press = json!({
        "approval": "T0TEAM-Ev0EVENT",
        "verdict": "approved",
        "team_id": "T0TEAM",
        "channel_id": "C0LEADS",
        "user_id": "U0PRESSER",
        "pressed_at": "2026-11-22T10:06:00Z",
    });
    let judged = json!({ "press": press, "order": order, "is_decided": false, "outcome": outcome });
    notice(json!({ "kind": "press_refused", "judged": judged }))
}

fn moderated(kind: &str, obstacle: Option<&str>) -> Notice {
    let case = json!({
        "team_id": "T0TEAM",
        "channel_id": "C0CHANNEL",
        "user_id": "U0AUTHOR",
        "ts": "1795341600.000100",
        "rule": "no-secrets",
        "explanation": "<@U0AUTHOR>, a token stood in it: <https://wiki.example.com/tokens|take it back>.",
        "moderators_channel": "C0MODS",
    });
    let permalink = obstacle.map(|_| "https://example.slack.com/archives/C0CHANNEL/p1795341600000100");
    let message = json!({ "case": case, "is_deleted": obstacle.is_none(), "obstacle": obstacle, "permalink": permalink });
    notice(json!({ "kind": kind, "message": message }))
}

fn welcomed(welcome: Option<&str>, channels: &[&str]) -> Notice {
    let missed = json!([{ "channel_id": "C0SECRET", "reason": "not_in_channel" }]);
    let newcomer = json!({
        "team_id": "T0TEAM",
        "user_id": "U0NEW",
        "welcome": welcome,
        "channels": channels,
        "missed": missed,
    });
    notice(json!({ "kind": "newcomer_welcomed", "newcomer": newcomer }))
}

fn counted(reactions: &[(&str, u64)]) -> Notice {
    let reactions: Vec<Value> =
        reactions.iter().map(|(name, count)| json!({ "name": name, "count": count })).collect();
    let tally = json!({
        "team_id": "T0TEAM",
        "channel_id": "C0CHANNEL",
        "ts": "1795341600.000100",
        "counted_at": "2026-11-22T10:00:05Z",
        "reactions": reactions,
        "is_gone": false,
    });
    notice(json!({ "kind": "votes_counted", "tally": tally }))
}

/// Each case and what is said of it, below each other.
fn lines<'a>(cases: impl IntoIterator<Item = (&'a str, Notice)>) -> String {
    let line =
        |(case, notice): (&str, Notice)| format!("{case}\n    {}", text(&notice).replace('\n', "\n    "));
    cases.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn commands_are_answered() {
    let commands = json!([
        { "command": "deploy stg SERVICE", "effect": "deploys a service to stg: api, web" },
        { "command": "help", "effect": "shows this" },
    ]);
    check("help", &answered(&json!({ "answer": "help", "commands": commands })));
    check("status_of_nothing", &answered(&json!({ "answer": "status", "deploys": [] })));
    let problem = "There is no service `<!channel>`: did you mean \"channels\"?";
    check("not_understood", &answered(&json!({ "answer": "not_understood", "problem": problem })));
}

#[test]
fn status_lists_what_runs_and_what_waits() {
    let open = |phase: &str, order: Value| json!({ "execution": "T0TEAM-Ev0EVENT", "order": order, "phase": phase, "until": "2026-12-24T10:00:00Z" });
    let mut by_slash_command = order();
    by_slash_command["origin"]["thread_ts"] = Value::Null;
    let deploys = json!([
        open("waits_for_approval", order()),
        open("runs", order()),
        open("waits_for_turn", by_slash_command),
        open("runs", order()),
    ]);
    check("status", &answered(&json!({ "answer": "status", "deploys": deploys })));
}

#[test]
fn an_approval_is_asked_for_and_shown() {
    let requested = json!({ "kind": "approval_requested", "approval": "T0TEAM-Ev0EVENT", "order": order() });
    check("approval_requested", &notice(requested));
    check("approval_awaited", &notice(json!({ "kind": "approval_awaited", "order": order() })));
    let decided = |verdict, user_id| {
        let request = "T0TEAM-Ev0EVENT/AskLeads";
        let reviewed = reviewed(verdict, user_id);
        notice(json!({ "kind": "approval_decided", "request": request, "reviewed": reviewed }))
    };
    check("approval_approved", &decided("approved", Some("U0LEAD")));
    check("approval_denied", &decided("denied", Some("U0LEAD")));
    check("approval_expired", &decided("expired", None));
}

#[test]
fn a_press_in_vain_is_explained() {
    let denied = json!({ "outcome": "too_late", "decision": decision("denied", Some("U0LEAD")) });
    let cases = [
        ("not an approver", pressed(Some(&order()), &json!({ "outcome": "not_an_approver" }))),
        ("own request", pressed(Some(&order()), &json!({ "outcome": "own_request" }))),
        ("decided before", pressed(Some(&order()), &denied)),
        ("too late", pressed(Some(&order()), &json!({ "outcome": "too_late" }))),
        ("not open", pressed(None, &json!({ "outcome": "not_open" }))),
    ];
    check_text("press_refused", &lines(cases));
}

#[test]
fn a_deployment_is_told_from_its_turn_to_its_end() {
    let cases = [
        ("waits", notice(json!({ "kind": "deploy_waits", "order": order() }))),
        ("started", notice(json!({ "kind": "deploy_started", "reviewed": reviewed("not_needed", None) }))),
        ("deployed", deployed_at("2026-11-22T10:05:42Z")),
        ("deployed, no link", ended(json!({ "result": "deployed" }))),
        (
            "failed",
            ended(
                json!({ "result": "failed", "error": "DeployFailed", "cause": "exit status 1:\nno image" }),
            ),
        ),
        ("denied", not_approved("denied", Some("U0LEAD"))),
        ("expired", not_approved("expired", None)),
    ];
    check_text("deployment", &lines(cases));
}

#[test]
fn how_long_a_deployment_took() {
    for (ended_at, took) in [
        ("2026-11-22T10:05:00.4Z", "*prod*, in 0 s. "),
        ("2026-11-22T10:05:59Z", "*prod*, in 59 s. "),
        ("2026-11-22T10:06:00Z", "*prod*, in 1 min 0 s. "),
        ("2026-11-22T12:10:00+00:00", "*prod*, in 2 h 5 min. "),
        // A clock that was set back, or none at all.
        ("2026-11-22T10:04:00Z", "*prod*. "),
        ("yesterday", "*prod*. "),
    ] {
        let text = text(&deployed_at(ended_at));
        assert!(text.contains(took), "{ended_at}: {text}");
    }
}

/// Everything that a deployment may break off with: the steps' own errors, and those of the platform.
fn deploy_errors() -> Vec<&'static str> {
    let take_turn = TakeTurnError::ALL.iter().map(|error| error.name());
    let start = StartDeployError::ALL.iter().map(|error| error.name());
    let check = CheckDeployError::ALL.iter().map(|error| error.name());
    let platform = ["DeployFailed", "States.Timeout", "Lambda.Unknown", "InvalidStepInput"];
    let all: BTreeSet<&str> = take_turn.chain(start).chain(check).chain(platform).collect();
    all.into_iter().collect()
}

#[test]
fn every_reason_a_deployment_fails_for() {
    let cases = deploy_errors().into_iter().map(|error| (error, failed(error, "What is known of it.")));
    check_text("deploy_failed", &lines(cases));
}

#[test]
fn every_error_of_a_deployment_has_a_text_of_its_own() {
    assert_distinct(&deploy_errors(), |error| text(&failed(error, "")));
}

#[test]
fn what_may_have_been_started_is_not_said_to_be_untouched() {
    for error in CheckDeployError::ALL {
        let text = text(&failed(error.name(), ""));
        assert!(!text.contains("Nothing was started"), "{text}");
        assert!(text.to_lowercase().contains("look at it before you try again"), "{text}");
    }
}

#[test]
fn what_nobody_approved_is_not_said_to_be_done() {
    let errors = AwaitDecisionError::ALL.iter().map(|error| error.name());
    for error in errors.chain(["Lambda.Unknown", "States.TaskFailed"]) {
        let mut report = reviewed("expired", None);
        report["result"] = json!({ "result": "failed", "error": error, "cause": "What operators read." });
        let text = text(&notice(json!({ "kind": "deploy_ended", "report": report })));
        assert!(text.contains("I did not deploy *api* to *prod*"), "{error}: {text}");
        assert!(!text.contains("operators read"), "{error}: {text}");
    }
}

#[test]
fn of_a_lambda_error_the_message_is_shown() {
    let said =
        |cause: &str| text(&failed("TargetRefused", cause)).split_once('\n').map(|(_, said)| said.to_owned());
    let cause = r#"{"errorType":"TargetRefused","errorMessage":"it answers 403 <Forbidden>"}"#;
    assert_eq!(said(cause).unwrap(), "> it answers 403 &lt;Forbidden&gt;");
    for cause in [r#"{"errorMessage":"cut o"#, r#"{"trace":[]}"#, "{}", " ", ""] {
        assert_eq!(said(cause), None, "{cause}");
    }
}

#[test]
fn what_broke_on_our_side_is_for_operators_only() {
    for error in ["States.Timeout", "Lambda.Unknown", "StorageUnavailable", "InvalidStepInput"] {
        let text = text(&failed(error, "What operators read."));
        assert!(!text.contains("operators read"), "{text}");
    }
}

#[test]
fn a_message_that_breaks_a_rule() {
    check("author_told_of_deletion", &moderated("author_told", None));
    check("author_told_of_report", &moderated("author_told", Some("no_user_token")));
    let obstacles = [
        "no_user_token",
        "cant_delete_message",
        "missing_scope",
        "token_revoked",
        "ekm_access_denied",
        "SlackRateLimited",
        "SlackUnavailable",
        "States.Timeout",
        "Lambda.Unknown",
    ];
    let cases = obstacles.map(|obstacle| (obstacle, moderated("moderators_told", Some(obstacle))));
    check_text("moderators_told", &lines(cases));
}

#[test]
fn people_are_greeted_and_guided() {
    let member = json!({
        "team_id": "T0TEAM",
        "channel_id": "C0CHANNEL",
        "user_id": "U0NEW",
        "guide": "<@U0NEW>, read the pinned *rules* of <#C0CHANNEL> first.",
    });
    let cases = [
        ("welcome and channels", welcomed(Some("Hello <@U0NEW>!"), &["C0GENERAL", "C0HELP"])),
        ("welcome", welcomed(Some("Hello <@U0NEW>!"), &[])),
        ("channels", welcomed(None, &["C0GENERAL"])),
        ("many channels", welcomed(None, &["C0GENERAL"; 25])),
        ("guide", notice(json!({ "kind": "member_guided", "member": member }))),
    ];
    check_text("people", &lines(cases));
}

#[test]
fn whom_nobody_greets_is_sent_nothing() {
    assert_eq!(text(&welcomed(None, &[])), "");
}

#[test]
fn votes_are_shown() {
    let cases = [
        ("some", counted(&[("+1", 3), ("+1::skin-tone-2", 2), ("-1", 1)])),
        ("none", counted(&[])),
        ("many kinds", counted(&[("tada", 1); 25])),
    ];
    check_text("votes", &lines(cases));
}

#[test]
fn an_address_that_breaks_out_of_its_link_is_no_link() {
    for address in [
        "https://evil.example|<!channel>",
        "https://evil.example> <@U0BOSS",
        "https://evil.example \u{202e}moc",
        "!channel",
        "@U0BOSS",
        "javascript:alert(1)",
    ] {
        let text = text(&ended(json!({ "result": "deployed", "link": address })));
        assert_eq!(text.matches('<').count(), 1, "only who asked is mentioned: {text}");
    }
}

/// Every notice, with `text` wherever somebody or a program may have written it, and `count` of what it lists. What the
/// operators wrote holds none.
fn every_notice(text: &str, count: usize) -> Vec<Notice> {
    let origin = json!({ "team_id": text, "channel_id": text, "user_id": text, "thread_ts": text });
    let order = json!({
        "origin": origin,
        "service": text,
        "environment": text,
        "requested_at": text,
        "needs_approval": true,
        "patience_seconds": u64::MAX,
    });
    let decision = json!({ "verdict": "denied", "user_id": text, "decided_at": text });
    let reviewed = json!({ "order": order, "decision": decision });
    let report = |result: Value| {
        let report = json!({ "order": order, "decision": decision, "started_at": text, "ended_at": text, "result": result });
        json!({ "kind": "deploy_ended", "report": report })
    };
    let answer = |answer: Value| json!({ "kind": "command_answered", "reply": { "origin": origin, "answer": answer } });
    let open = |phase: &str| json!({ "execution": text, "order": order, "phase": phase, "until": text });
    let deploys: Vec<Value> = ["runs", "waits_for_turn", "waits_for_approval"]
        .into_iter()
        .flat_map(|phase| vec![open(phase); count])
        .collect();
    let press = json!({ "approval": text, "verdict": "denied", "team_id": text, "channel_id": text, "user_id": text, "pressed_at": text });
    let refused = |outcome: Value| {
        let judged = json!({ "press": press, "order": order, "is_decided": false, "outcome": outcome });
        json!({ "kind": "press_refused", "judged": judged })
    };
    let case = json!({
        "team_id": text,
        "channel_id": text,
        "user_id": text,
        "ts": text,
        "rule": text,
        "explanation": "Be kind.",
        "moderators_channel": text,
    });
    let message = json!({ "case": case, "is_deleted": false, "obstacle": text, "permalink": text });
    let newcomer = json!({
        "team_id": text,
        "user_id": text,
        "welcome": "Hello!",
        "channels": vec![text; count],
        "missed": [],
    });
    let reactions = vec![json!({ "name": text, "count": u64::MAX }); count];
    let tally = json!({ "team_id": text, "channel_id": text, "ts": text, "counted_at": text, "reactions": reactions, "is_gone": false });
    let lambda_error = json!({ "errorType": text, "errorMessage": text }).to_string();
    let commands = vec![json!({ "command": text, "effect": text }); count];
    let notices = vec![
        answer(json!({ "answer": "help", "commands": commands })),
        answer(json!({ "answer": "status", "deploys": deploys })),
        answer(json!({ "answer": "not_understood", "problem": text })),
        json!({ "kind": "approval_requested", "approval": "T0TEAM-Ev0EVENT", "order": order }),
        json!({ "kind": "approval_awaited", "order": order }),
        json!({ "kind": "approval_decided", "request": text, "reviewed": reviewed }),
        json!({ "kind": "deploy_waits", "order": order }),
        json!({ "kind": "deploy_started", "reviewed": reviewed }),
        report(json!({ "result": "deployed", "link": text })),
        report(json!({ "result": "failed", "error": "DeployFailed", "cause": text })),
        report(json!({ "result": "failed", "error": "DeployUncertain", "cause": lambda_error })),
        report(json!({ "result": "failed", "error": text, "cause": text })),
        report(json!({ "result": "not_approved" })),
        refused(json!({ "outcome": "not_an_approver" })),
        refused(json!({ "outcome": "too_late", "decision": decision })),
        json!({ "kind": "author_told", "message": message }),
        json!({ "kind": "moderators_told", "message": message }),
        json!({ "kind": "newcomer_welcomed", "newcomer": newcomer }),
        json!({ "kind": "votes_counted", "tally": tally }),
        json!({ "kind": "operations", "subject": text, "text": text }),
    ];
    notices.into_iter().map(notice).collect()
}

/// The links that status has of its own, whatever the ids in them are.
static THREAD_LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<https://app\.slack\.com/client/[^<>|]*\|thread>").unwrap());

/// The longest text in these blocks, in characters.
fn longest_text(blocks: &[Value]) -> usize {
    let elements = blocks.iter().flat_map(|block| block["elements"].as_array().into_iter().flatten());
    let texts = blocks
        .iter()
        .chain(elements)
        .filter_map(|part| part["text"]["text"].as_str().or_else(|| part["text"].as_str()));
    texts.map(|text| text.chars().count()).max().unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The `!` keeps the text from being an id or an address, which may stand in a mention or a link.
    #[test]
    fn no_text_can_ping_or_link(before in name(), mark in "(<!channel>|<@U0BOSS>|<https://evil|here>)?", after in name()) {
        let text = format!("!{before}{mark}{after}");
        for notice in every_notice(&text, 2) {
            let Message { text, blocks } = ackflow_handlers::message(&notice);
            for said in [text, serde_json::to_string(&blocks).unwrap()] {
                prop_assert!(!THREAD_LINK.replace_all(&said, "").contains('<'), "{}", said);
            }
        }
    }

    #[test]
    fn a_message_is_never_longer_than_slack_takes(text in "[&<]{60,1200}|.{0,10}", count in 0..30_usize) {
        for notice in every_notice(&text, count) {
            let Message { text, blocks } = ackflow_handlers::message(&notice);
            prop_assert!(text.chars().count() <= 40_000, "{}", text);
            prop_assert!(blocks.len() <= 50 && longest_text(&blocks) <= 3_000, "{:?}", blocks);
        }
    }
}
