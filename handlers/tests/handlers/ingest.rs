//! The acknowledgement: what Slack is answered, and what is then durable.

use std::{collections::BTreeSet, fmt::Write as _, sync::atomic::Ordering, time::Duration};

use ackflow_handlers::{IngestSettings, MAX_BODY_BYTES, redrive_pending, router};
use ackflow_schemas::notice::Notice;
use axum::{body::Body, http::Request};
use futures_util::future::join_all;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt;

use crate::{
    fake_ports::Health,
    request::{Delivery, NAME, NOW, Reply, SECRET, World, envelope, handshake, message_with_file, settings},
    snapshots,
};

/// How long Slack waits for an answer.
const SLACKS_PATIENCE: Duration = Duration::from_secs(3);

/// The table of acknowledgements in the making.
#[derive(Default)]
struct Table(String);

impl Table {
    fn chapter(&mut self, title: &str) {
        writeln!(self.0, "{}# {title}", if self.0.is_empty() { "" } else { "\n" }).unwrap();
    }

    /// Sends a request to a world, and writes down the answer and what the world then holds.
    async fn row(&mut self, request: &str, world: &World, delivery: Delivery) {
        let reply = world.post(delivery).await;
        let no_retry = if reply.no_retry { " (x-slack-no-retry)" } else { "" };
        writeln!(self.0, "{request}\n    {}{no_retry} {}", reply.status, reply.body).unwrap();
        for event in world.ledger.all() {
            let state = match (event.started, event.pending.is_some()) {
                (true, _) => "started",
                (false, true) => "pending",
                (false, false) => "claimed",
            };
            writeln!(self.0, "    ledger: {} {state}", event.name).unwrap();
        }
        for execution in world.engine.executions() {
            writeln!(self.0, "    engine: {} of {}", execution.name, execution.flow).unwrap();
        }
        for notice in world.topic.notices() {
            let Notice::Operations { id, subject, text } = notice else { panic!("not for operators") };
            writeln!(self.0, "    notice {id}: {subject}\n        {text}").unwrap();
        }
    }
}

fn with_token() -> World {
    let verification_token = Some(SecretString::from("legacy-token"));
    World::with(IngestSettings { verification_token, ..settings(&[SECRET]) }, NOW)
}

fn of_workspace(team: &str) -> World {
    let team_ids = BTreeSet::from([team.to_owned()]);
    World::with(IngestSettings { team_ids, ..settings(&[SECRET]) }, NOW)
}

fn wanted() -> Delivery {
    Delivery::json(&message_with_file())
}

fn rate_limited() -> Value {
    json!({
        "token": "legacy-token",
        "type": "app_rate_limited",
        "team_id": "T0TEAM",
        "minute_rate_limited": 1_670_631_480,
        "api_app_id": "A0APP",
    })
}

/// A payload with one field set; null takes it away.
fn with(mut payload: Value, pointer: &str, value: impl Into<Value>) -> Value {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer has a slash");
    let parent = payload.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    match value.into() {
        Value::Null => parent.remove(field),
        value => parent.insert(field.to_owned(), value),
    };
    payload
}

/// A signed, well-formed request of exactly so many bytes.
fn of_size(bytes: usize) -> Delivery {
    let empty = envelope(&json!({ "type": "brand_new", "padding": "" })).to_string().len();
    let padding = "x".repeat(bytes - empty);
    let body = envelope(&json!({ "type": "brand_new", "padding": padding })).to_string();
    assert_eq!(body.len(), bytes);
    Delivery::of(body)
}

#[tokio::test(start_paused = true)]
async fn every_request_is_acknowledged_as_designed() {
    let mut table = Table::default();
    handshakes(&mut table).await;
    refusals(&mut table).await;
    malformed(&mut table).await;
    unwanted(&mut table).await;
    accepted(&mut table).await;
    outages(&mut table).await;
    snapshots("acknowledgement").bind(|| insta::assert_snapshot!("acknowledgement", table.0));
}

