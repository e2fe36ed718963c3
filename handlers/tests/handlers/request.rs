//! Requests as Slack makes them, and ingest with its ports to send them to.

use std::sync::Arc;

use ackflow_handlers::{Ingest, IngestSettings, LedgerIntake, router, signature::sign};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderName, HeaderValue, Request},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::fake_ports::{Engine, Events, Topic, VirtualClock};

/// The time now, in seconds since 1970.
pub(crate) const NOW: i64 = 1_670_631_530;

/// The signing secret.
pub(crate) const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// Ingest and its ports.
pub(crate) struct World {
    pub(crate) ledger: Arc<Events>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) topic: Arc<Topic>,
    pub(crate) ingest: Arc<Ingest>,
    router: Router,
}

impl World {
    /// With one signing secret and nothing else configured.
    pub(crate) fn new() -> Self {
        Self::with(settings(&[SECRET]), NOW)
    }

    /// With these settings at this time.
    pub(crate) fn with(settings: IngestSettings, now: i64) -> Self {
        let (ledger, engine, topic) =
            (Arc::<Events>::default(), Arc::<Engine>::default(), Arc::<Topic>::default());
        let clock = Arc::new(VirtualClock::at(now));
        let intake = LedgerIntake::new(ledger.clone(), engine.clone(), topic.clone());
        let ingest = Ingest::new(settings, Arc::default(), Arc::new(intake), topic.clone(), clock);
        let ingest = Arc::new(ingest);
        Self { ledger, engine, topic, router: router(ingest.clone()), ingest }
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn post(&self, delivery: Delivery) -> Reply {
        let mut request = Request::post("/slack/events");
        for (name, value) in delivery.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(delivery.body)).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("the router never fails");
        let status = response.status().as_u16();
        let no_retry = response.headers().get("x-slack-no-retry").is_some_and(|value| value == "1");
        let body = to_bytes(response.into_body(), 4096).await.expect("a short answer");
        Reply { status, no_retry, body: serde_json::from_slice(&body).expect("an answer in JSON") }
    }

    /// The names of the executions that exist.
    pub(crate) fn executions(&self) -> Vec<String> {
        self.engine.executions().into_iter().map(|execution| execution.name).collect()
    }

    /// The names of the events that are kept for later.
    pub(crate) fn pending(&self) -> Vec<String> {
        self.ledger.all().into_iter().filter_map(|event| Some(event.pending?.name)).collect()
    }
}

/// Settings with these signing secrets.
pub(crate) fn settings(secrets: &[&str]) -> IngestSettings {
    let signing_secrets = secrets.iter().map(|&secret| SecretString::from(secret)).collect();
    IngestSettings { signing_secrets, ..IngestSettings::default() }
}

/// A request of Slack's.
#[derive(Clone)]
pub(crate) struct Delivery {
    body: Vec<u8>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Delivery {
    /// A body without any signature.
    pub(crate) fn unsigned(body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), headers: Vec::new() }
    }

    /// A body that is signed now.
    pub(crate) fn of(body: impl Into<Vec<u8>>) -> Self {
        Self::unsigned(body).signed(SECRET, NOW)
    }

    /// A payload that is signed now.
    pub(crate) fn json(payload: &Value) -> Self {
        Self::of(payload.to_string())
    }

    /// Signs the body.
    pub(crate) fn signed(self, secret: &str, timestamp: i64) -> Self {
        let signature = sign(&SecretString::from(secret), timestamp, &self.body);
        self.header("x-slack-request-timestamp", &timestamp.to_string())
            .header("x-slack-signature", &signature)
    }

    /// Adds a header, in place of any of this name.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        let name = HeaderName::from_static(name);
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, HeaderValue::from_bytes(value.as_bytes()).expect("a header's value")));
        self
    }
}

/// An answer.
#[derive(Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Whether it says that sending the same again is of no use.
    pub(crate) no_retry: bool,
    pub(crate) body: Value,
}

/// A message with a file: an event that a flow wants.
pub(crate) fn message_with_file() -> Value {
    envelope(&json!({
        "type": "message",
        "subtype": "file_share",
        "text": "the report #finance",
        "files": [{
            "id": "F0REPORT",
            "name": "report.pdf",
            "size": 11,
            "mode": "hosted",
            "url_private_download": "https://files.slack.com/files-pri/T0TEAM-F0REPORT/download/report.pdf",
        }],
        "user": "U0AUTHOR",
        "ts": "1670631527.874149",
        "channel": "C0CHANNEL",
    }))
}

/// The name of the execution that it starts.
pub(crate) const NAME: &str = "T0TEAM-Ev0EVENT";

/// The envelope around an event.
pub(crate) fn envelope(event: &Value) -> Value {
    json!({
        "token": "legacy-token",
        "team_id": "T0TEAM",
        "api_app_id": "A0APP",
        "event": event,
        "type": "event_callback",
        "event_id": "Ev0EVENT",
        "event_time": 1_670_631_527,
    })
}

/// The handshake.
pub(crate) fn handshake() -> Value {
    json!({ "token": "legacy-token", "challenge": "3eZbrw1aBm2rZgRNFdxV", "type": "url_verification" })
}
