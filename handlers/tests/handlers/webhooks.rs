//! What a webhook is sent, and what is made of its answers.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use ackflow_flows::{CodebuildTarget, Target, WebhookTarget};
use ackflow_handlers::{
    WebhookDeployer, http,
    ports::{DeployError, Deployer, Deployment, Progress},
    signature::verify,
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

use crate::{fake_ports::VirtualClock, request::NOW};

const SECRET: &str = "hush-the-webhook-secret";

/// Part of the URL: whoever knows it may call it.
const SECRET_PATH: &str = "hush-the-path";

/// A server that keeps what it is sent.
#[derive(Default)]
struct Hook {
    requests: Mutex<Vec<(HeaderMap, Bytes)>>,
    /// The next answers; afterwards each request is answered with 200 and nothing.
    answers: Mutex<VecDeque<(StatusCode, String)>>,
}

async fn take(State(hook): State<Arc<Hook>>, headers: HeaderMap, body: Bytes) -> Response {
    hook.requests.lock().unwrap().push((headers, body));
    let answer = hook.answers.lock().unwrap().pop_front();
    let (status, body) = answer.unwrap_or_default();
    (status, [(LOCATION, "/elsewhere")], body).into_response()
}

impl Hook {
    /// Listens on loopback, and gives somebody who deploys by it.
    async fn start() -> (Arc<Self>, Sender) {
        let hook = Arc::<Self>::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sender = Sender::to(&listener);
        let router = Router::new().fallback(take).with_state(hook.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (hook, sender)
    }

    fn answer_next(&self, status: u16, body: impl Into<String>) {
        let status = StatusCode::from_u16(status).expect("a status");
        self.answers.lock().unwrap().push_back((status, body.into()));
    }

    fn requests(&self) -> Vec<(HeaderMap, Bytes)> {
        self.requests.lock().unwrap().clone()
    }
}

/// A deployment, and what deploys it.
struct Sender {
    deployer: WebhookDeployer,
    deployment: Deployment,
    clock: Arc<VirtualClock>,
}

impl Sender {
    fn to(listener: &TcpListener) -> Self {
        let address = listener.local_addr().expect("an address");
        let url: Url = format!("http://{address}/{SECRET_PATH}").parse().expect("a URL");
        let client = http::client(&url).expect("a client");
        let clock = Arc::new(VirtualClock::at(NOW));
        let deployment = Deployment {
            key: "T0TEAM-Ev0EVENT".to_owned(),
            service: "api".to_owned(),
            environment: "prod".to_owned(),
            requested_by: "U0ASKER".to_owned(),
            target: Target::Webhook(WebhookTarget { url }),
        };
        let deployer = WebhookDeployer::new(client, SecretString::from(SECRET), clock.clone());
        Self { deployer, deployment, clock }
    }

    /// Starts the deployment, and makes sure that no error shows a secret.
    async fn start(&self) -> Result<Progress, DeployError> {
        let started = self.deployer.start(&self.deployment).await;
        if let Err(error) = &started {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hush"), "{shown}");
        }
        started
    }
}

#[tokio::test]
async fn a_request_says_what_to_deploy_and_is_signed() {
    let (hook, sender) = Hook::start().await;
    sender.start().await.unwrap();
    let (headers, body) = hook.requests().remove(0);
    let expected = json!({
        "service": "api",
        "environment": "prod",
        "requested_by": "U0ASKER",
        "idempotency_key": "T0TEAM-Ev0EVENT",
    });
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["idempotency-key"], "T0TEAM-Ev0EVENT");

    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (timestamp, signature) = (header("x-ackflow-request-timestamp"), header("x-ackflow-signature"));
    assert_eq!(verify(&[SecretString::from(SECRET)], timestamp, signature, &body, NOW), Ok(()));
    verify(&[SecretString::from("another")], timestamp, signature, &body, NOW).unwrap_err();
}

#[tokio::test]
async fn a_request_that_is_made_again_has_the_same_key_and_body() {
    let (hook, sender) = Hook::start().await;
    hook.answer_next(503, "");
    sender.start().await.unwrap_err();
    assert_eq!(sender.deployer.find(&sender.deployment).await, Ok(None), "to post again does no harm");
    sender.start().await.unwrap();
    let requests = hook.requests();
    let [(headers, body), (headers_again, body_again)] = &*requests else {
        panic!("not two requests: {requests:?}")
    };
    assert_eq!(body, body_again);
    assert_eq!(headers["idempotency-key"], headers_again["idempotency-key"]);
}

#[tokio::test]
async fn a_success_may_come_with_a_link() {
    let (hook, sender) = Hook::start().await;
    for (status, body, link) in [
        (200, r#"{"link":"https://ci.example.com/7","more":1}"#, Some("https://ci.example.com/7")),
        (201, r#"{"link":null}"#, None),
        (202, "{}", None),
        (204, "", None),
        (200, "deployed", None),
        (200, r#"[{"link":"https://ci.example.com/7"}]"#, None),
    ] {
        hook.answer_next(status, body);
        let expected = Progress::Succeeded(link.map(str::to_owned));
        assert_eq!(sender.start().await, Ok(expected), "{status} {body}");
    }
}

#[tokio::test]
async fn what_may_pass_is_told_from_a_refusal() {
    let (hook, sender) = Hook::start().await;
    for status in [408, 409, 429, 500, 502, 503, 504] {
        hook.answer_next(status, "try again");
        let error = sender.start().await.unwrap_err();
        assert!(matches!(error, DeployError::Unavailable(_)), "{status}: {error}");
    }
    for status in [307, 400, 401, 403, 404, 422] {
        hook.answer_next(status, "the branch is frozen");
        let error = sender.start().await.unwrap_err();
        assert!(matches!(error, DeployError::Refused(_)), "{status}: {error}");
        let text = error.to_string();
        assert!(text.contains(&status.to_string()) && text.contains("the branch is frozen"), "{text}");
    }
    assert_eq!(hook.requests().len(), 13, "no redirect is followed");
}

#[tokio::test]
async fn a_long_refusal_is_cut() {
    let (hook, sender) = Hook::start().await;
    hook.answer_next(400, "é".repeat(10_000));
    let text = sender.start().await.unwrap_err().to_string();
    assert_eq!(text.matches('é').count(), 200);
}

#[tokio::test]
async fn a_connection_that_breaks_is_an_outage() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let sender = Sender::to(&listener);
    let closing = tokio::spawn(async move {
        while let Ok(connection) = listener.accept().await {
            drop(connection);
        }
    });
    let error = sender.start().await.unwrap_err();
    assert!(matches!(error, DeployError::Unavailable(_)), "{error}");

    closing.abort();
    closing.await.unwrap_err();
    let error = sender.start().await.unwrap_err();
    assert!(matches!(error, DeployError::Unavailable(_)), "the first request may have gone out: {error}");
}

/// A sender to where nobody listens.
async fn sender_to_nobody() -> Sender {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    Sender::to(&listener)
}

#[tokio::test]
async fn what_nobody_was_sent_was_not_started() {
    let sender = sender_to_nobody().await;
    let error = sender.start().await.unwrap_err();
    assert!(matches!(error, DeployError::Refused(_)), "{error}");
    assert!(error.to_string().contains("nothing was sent"), "{error}");
    let waits = [1, 2, 4, 8, 16].map(Duration::from_secs);
    assert_eq!(sender.clock.waits(), waits, "whoever is away for a moment is not missed");
}

#[tokio::test]
async fn after_a_start_that_broke_off_nobody_knows_what_was_sent() {
    let sender = sender_to_nobody().await;
    assert_eq!(sender.deployer.find(&sender.deployment).await, Ok(None));
    let error = sender.start().await.unwrap_err();
    assert!(matches!(error, DeployError::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn a_webhook_has_nothing_to_check() {
    let (hook, sender) = Hook::start().await;
    let error = sender.deployer.check(&sender.deployment, "build-7").await.unwrap_err();
    assert!(matches!(error, DeployError::Uncertain(_)), "{error}");
    assert!(hook.requests().is_empty());
}

#[tokio::test]
async fn another_kind_of_target_is_not_posted_to() {
    let (hook, sender) = Hook::start().await;
    let target = Target::Codebuild(CodebuildTarget { project: "deploy".to_owned() });
    let sender = Sender { deployment: Deployment { target, ..sender.deployment }, ..sender };
    let error = sender.start().await.unwrap_err();
    assert!(matches!(error, DeployError::Unsupported(_)), "{error}");
    assert!(hook.requests().is_empty());
}