async fn handshakes(table: &mut Table) {
    let unsigned = || Delivery::unsigned(handshake().to_string());
    table.chapter("The handshake");
    table.row("signed", &World::new(), Delivery::json(&handshake())).await;
    table.row("before any secret is configured", &World::with(settings(&[]), NOW), unsigned()).await;
    table.row("signed with another secret", &World::new(), unsigned().signed("another", NOW)).await;
    let other_token = with(handshake(), "/token", "another-token");
    table.row("with another legacy token", &with_token(), Delivery::json(&other_token)).await;
    let no_challenge = with(handshake(), "/challenge", Value::Null);
    table.row("without a challenge", &World::new(), Delivery::json(&no_challenge)).await;
    table
        .row("without a challenge, unsigned", &World::new(), Delivery::unsigned(no_challenge.to_string()))
        .await;
}

async fn refusals(table: &mut Table) {
    let unsigned = || Delivery::unsigned(message_with_file().to_string());
    let another = |payload: Value| Delivery::json(&with(payload, "/token", "another-token"));
    table.chapter("Requests that are not Slack's");
    table.row("no signature", &World::new(), unsigned()).await;
    table
        .row(
            "a signature without its timestamp",
            &World::new(),
            unsigned().header("x-slack-signature", "v0=0"),
        )
        .await;
    table.row("signed with another secret", &World::new(), unsigned().signed("another", NOW)).await;
    table.row("signed six minutes ago", &World::new(), unsigned().signed(SECRET, NOW - 360)).await;
    table.row("signed six minutes ahead", &World::new(), unsigned().signed(SECRET, NOW + 360)).await;
    let nonsense = unsigned().signed(SECRET, NOW).header("x-slack-request-timestamp", "soon");
    table.row("a timestamp that is none", &World::new(), nonsense).await;
    table.row("not JSON, and not signed", &World::new(), Delivery::unsigned("token=x")).await;
    table.row("another legacy token", &with_token(), another(message_with_file())).await;
    let no_token = Delivery::json(&with(message_with_file(), "/token", Value::Null));
    table.row("no legacy token where one is configured", &with_token(), no_token).await;
    table.row("another legacy token, rate limited", &with_token(), another(rate_limited())).await;
    table.row("a body of 1 MiB and a byte", &World::new(), of_size(MAX_BODY_BYTES + 1)).await;
}

async fn malformed(table: &mut Table) {
    let without = |pointer| Delivery::json(&with(message_with_file(), pointer, Value::Null));
    table.chapter("Requests that Slack does not make");
    table.row("not JSON", &World::new(), Delivery::of("token=x&team_id=y")).await;
    table.row("an empty body", &World::new(), Delivery::of("")).await;
    table.row("not UTF-8", &World::new(), Delivery::of(vec![b'"', 0xff, b'"'])).await;
    table.row("JSON, but no object", &World::new(), Delivery::of("[1]")).await;
    table.row("an unknown outer type", &World::new(), Delivery::json(&json!({ "type": "brand_new" }))).await;
    table.row("no outer type", &World::new(), Delivery::json(&json!({ "event": {} }))).await;
    table.row("a wanted event without its id", &World::new(), without("/event_id")).await;
    table.row("a wanted event without its workspace", &World::new(), without("/team_id")).await;
    table.row("a wanted event without its channel", &World::new(), without("/event/channel")).await;
    let odd = Delivery::json(&with(message_with_file(), "/event/files", "F0REPORT"));
    table.row("a wanted event whose files are no list", &World::new(), odd).await;
}

async fn unwanted(table: &mut Table) {
    let event = |event: Value| Delivery::json(&envelope(&event));
    table.chapter("Events that no flow wants");
    let bot = with(message_with_file(), "/event/bot_id", "B0BOT");
    table.row("files from a bot", &World::new(), Delivery::json(&bot)).await;
    table
        .row("a message without files", &World::new(), event(json!({ "type": "message", "text": "hello" })))
        .await;
    let deleted = event(json!({ "type": "message", "subtype": "message_deleted" }));
    table.row("another subtype", &World::new(), deleted).await;
    table.row("an unknown type", &World::new(), event(json!({ "type": "brand_new" }))).await;
    table.row("another workspace", &of_workspace("T0OTHER"), wanted()).await;
    table.row("a body of exactly 1 MiB", &World::new(), of_size(MAX_BODY_BYTES)).await;
}

