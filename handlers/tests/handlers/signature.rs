//! Slack's request signature: recorded vectors, and that any change is refused.

use std::path::Path;

use ackflow_handlers::signature::{SignatureError, TOLERANCE_SECONDS, sign, verify};
use axum::http::HeaderValue;
use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::Value;

use crate::request::{Delivery, NOW, SECRET, World, handshake, message_with_file, settings};

/// One recorded or derived request.
struct Vector {
    name: String,
    secret: String,
    timestamp: Option<String>,
    signature: Option<String>,
    body: Vec<u8>,
    now: i64,
    /// `None` where every receiver chooses for itself.
    valid: Option<bool>,
}

impl Vector {
    fn of(vector: &Value) -> Self {
        let text = |field: &str| vector[field].as_str().map(str::to_owned);
        let body = match text("body_base64") {
            // As API Gateway hands it over; the signature is that of the decoded bytes.
            Some(encoded) => STANDARD.decode(encoded).expect("base64"),
            None => text("body").expect("a body").into_bytes(),
        };
        Self {
            name: text("name").expect("a name"),
            secret: text("signing_secret").expect("a secret"),
            timestamp: text("timestamp"),
            signature: text("signature"),
            body,
            now: vector["now"].as_i64().expect("a time"),
            valid: vector["valid"].as_bool(),
        }
    }

    /// Whether it is to be accepted. Our choice: five minutes is not *over* five minutes.
    fn is_valid(&self) -> bool {
        self.valid.unwrap_or_else(|| {
            let timestamp: i64 = self.timestamp.as_deref().unwrap_or_default().parse().expect("a number");
            assert_eq!(self.now.abs_diff(timestamp), 300, "{} leaves another choice", self.name);
            true
        })
    }

    /// The request, if its headers can be sent at all.
    fn delivery(&self) -> Option<Delivery> {
        let mut delivery = Delivery::unsigned(self.body.clone());
        let headers =
            [("x-slack-request-timestamp", &self.timestamp), ("x-slack-signature", &self.signature)];
        for (name, value) in headers {
            if let Some(value) = value {
                HeaderValue::from_bytes(value.as_bytes()).ok()?;
                delivery = delivery.header(name, value);
            }
        }
        Some(delivery)
    }
}

/// The vectors; none, said aloud, where the collection is absent.
fn vectors() -> Vec<Vector> {
    let collection = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/slack-payloads");
    if !collection.is_dir() {
        let required = std::env::var("ACKFLOW_REQUIRE_SHARED").is_ok_and(|value| value == "1");
        assert!(!required, "ACKFLOW_REQUIRE_SHARED=1, but there is no {}", collection.display());
        eprintln!("SKIPPED: there is no {}, nothing was checked", collection.display());
        return Vec::new();
    }
    let text = std::fs::read(collection.join("signature-vectors.json")).expect("the vectors can be read");
    let document: Value = serde_json::from_slice(&text).expect("the vectors are JSON");
    let vectors: Vec<Vector> =
        document["vectors"].as_array().expect("vectors").iter().map(Vector::of).collect();
    assert!(vectors.iter().any(Vector::is_valid) && !vectors.iter().all(Vector::is_valid));
    vectors
}

#[test]
fn verify_agrees_with_every_vector() {
    for vector in vectors() {
        let secrets = [SecretString::from(vector.secret.clone())];
        let (timestamp, signature) = (vector.timestamp.as_deref(), vector.signature.as_deref());
        let verified = verify(&secrets, timestamp, signature, &vector.body, vector.now);
        assert_eq!(verified.is_ok(), vector.is_valid(), "{}: {verified:?}", vector.name);
    }
}

#[tokio::test]
async fn the_router_refuses_exactly_the_vectors_that_are_not_valid() {
    let mut unsent = Vec::new();
    for vector in vectors() {
        let Some(delivery) = vector.delivery() else {
            unsent.push(vector);
            continue;
        };
        let reply = World::with(settings(&[&vector.secret]), vector.now).post(delivery).await;
        assert_eq!(reply.status == 401, !vector.is_valid(), "{}: {reply:?}", vector.name);
        assert!(reply.status < 500, "{}: {reply:?}", vector.name);
    }
    // A line break can't stand in a header.
    assert!(unsent.iter().all(|vector| !vector.is_valid()));
    assert!(unsent.len() <= 1);
}

#[test]
fn each_refusal_says_why() {
    let secrets = [SecretString::from(SECRET)];
    let signature = sign(&secrets[0], NOW, b"body");
    let verify = |timestamp: Option<&str>, signature: Option<&str>| {
        verify(&secrets, timestamp, signature, b"body", NOW).unwrap_err()
    };
    let now = NOW.to_string();
    assert_eq!(verify(None, Some(&signature)), SignatureError::Missing);
    assert_eq!(verify(Some(&now), None), SignatureError::Missing);
    for malformed in ["", " ", "-5", "+5", "1e9", "nan", "99999999999999999999"] {
        let error = verify(Some(malformed), Some(&signature));
        assert_eq!(error, SignatureError::MalformedTimestamp, "{malformed:?}");
    }
    assert_eq!(verify(Some("0"), Some(&signature)), SignatureError::Stale);
    assert_eq!(verify(Some(&now), Some("v0=00")), SignatureError::Mismatch);
    assert_eq!(verify(Some(&now), Some("v0=")), SignatureError::Mismatch);
}

