//! The three paths that Slack posts to: what each takes, and what it answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::Arc,
};

use ackflow_flows::{Configuration, StartRequest};
use ackflow_handlers::{Ingest, IngestSettings, LedgerIntake, MAX_BODY_BYTES, router, signature::sign};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

use crate::{
    fake_ports::{Engine, Events, Health, Topic, VirtualClock},
    orders::configuration,
    request::{NOW, Reply, SECRET, handshake, message_with_file, settings},
    snapshots,
};

const EVENTS: &str = "/slack/events";
const INTERACTIVITY: &str = "/slack/interactivity";
const COMMANDS: &str = "/slack/commands";

/// Ingest where deployments are configured, and its ports.
struct Doors {
    ledger: Arc<Events>,
    engine: Arc<Engine>,
    router: Router,
}

impl Doors {
    fn new() -> Self {
        Self::with(settings(&[SECRET]), configuration())
    }

    fn with(settings: IngestSettings, configuration: Arc<Configuration>) -> Self {
        let (ledger, engine, topic) =
            (Arc::<Events>::default(), Arc::<Engine>::default(), Arc::<Topic>::default());
        let intake = LedgerIntake::new(ledger.clone(), engine.clone(), topic.clone());
        let clock = Arc::new(VirtualClock::at(NOW));
        let ingest = Ingest::new(settings, configuration, Arc::new(intake), topic, clock);
        Self { ledger, engine, router: router(Arc::new(ingest)) }
    }

    /// Posts a body that is signed now.
    async fn post(&self, path: &str, body: &str) -> Reply {
        self.post_signed(path, body, Some((SECRET, NOW))).await
    }

    /// Posts a body that is signed with a secret at a time, or not at all.
    async fn post_signed(&self, path: &str, body: &str, signed: Option<(&str, i64)>) -> Reply {
        let mut request = Request::post(path);
        if let Some((secret, timestamp)) = signed {
            let signature = sign(&SecretString::from(secret), timestamp, body.as_bytes());
            request =
                request.header("x-slack-request-timestamp", timestamp).header("x-slack-signature", signature);
        }
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("the router never fails");
        let status = response.status().as_u16();
        let no_retry = response.headers().get("x-slack-no-retry").is_some_and(|value| value == "1");
        let body = to_bytes(response.into_body(), 4096).await.expect("a short answer");
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).expect("an answer in JSON")
        };
        Reply { status, no_retry, body }
    }

    fn executions(&self) -> Vec<StartRequest> {
        self.engine.executions()
    }

    /// The flows whose executions exist.
    fn flows(&self) -> Vec<String> {
        self.executions().into_iter().map(|execution| execution.flow).collect()
    }

    /// Whether nothing is kept of what was posted.
    fn are_empty(&self) -> bool {
        self.ledger.all().is_empty() && self.executions().is_empty()
    }
}

type Fields<'a> = BTreeMap<&'a str, &'a str>;