async fn accepted(table: &mut Table) {
    table.chapter("Events that a flow wants");
    table.row("the first delivery", &World::new(), wanted()).await;
    table.row("the workspace is on the list", &of_workspace("T0TEAM"), wanted()).await;
    table.row("the configured legacy token", &with_token(), wanted()).await;
    let world = World::new();
    world.post(wanted()).await;
    table.row("the second delivery", &world, wanted().header("x-slack-retry-num", "1")).await;
    table.row("events were rate limited", &World::new(), Delivery::json(&rate_limited())).await;
}

async fn outages(table: &mut Table) {
    table.chapter("While something is down");
    let world = World::new();
    world.ledger.health.set(Health::Down);
    table.row("the ledger is down", &world, wanted()).await;

    let world = World::new();
    world.engine.health.set(Health::Down);
    table.row("the engine is down", &world, wanted()).await;
    world.engine.health.set(Health::Up);
    table.row("the same event again, once the engine is up", &world, wanted()).await;

    let world = World::new();
    world.engine.health.set(Health::Down);
    world.topic.health.set(Health::Down);
    table.row("the engine and the topic are down", &world, wanted()).await;

    let world = World::new();
    world.ledger.health.set(Health::Down);
    world.engine.health.set(Health::Down);
    table.row("ledger and engine are down", &world, wanted()).await;

    let world = World::new();
    world.ledger.health.set(Health::Silent);
    table.row("the ledger never answers", &world, wanted()).await;

    let world = World::new();
    world.engine.health.set(Health::Silent);
    table.row("the engine never answers", &world, wanted()).await;

    let world = World::new();
    world.ledger.health.set(Health::Silent);
    world.engine.health.set(Health::Silent);
    table.row("neither ever answers", &world, wanted()).await;

    let world = World::new();
    world.topic.health.set(Health::Down);
    table
        .row("events were rate limited, and the topic is down", &world, Delivery::json(&rate_limited()))
        .await;
}

#[tokio::test]
async fn an_event_that_was_claimed_and_not_started_is_started_by_its_next_delivery() {
    let world = World::new();
    // Ingest claims the event, and dies before the engine has it.
    ackflow_handlers::ports::EventLedger::claim(&*world.ledger, NAME).await.unwrap();
    assert_eq!(world.executions(), [""; 0]);

    let reply = world.post(wanted()).await;
    assert_eq!((reply.status, &reply.body["status"]), (200, &json!("accepted")));
    assert_eq!(world.executions(), [NAME]);
    assert!(world.ledger.all()[0].started, "it is not marked as started");
    assert_eq!(world.post(wanted()).await.body["status"], "duplicate");
}

#[tokio::test]
async fn deliveries_at_once_start_one_execution() {
    let world = World::new();
    // Each waits in the middle of its work, so that all of them interleave.
    world.ledger.health.set(Health::Slow(Duration::ZERO));
    world.engine.health.set(Health::Slow(Duration::ZERO));
    let replies: Vec<Reply> = join_all((0..4).map(|_| world.post(wanted()))).await;
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
    assert_eq!(world.executions(), [NAME]);
}

#[tokio::test]
async fn what_slack_says_of_its_retries_is_no_part_of_the_input() {
    let (first, second) = (World::new(), World::new());
    first.post(wanted()).await;
    let again = wanted().header("x-slack-retry-num", "2").header("x-slack-retry-reason", "http_timeout");
    second.post(again).await;
    let input = first.engine.executions();
    assert_eq!(input, second.engine.executions());
    let text = format!("{input:?}");
    assert!(!text.contains("retry") && !text.contains("http_timeout"), "{text}");
}