#[test]
fn five_minutes_off_is_accepted_and_a_second_more_is_not() {
    let secrets = [SecretString::from(SECRET)];
    for direction in [-1, 1] {
        let verify_off_by = |seconds: i64| {
            let timestamp = NOW + direction * seconds;
            let signature = sign(&secrets[0], timestamp, b"body");
            verify(&secrets, Some(&timestamp.to_string()), Some(&signature), b"body", NOW)
        };
        assert_eq!(verify_off_by(TOLERANCE_SECONDS), Ok(()));
        assert_eq!(verify_off_by(TOLERANCE_SECONDS + 1), Err(SignatureError::Stale));
    }
}

#[tokio::test]
async fn during_a_rotation_both_secrets_are_accepted() {
    for secret in ["the old one", "the new one"] {
        let world = World::with(settings(&["the old one", "the new one"]), NOW);
        let body = message_with_file().to_string();
        let reply = world.post(Delivery::unsigned(body).signed(secret, NOW)).await;
        assert_eq!(reply.status, 200, "{secret}: {reply:?}");
    }
    let world = World::with(settings(&["the old one", "the new one"]), NOW);
    let body = message_with_file().to_string();
    assert_eq!(world.post(Delivery::unsigned(body).signed("another", NOW)).await.status, 401);
}

#[tokio::test]
async fn an_empty_secret_accepts_nothing() {
    for secrets in [&[""][..], &["", ""], &[]] {
        let world = World::with(settings(secrets), NOW);
        let body = message_with_file().to_string();
        let reply = world.post(Delivery::unsigned(body).signed("", NOW)).await;
        assert_eq!(reply.status, 401, "{secrets:?}: {reply:?}");
    }
    // Nor does it keep a good one beside it from being accepted.
    let world = World::with(settings(&["", SECRET]), NOW);
    let body = message_with_file().to_string();
    assert_eq!(world.post(Delivery::unsigned(body).signed(SECRET, NOW)).await.status, 200);
}

#[test]
fn a_refusal_tells_nothing_of_the_request() {
    let secrets = [SecretString::from(SECRET)];
    let error = verify(&secrets, Some("1670631530"), Some("v0=abcdef"), b"private", NOW).unwrap_err();
    let said = format!("{error} {error:?}");
    for private in ["private", "abcdef", SECRET] {
        assert!(!said.contains(private), "{said}");
    }
}

/// The status of the answer to a request with these headers.
fn status(body: &[u8], timestamp: &str, signature: &str) -> u16 {
    let delivery = Delivery::unsigned(body)
        .header("x-slack-request-timestamp", timestamp)
        .header("x-slack-signature", signature);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(World::new().post(delivery)).status
}

/// A text with another visible character at a place.
fn changed(text: &str, place: prop::sample::Index, other: char) -> String {
    let place = place.index(text.len());
    format!("{}{other}{}", &text[..place], &text[place + 1..])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_byte_of_the_body_is_refused(place: prop::sample::Index, flip in 1..=u8::MAX) {
        let mut body = message_with_file().to_string().into_bytes();
        let signature = sign(&SecretString::from(SECRET), NOW, &body);
        prop_assert_eq!(status(&body, &NOW.to_string(), &signature), 200);
        let place = place.index(body.len());
        body[place] ^= flip;
        prop_assert_eq!(status(&body, &NOW.to_string(), &signature), 401);
    }

    #[test]
    fn a_changed_byte_of_the_timestamp_is_refused(place: prop::sample::Index, other in "[ -~]") {
        let body = message_with_file().to_string();
        let signature = sign(&SecretString::from(SECRET), NOW, body.as_bytes());
        let timestamp = changed(&NOW.to_string(), place, other.chars().next().unwrap());
        prop_assume!(timestamp != NOW.to_string());
        prop_assert_eq!(status(body.as_bytes(), &timestamp, &signature), 401);
    }

    #[test]
    fn a_changed_byte_of_the_signature_is_refused(place: prop::sample::Index, other in "[ -~]") {
        let body = message_with_file().to_string();
        let signature = sign(&SecretString::from(SECRET), NOW, body.as_bytes());
        let forged = changed(&signature, place, other.chars().next().unwrap());
        prop_assume!(forged != signature);
        prop_assert_eq!(status(body.as_bytes(), &NOW.to_string(), &forged), 401);
    }

    #[test]
    fn what_sign_signs_verify_accepts(body: Vec<u8>, secret in ".{1,40}", off in -TOLERANCE_SECONDS..=TOLERANCE_SECONDS) {
        let secrets = [SecretString::from(secret)];
        let signature = sign(&secrets[0], NOW + off, &body);
        let timestamp = (NOW + off).to_string();
        prop_assert_eq!(verify(&secrets, Some(&timestamp), Some(&signature), &body, NOW), Ok(()));
    }
}

#[tokio::test]
async fn the_handshake_needs_no_signature() {
    let reply = World::new().post(Delivery::unsigned(handshake().to_string())).await;
    assert_eq!((reply.status, reply.body["challenge"].as_str()), (200, handshake()["challenge"].as_str()));
}
