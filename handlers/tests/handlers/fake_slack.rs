//! A tiny Slack on loopback: takes messages, gives threads, and answers as it is told to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use ackflow_handlers::{SlackClient, http, ports::Clock};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, StatusCode},
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
    /// The answers to the next posts; afterwards they are taken.
    answers: Mutex<VecDeque<Answer>>,
    lookups: Mutex<usize>,
}

/// How a post is answered.
#[derive(Clone)]
pub(crate) enum Answer {
    /// 429 with this `Retry-After`.
    Wait(&'static str),
    /// 500 after the message was posted all the same.
    PostedAndBroken,
    /// `ok: false` with this error.
    Refused(&'static str),
}

impl FakeSlack {
    /// Listens on loopback, and gives a client of it.
    pub(crate) async fn start(clock: Arc<dyn Clock>) -> (Arc<Self>, SlackClient) {
        let slack = Arc::<Self>::default();
        let router = Router::new()
            .route("/api/chat.postMessage", post(take))
            .route("/api/conversations.replies", get(replies))
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

    pub(crate) fn answer_next(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }
}

async fn take(State(slack): State<Arc<FakeSlack>>, Json(message): Json<Value>) -> Response {
    let answer = slack.answers.lock().unwrap().pop_front();
    match answer {
        None => {
            slack.posted.lock().unwrap().push(message);
            Json(json!({ "ok": true, "ts": "1670631540.000100" })).into_response()
        }
        Some(Answer::Wait(seconds)) => {
            let retry_after = [(HeaderName::from_static("retry-after"), seconds)];
            (StatusCode::TOO_MANY_REQUESTS, retry_after, "").into_response()
        }
        Some(Answer::PostedAndBroken) => {
            slack.posted.lock().unwrap().push(message);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Some(Answer::Refused(error)) => Json(json!({ "ok": false, "error": error })).into_response(),
    }
}

async fn replies(State(slack): State<Arc<FakeSlack>>) -> Json<Value> {
    *slack.lookups.lock().unwrap() += 1;
    Json(json!({ "ok": true, "messages": slack.posted() }))
}