#[tokio::test]
async fn nothing_is_stored_of_an_event_that_no_flow_wants() {
    let world = World::new();
    let reply = world.post(Delivery::json(&envelope(&json!({ "type": "brand_new" })))).await;
    assert_eq!(reply.status, 200);
    assert!(
        world.ledger.all().is_empty() && world.executions().is_empty() && world.topic.notices().is_empty()
    );
}

/// Whoever announces a large body need not send it, and whoever never ends is not waited for.
#[tokio::test(start_paused = true)]
async fn a_body_without_end_is_not_waited_for() {
    let endless = || Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let post = async |announced: Option<usize>| {
        let mut request = Request::post("/slack/events");
        if let Some(bytes) = announced {
            request = request.header("content-length", bytes);
        }
        let request = request.body(endless()).unwrap();
        router(World::new().ingest.clone()).oneshot(request).await.unwrap().status()
    };
    assert_eq!(post(None).await, 408);
    assert_eq!(post(Some(MAX_BODY_BYTES + 1)).await, 413);
}

#[tokio::test]
async fn every_answer_is_counted() {
    let world = World::new();
    world.post(wanted()).await;
    world.post(wanted()).await;
    world.post(Delivery::json(&envelope(&json!({ "type": "brand_new" })))).await;
    world.post(Delivery::unsigned("{}")).await;
    world.post(Delivery::of("{}")).await;
    world.post(of_size(MAX_BODY_BYTES + 1)).await;
    world.ledger.health.set(Health::Down);
    world.engine.health.set(Health::Down);
    world.post(Delivery::json(&with(message_with_file(), "/event_id", "Ev0OTHER"))).await;
    // Neither of these says how events do.
    world.post(Delivery::json(&handshake())).await;
    world.post(Delivery::json(&rate_limited())).await;
    let tally = world.ingest.tally();
    let counted = [
        &tally.accepted,
        &tally.duplicates,
        &tally.ignored,
        &tally.refused,
        &tally.malformed,
        &tally.unavailable,
    ]
    .map(|counter| counter.load(Ordering::Relaxed));
    assert_eq!(counted, [1, 1, 1, 1, 2, 1]);
}

const HEALTHS: [Health; 6] = [
    Health::Up,
    Health::Down,
    Health::Silent,
    Health::Mute,
    Health::Slow(Duration::from_millis(400)),
    Health::Slow(Duration::from_millis(990)),
];

/// Every combination of how ledger, engine and topic may do.
fn worlds() -> impl Iterator<Item = (World, String)> {
    let healths = HEALTHS.iter().flat_map(|ledger| HEALTHS.iter().map(move |engine| (ledger, engine)));
    healths.flat_map(|(ledger, engine)| HEALTHS.iter().map(move |topic| (ledger, engine, topic))).map(
        |(&ledger, &engine, &topic)| {
            let world = World::new();
            world.ledger.health.set(ledger);
            world.engine.health.set(engine);
            world.topic.health.set(topic);
            (world, format!("ledger {ledger:?}, engine {engine:?}, topic {topic:?}"))
        },
    )
}

fn mend(world: &World) {
    for health in [&world.ledger.health, &world.engine.health, &world.topic.health] {
        health.set(Health::Up);
    }
}