fn form(fields: &Fields<'_>) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A form with one field that is a payload.
fn payload(payload: &Value) -> String {
    form(&Fields::from([("payload", &*payload.to_string())]))
}

/// Somebody presses Approve.
fn press() -> Value {
    json!({
        "type": "block_actions",
        "token": "legacy-token",
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
        "response_url": "https://hooks.slack.com/actions/T0TEAM/1/hush",
        "team": { "id": "T0TEAM", "domain": "acme" },
        "user": { "id": "U0LEAD", "username": "lea", "team_id": "T0TEAM" },
        "channel": { "id": "C0LEADS", "name": "leads" },
        "actions": [{
            "action_id": "approve_deploy",
            "block_id": "approval",
            "type": "button",
            "value": "T0TEAM-Ev0EVENT",
            "action_ts": "1670631529.000100",
        }],
    })
}

/// A payload with one field set; null takes it away.
fn with(mut payload: Value, pointer: &str, value: Value) -> Value {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer has a slash");
    let parent = payload.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    if value.is_null() {
        parent.remove(field);
    } else {
        parent.insert(field.to_owned(), value);
    }
    payload
}

/// Somebody types a command.
fn command<'a>(command: &'a str, text: &'a str) -> Fields<'a> {
    Fields::from([
        ("token", "legacy-token"),
        ("team_id", "T0TEAM"),
        ("team_domain", "acme"),
        ("channel_id", "C0CHANNEL"),
        ("user_id", "U0ASKER"),
        ("command", command),
        ("text", text),
        ("response_url", "https://hooks.slack.com/commands/T0TEAM/1/hush"),
        ("trigger_id", "13345224609.738474920.8088930838d88f008e0"),
    ])
}

fn typed(text: &str) -> String {
    form(&command("/deploy", text))
}

/// Something wanted at each door.
fn wanted() -> [(&'static str, String); 3] {
    [
        (EVENTS, message_with_file().to_string()),
        (INTERACTIVITY, payload(&press())),
        (COMMANDS, typed("stg api")),
    ]
}

/// The table of answers in the making.
#[derive(Default)]
struct Table(String);

impl Table {
    /// Posts a body, and writes down the answer and what was started.
    async fn row(&mut self, request: &str, path: &str, body: &str) {
        let doors = Doors::new();
        let reply = doors.post(path, body).await;
        let no_retry = if reply.no_retry { " (x-slack-no-retry)" } else { "" };
        let answer = if reply.body.is_null() { "no body".to_owned() } else { reply.body.to_string() };
        writeln!(self.0, "{path}: {request}\n    {}{no_retry} {answer}", reply.status).unwrap();
        for execution in doors.executions() {
            writeln!(self.0, "    engine: {} {}", execution.flow, execution.input.get()).unwrap();
        }
    }

    /// A row for each field that a form of a command lacks.
    async fn rows_without(&mut self, fields: [&str; 5]) {
        for field in fields {
            let mut command = command("/deploy", "stg api");
            command.remove(field);
            self.row(&format!("a command without its {field}"), COMMANDS, &form(&command)).await;
        }
    }
}

#[tokio::test]
async fn every_request_is_answered_as_slack_reads_it_there() {
    let mut table = Table::default();
    table.row("Approve", INTERACTIVITY, &payload(&press())).await;
    let deny = with(press(), "/actions/0/action_id", json!("deny_deploy"));
    table.row("Deny", INTERACTIVITY, &payload(&deny)).await;
    let other = with(press(), "/actions/0/action_id", json!("open_menu"));
    table.row("another button", INTERACTIVITY, &payload(&other)).await;
    let view = json!({ "type": "view_submission" });
    table.row("another interaction", INTERACTIVITY, &payload(&view)).await;
    for field in ["/user", "/channel", "/actions", "/actions/0/value", "/actions/0/action_ts"] {
        let body = payload(&with(press(), field, Value::Null));
        table.row(&format!("a press without {field}"), INTERACTIVITY, &body).await;
    }
    let no_team = with(with(press(), "/team", Value::Null), "/user/team_id", Value::Null);
    table.row("a press without a workspace", INTERACTIVITY, &payload(&no_team)).await;
    table.row("no payload", INTERACTIVITY, "token=x").await;
    table.row("a payload that is no JSON", INTERACTIVITY, "payload=hello").await;
    table.row("a payload that is no object", INTERACTIVITY, "payload=%5B1%5D").await;
    table.row("a payload that is no UTF-8", INTERACTIVITY, "payload=%22%FF").await;
    table.row("an empty body", INTERACTIVITY, "").await;

    table.row("a deployment", COMMANDS, &typed("stg api")).await;
    table.row("help", COMMANDS, &typed("help")).await;
    table.row("nothing", COMMANDS, &typed("")).await;
    table.row("a service that there is not", COMMANDS, &typed("stg apo")).await;
    table.row("another command", COMMANDS, &form(&command("/weather", "tomorrow"))).await;
    table.row("Slack looks whether somebody is there", COMMANDS, "ssl_check=1&token=legacy-token").await;
    table.rows_without(["command", "team_id", "channel_id", "user_id", "trigger_id"]).await;
    table.row("JSON", COMMANDS, r#"{"command":"/deploy"}"#).await;
    table.row("an empty body", COMMANDS, "").await;
    snapshots("acknowledgement").bind(|| insta::assert_snapshot!("interactivity_and_commands", table.0));
}

#[tokio::test]
async fn every_door_checks_the_signature() {
    for (path, body) in wanted() {
        for signed in [None, Some(("another", NOW)), Some((SECRET, NOW - 360)), Some((SECRET, NOW + 360))] {
            let doors = Doors::new();
            let reply = doors.post_signed(path, &body, signed).await;
            assert_eq!(reply.status, 401, "{path}: {signed:?}");
            assert!(doors.are_empty(), "{path}: {signed:?}");
        }
    }
    let check = Doors::new().post_signed(COMMANDS, "ssl_check=1", None).await;
    assert_eq!(check.status, 401, "nobody else learns that somebody is there");
}

#[tokio::test]
async fn every_door_checks_the_legacy_token_where_one_is_configured() {
    let doors = |token: &str| {
        let verification_token = Some(SecretString::from(token));
        Doors::with(IngestSettings { verification_token, ..settings(&[SECRET]) }, configuration())
    };
    for (path, body) in wanted() {
        let (right, wrong) = (doors("legacy-token"), doors("another-token"));
        assert_eq!(right.post(path, &body).await.status, 200, "{path}");
        assert_eq!(wrong.post(path, &body).await.status, 401, "{path}");
        assert!(wrong.are_empty(), "{path}");
    }
}

#[tokio::test]
async fn only_the_door_of_events_answers_the_handshake() {
    let body = handshake().to_string();
    for signed in [Some((SECRET, NOW)), Some(("another", NOW)), None] {
        let reply = Doors::new().post_signed(EVENTS, &body, signed).await;
        assert_eq!((reply.status, &reply.body["challenge"]), (200, &handshake()["challenge"]), "{signed:?}");
        for path in [INTERACTIVITY, COMMANDS] {
            let doors = Doors::new();
            let reply = doors.post_signed(path, &body, signed).await;
            assert_eq!(reply.body.get("challenge"), None, "{path}: {signed:?}");
            assert!(doors.are_empty(), "{path}: {signed:?}");
        }
    }
}

#[tokio::test]
async fn every_door_keeps_to_the_limit() {
    for path in [EVENTS, INTERACTIVITY, COMMANDS] {
        let reply = Doors::new().post(path, &"x".repeat(MAX_BODY_BYTES + 1)).await;
        assert_eq!((reply.status, reply.no_retry), (413, true), "{path}");
    }
}

#[tokio::test]
async fn a_press_starts_its_flow_and_nothing_is_shown_of_it() {
    let doors = Doors::new();
    let reply = doors.post(INTERACTIVITY, &payload(&press())).await;
    assert_eq!(reply, Reply { status: 200, no_retry: false, body: Value::Null });
    assert_eq!(doors.flows(), ["approvals"]);
    let input: Value = serde_json::from_str(doors.executions()[0].input.get()).unwrap();
    let expected = json!({
        "approval": "T0TEAM-Ev0EVENT",
        "verdict": "approved",
        "team_id": "T0TEAM",
        "channel_id": "C0LEADS",
        "user_id": "U0LEAD",
        "pressed_at": "2022-12-10T00:18:50Z",
    });
    assert_eq!(input, expected);
}

#[tokio::test]
async fn whoever_types_a_command_alone_reads_the_answer() {
    let doors = Doors::new();
    let switched_off = Doors::with(settings(&[SECRET]), Arc::default());
    for (doors, body, text) in [
        (&doors, typed("stg api"), "On it."),
        (&doors, form(&command("/weather", "")), "I don't know this command."),
        (&switched_off, typed("stg api"), "Nothing can be deployed here: it is not configured."),
    ] {
        let reply = doors.post(COMMANDS, &body).await;
        let expected = json!({ "response_type": "ephemeral", "text": text });
        assert_eq!(reply, Reply { status: 200, no_retry: false, body: expected });
    }
    assert_eq!(doors.flows(), ["deployments"]);
    assert!(switched_off.are_empty());
}

#[tokio::test]
async fn what_comes_again_starts_nothing_and_is_answered_the_same() {
    for (path, body) in &wanted()[1..] {
        let doors = Doors::new();
        let first = doors.post(path, body).await;
        assert_eq!(doors.post(path, body).await, first, "{path}");
        assert_eq!(doors.executions().len(), 1, "{path}");
    }
}

#[tokio::test]
async fn two_presses_and_two_commands_are_two() {
    let doors = Doors::new();
    let again = with(press(), "/actions/0/action_ts", json!("1670631529.000200"));
    let other = with(press(), "/user/id", json!("U0OTHERLEAD"));
    for press in [press(), again, other] {
        doors.post(INTERACTIVITY, &payload(&press)).await;
    }
    assert_eq!(doors.executions().len(), 3);

    let mut again = command("/deploy", "stg api");
    again.insert("trigger_id", "13345224610.738474920.8088930838d88f008e0");
    for body in [typed("stg api"), form(&again)] {
        doors.post(COMMANDS, &body).await;
    }
    assert_eq!(doors.executions().len(), 5);
}

#[tokio::test]
async fn what_nothing_can_keep_is_to_be_sent_again() {
    for (path, body) in wanted() {
        let doors = Doors::new();
        doors.ledger.health.set(Health::Down);
        doors.engine.health.set(Health::Down);
        let reply = doors.post(path, &body).await;
        assert_eq!((reply.status, reply.no_retry), (503, false), "{path}");

        doors.ledger.health.set(Health::Up);
        doors.engine.health.set(Health::Up);
        assert_eq!(doors.post(path, &body).await.status, 200, "{path}");
        assert_eq!(doors.executions().len(), 1, "{path}");
    }
}

#[tokio::test]
async fn what_one_of_ledger_and_engine_keeps_is_acknowledged() {
    for (path, body) in wanted() {
        let doors = Doors::new();
        doors.ledger.health.set(Health::Down);
        assert_eq!(doors.post(path, &body).await.status, 200, "{path}");
        assert_eq!(doors.executions().len(), 1, "{path}");

        let doors = Doors::new();
        doors.engine.health.set(Health::Down);
        assert_eq!(doors.post(path, &body).await.status, 200, "{path}");
        assert!(doors.ledger.all()[0].pending.is_some(), "{path}");
    }
}

#[tokio::test]
async fn another_workspace_starts_nothing() {
    for (path, body) in wanted() {
        let team_ids = BTreeSet::from(["T0OTHER".to_owned()]);
        let doors = Doors::with(IngestSettings { team_ids, ..settings(&[SECRET]) }, configuration());
        assert_eq!(doors.post(path, &body).await.status, 200, "{path}");
        assert!(doors.are_empty(), "{path}");
    }
}

/// Whoever holds a `response_url` may speak in the bot's name.
#[tokio::test]
async fn no_secret_of_a_request_is_part_of_an_input() {
    let doors = Doors::new();
    for (path, body) in wanted() {
        doors.post(path, &body).await;
    }
    let executions = doors.executions();
    assert_eq!(executions.len(), 3);
    for execution in executions {
        let input = execution.input.get();
        assert!(!input.contains("hush") && !input.contains("legacy-token"), "{input}");
    }
}
