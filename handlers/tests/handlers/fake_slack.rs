//! A tiny Slack on loopback: takes messages, gives threads, remembers other calls, and answers as it is told to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use ackflow_handlers::{SlackClient, http, ports::Clock};
use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

/// What Slack was sent, and what it is going to answer.
#[derive(Default)]
pub(crate) struct FakeSlack {
    posted: Mutex<Vec<Value>>,
    /// The answers to the next calls, but for lookups; afterwards each is answered with `ok: true`.
    answers: Mutex<VecDeque<Answer>>,
    lookups: Mutex<usize>,
    calls: Mutex<Vec<String>>,
}

/// The headers of an answer that is `ok`.
const HEADERS: [(&str, &str); 2] =
    [("date", "Sat, 10 Dec 2022 00:19:00 GMT"), ("x-oauth-scopes", "chat:write, channels:read,")];

/// How a call is answered.
#[derive(Clone)]
pub(crate) enum Answer {
    /// 429 with this `Retry-After`.
    Wait(&'static str),
    /// 500 after the message was posted all the same.
    PostedAndBroken,
    /// `ok: false` with this error.
    Refused(&'static str),
    /// `ok: true` with these fields.
    Holds(Value),
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Wait(seconds) => {
                (StatusCode::TOO_MANY_REQUESTS, [("retry-after", seconds)], "").into_response()
            }
            Self::PostedAndBroken => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Self::Refused(error) => Json(json!({ "ok": false, "error": error })).into_response(),
            Self::Holds(mut fields) => {
                fields["ok"] = true.into();
                (HEADERS, Json(fields)).into_response()
            }
        }
    }
}

impl FakeSlack {
    /// Listens on loopback, and gives a client of it.
    pub(crate) async fn start(clock: Arc<dyn Clock>) -> (Arc<Self>, SlackClient) {
        let slack = Arc::<Self>::default();
        let router = Router::new()
            .route("/api/chat.postMessage", post(take))
            .route("/api/conversations.replies", get(replies))
            .fallback(remember)
            .with_state(slack.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url: Url =
            format!("http://{}/api/", listener.local_addr().expect("an address")).parse().expect("a URL");
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = http::client(&url).expect("a client");
        (slack, SlackClient::new(client, url, SecretString::from("xoxb-test"), clock))
    }

    pub(crate) fn posted(&self) -> Vec<Value> {
        self.posted.lock().unwrap().clone()
    }

    /// How often a thread was read.
    pub(crate) fn lookups(&self) -> usize {
        *self.lookups.lock().unwrap()
    }

    /// The calls that are neither posts nor lookups, such as `GET conversations.info?channel=C1` or
    /// `POST conversations.join {"channel":"C1"}`.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    pub(crate) fn answer_next(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    fn answer(&self, otherwise: Value) -> Answer {
        self.answers.lock().unwrap().pop_front().unwrap_or(Answer::Holds(otherwise))
    }
}

async fn take(State(slack): State<Arc<FakeSlack>>, Json(message): Json<Value>) -> Answer {
    let answer = slack.answer(json!({ "ts": "1670631540.000100" }));
    if matches!(answer, Answer::Holds(_) | Answer::PostedAndBroken) {
        slack.posted.lock().unwrap().push(message);
    }
    answer
}

async fn remember(State(slack): State<Arc<FakeSlack>>, method: Method, uri: Uri, arguments: Bytes) -> Answer {
    let uri = uri.to_string().replace("/api/", "");
    let call = format!("{method} {uri} {}", String::from_utf8_lossy(&arguments));
    slack.calls.lock().unwrap().push(call.trim_end().to_owned());
    slack.answer(json!({}))
}

async fn replies(State(slack): State<Arc<FakeSlack>>) -> Json<Value> {
    *slack.lookups.lock().unwrap() += 1;
    Json(json!({ "ok": true, "messages": slack.posted() }))
}