#[tokio::test(start_paused = true)]
async fn slack_has_its_answer_in_time_however_the_ports_do() {
    for (world, healths) in worlds() {
        let begun = Instant::now();
        world.post(wanted()).await;
        let taken = begun.elapsed();
        assert!(taken < SLACKS_PATIENCE, "{healths}: the answer took {taken:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_acknowledged_event_is_durable_however_the_ports_do() {
    let mut acknowledged = 0;
    for (world, healths) in worlds() {
        let reply = world.post(wanted()).await;
        match reply.status {
            200 => {
                let is_durable = !world.executions().is_empty() || !world.pending().is_empty();
                assert!(is_durable, "{healths}: acknowledged and lost");
                acknowledged += 1;
            }
            503 => assert!(!reply.no_retry, "{healths}: Slack is told not to send it again"),
            other => panic!("{healths}: {other}"),
        }
    }
    assert!(acknowledged > HEALTHS.len());
}

#[tokio::test(start_paused = true)]
async fn one_execution_is_what_it_comes_to_however_the_ports_did() {
    for (world, healths) in worlds() {
        let reply = world.post(wanted()).await;
        mend(&world);
        if reply.status == 503 {
            assert_eq!(world.post(wanted()).await.status, 200, "{healths}");
        }
        redrive_pending(&*world.ledger, &*world.engine).await.unwrap();
        assert_eq!(world.executions(), [NAME], "{healths}");
        assert_eq!(world.pending(), [""; 0], "{healths}");
        assert_eq!(world.post(wanted()).await.status, 200, "{healths}");
        assert_eq!(world.executions(), [NAME], "{healths}");
    }
}

fn numbered(number: usize) -> Delivery {
    Delivery::json(&with(message_with_file(), "/event_id", format!("Ev{number}")))
}

#[tokio::test]
async fn pending_events_are_started_once_and_oldest_first() {
    let world = World::new();
    world.engine.health.set(Health::Down);
    // More than the redriver takes at once.
    let names: Vec<String> = (0..250).map(|number| format!("T0TEAM-Ev{number}")).collect();
    for number in 0..names.len() {
        assert_eq!(world.post(numbered(number)).await.status, 200);
    }
    assert_eq!(world.pending(), names);
    assert_eq!(world.executions(), [""; 0]);

    world.engine.health.set(Health::Up);
    assert_eq!(redrive_pending(&*world.ledger, &*world.engine).await, Ok(names.len()));
    assert_eq!(world.executions(), names);
    assert_eq!(redrive_pending(&*world.ledger, &*world.engine).await, Ok(0));
    assert_eq!(world.post(numbered(0)).await.body["status"], "duplicate");
}

#[tokio::test]
async fn what_the_engine_does_not_take_stays_pending() {
    let world = World::new();
    world.engine.health.set(Health::Down);
    for number in 0..3 {
        world.post(numbered(number)).await;
    }
    world.engine.health.set(Health::Up);
    *world.engine.room.lock().unwrap() = Some(1);
    redrive_pending(&*world.ledger, &*world.engine).await.expect_err("the engine is full");
    assert_eq!(world.executions(), ["T0TEAM-Ev0"]);
    assert_eq!(world.pending(), ["T0TEAM-Ev1", "T0TEAM-Ev2"]);
}

#[tokio::test]
async fn a_pending_event_that_cannot_start_holds_up_no_other() {
    let world = World::new();
    world.engine.health.set(Health::Down);
    for number in 0..3 {
        world.post(numbered(number)).await;
    }
    world.engine.health.set(Health::Up);
    *world.engine.refused.lock().unwrap() = Some("T0TEAM-Ev0".to_owned());
    redrive_pending(&*world.ledger, &*world.engine).await.expect_err("one is refused");
    assert_eq!(world.executions(), ["T0TEAM-Ev1", "T0TEAM-Ev2"]);
    assert_eq!(world.pending(), ["T0TEAM-Ev0"]);
}

#[tokio::test]
async fn a_pending_event_that_comes_again_is_started_by_neither_twice() {
    let world = World::new();
    world.engine.health.set(Health::Down);
    world.post(wanted()).await;
    world.engine.health.set(Health::Up);
    world.post(wanted()).await;
    assert_eq!(world.pending(), [""; 0]);
    assert_eq!(redrive_pending(&*world.ledger, &*world.engine).await, Ok(0));
    assert_eq!(world.executions(), [NAME]);
}

#[tokio::test]
async fn other_methods_and_paths_are_none_of_ours() {
    use axum::{body::Body, http::Request};
    use tower::ServiceExt;

    let router = ackflow_handlers::router(World::new().ingest);
    for (method, path, status) in [("GET", "/slack/events", 405), ("POST", "/slack/other", 404)] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
    }
}
