//! Signed deliveries and Slack's retries.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ackflow::delivery::{PATIENCE, RetryReason};
use ackflow_handlers::ports::Clock;
use ackflow_handlers::signature::verify;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

use super::bench::{Bench, VirtualClock};

/// What the app answers, one after the other, and then 200.
enum Answer {
    Status(u16),
    NoRetry(u16),
    Late,
}

struct App {
    answers: Mutex<VecDeque<Answer>>,
    clock: Arc<VirtualClock>,
    secret: secrecy::SecretString,
    /// Retry number and reason of each request.
    received: Mutex<Vec<Option<(String, String)>>>,
    bodies: Mutex<Vec<Bytes>>,
    content_types: Mutex<Vec<String>>,
}

async fn receive(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let (timestamp, signature) = (header("x-slack-request-timestamp"), header("x-slack-signature"));
    let secrets = std::slice::from_ref(&app.secret);
    let now = app.clock.now().as_second();
    assert_eq!(timestamp.as_deref(), Some(now.to_string().as_str()));
    verify(secrets, timestamp.as_deref(), signature.as_deref(), &body, now).unwrap();
    app.received.lock().unwrap().push(header("x-slack-retry-num").zip(header("x-slack-retry-reason")));
    app.bodies.lock().unwrap().push(body);
    app.content_types.lock().unwrap().extend(header("content-type"));
    let answer = app.answers.lock().unwrap().pop_front();
    match answer {
        Some(Answer::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Answer::NoRetry(status)) => {
            (StatusCode::from_u16(status).unwrap(), [("x-slack-no-retry", "1")], "do not").into_response()
        }
        Some(Answer::Late) => {
            tokio::time::sleep(PATIENCE + Duration::from_secs(2)).await;
            StatusCode::OK.into_response()
        }
        None => StatusCode::OK.into_response(),
    }
}

async fn app(bench: &Bench, answers: impl IntoIterator<Item = Answer>) -> (Arc<App>, String) {
    let app = Arc::new(App {
        answers: Mutex::new(answers.into_iter().collect()),
        clock: Arc::clone(&bench.clock),
        secret: bench.simulator.workspace().signing_secret.clone(),
        received: Mutex::default(),
        bodies: Mutex::default(),
        content_types: Mutex::default(),
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/slack/events", listener.local_addr().unwrap());
    let routes = Router::new().fallback(receive).with_state(Arc::clone(&app));
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    (app, url)
}

fn said(pairs: &[Option<(&str, &str)>]) -> Vec<Option<(String, String)>> {
    pairs.iter().map(|pair| pair.map(|(num, reason)| (num.to_owned(), reason.to_owned()))).collect()
}

#[tokio::test]
async fn an_acknowledged_event_is_sent_once() {
    let bench = Bench::new().await;
    let (app, url) = app(&bench, []).await;
    let event = bench.simulator.wrap(&serde_json::json!({"type": "team_join", "user": {"id": "U0ANNÄ"}}));
    let delivery = bench.simulator.deliver(&url, &event).await;
    assert!(delivery.is_acknowledged());
    assert_eq!(*app.received.lock().unwrap(), [None]);
    assert_eq!(app.bodies.lock().unwrap()[0], event.to_string());
    assert!(delivery.attempts[0].millis > 0.0);
    assert_eq!(*app.content_types.lock().unwrap(), ["application/json"]);
}

#[tokio::test]
async fn a_form_is_signed_and_sent_once_whatever_the_answer() {
    let bench = Bench::new().await;
    let (app, url) = app(&bench, [Answer::Status(500)]).await;
    let form = bench.simulator.slash("/deploy", "prod web", &bench.channel, "U0DANA").unwrap();

    let refused = bench.simulator.deliver_form(&url, &form).await;
    assert_eq!((refused.status, refused.failure), (Some(500), Some(RetryReason::HttpError)));
    assert_eq!(*app.received.lock().unwrap(), [None]);

    let taken = bench.simulator.deliver_form(&url, &form).await;
    assert_eq!((taken.status, taken.failure), (Some(200), None));
    assert_eq!(*app.bodies.lock().unwrap(), [form.as_str(), form.as_str()]);
    assert_eq!(*app.content_types.lock().unwrap(), ["application/x-www-form-urlencoded"; 2]);
}

#[tokio::test]
async fn a_failing_app_gets_three_retries_over_six_minutes() {
    let bench = Bench::new().await;
    let (app, url) = app(&bench, [500, 404, 302, 503, 200].map(Answer::Status)).await;
    let event = bench.simulator.url_verification("x");
    let delivery = bench.simulator.deliver(&url, &event).await;
    assert!(!delivery.is_acknowledged());
    let statuses: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(500), Some(404), Some(302), Some(503)]);
    let retries = [None, Some(("1", "http_error")), Some(("2", "http_error")), Some(("3", "http_error"))];
    assert_eq!(*app.received.lock().unwrap(), said(&retries));
    assert_eq!(*bench.clock.waits.lock().unwrap(), [Duration::from_mins(1), Duration::from_mins(5)]);
    let bodies = app.bodies.lock().unwrap();
    assert!(bodies.iter().all(|body| body == &bodies[0]), "each retry brings the same bytes");
}

#[tokio::test]
async fn a_late_answer_is_no_answer() {
    let bench = Bench::new().await;
    let (app, url) = app(&bench, [Answer::Late]).await;
    let delivery = bench.simulator.deliver(&url, &bench.simulator.url_verification("x")).await;
    assert_eq!(*app.received.lock().unwrap(), said(&[None, Some(("1", "http_timeout"))]));
    assert_eq!((delivery.attempts[0].status, delivery.attempts[1].status), (None, Some(200)));
    assert!(bench.clock.waits.lock().unwrap().is_empty(), "the first retry comes at once");
    assert!(delivery.attempts[0].millis >= 2_999.0 && delivery.attempts[1].millis < 1_000.0);
}

#[tokio::test]
async fn an_app_may_refuse_retries_with_a_failure() {
    let bench = Bench::new().await;
    let (app, url) = app(&bench, [Answer::Status(500), Answer::NoRetry(401)]).await;
    let delivery = bench.simulator.deliver(&url, &bench.simulator.url_verification("x")).await;
    assert_eq!(app.received.lock().unwrap().len(), 2);
    assert!(!delivery.is_acknowledged());
    assert_eq!(delivery.attempts[1].answer, "do not");
}

#[tokio::test]
async fn an_app_that_is_down_is_told_so_later() {
    let bench = Bench::new().await;
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/slack/events");
    let delivery = bench.simulator.deliver(&url, &bench.simulator.url_verification("x")).await;
    assert_eq!(delivery.attempts.len(), 4);
    for attempt in &delivery.attempts {
        assert_eq!((attempt.status, attempt.failure), (None, Some(RetryReason::ConnectionFailed)));
    }
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_an_ssl_error() {
    let bench = Bench::new().await;
    // A server that speaks plain HTTP where TLS is expected.
    let (_, url) = app(&bench, []).await;
    let url = url.replace("http://", "https://");
    let delivery = bench.simulator.deliver(&url, &bench.simulator.url_verification("x")).await;
    assert_eq!(delivery.attempts[0].failure, Some(RetryReason::SslError));
}
