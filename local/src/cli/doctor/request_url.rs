//! Whether the deployment answers as Slack expects.

use ackflow_handlers::{IngestSettings, http};
use bytes::Bytes;
use miette::{IntoDiagnostic, Result};
use reqwest::{StatusCode, header::CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::finding::Finding;
use crate::{
    cli::{public_url::PublicUrl, terminal::plain},
    clock::SystemClock,
    delivery::{Attempt, PATIENCE, RetryReason, Sender},
};

const CHECK: &str = "Request URL";

/// What the deployment is to give back.
const CHALLENGE: &str = "ackflow-doctor";

/// Posts Slack's handshake, an event that no flow wants, and the same event unsigned. They start nothing.
pub(super) async fn check(url: &PublicUrl, ingest: &IngestSettings) -> Result<Vec<Finding>> {
    let url = url.join("slack/events");
    let token = ingest.verification_token.as_ref().map(ExposeSecret::expose_secret);
    let event = json!({ "type": "event_callback", "token": token, "event": { "type": "ackflow_doctor" } });
    let mut findings = Vec::new();
    if let Some(secret) = ingest.signing_secrets.first() {
        let sender = sender(&url, secret)?;
        let challenge = json!({ "type": "url_verification", "token": token, "challenge": CHALLENGE });
        findings.push(handshake(&url, &post(&sender, &url, &challenge).await));
        findings.push(signed(&post(&sender, &url, &event).await));
    }
    findings.push(unsigned(&url, &event).await?);
    Ok(findings)
}

fn sender(url: &Url, secret: &SecretString) -> Result<Sender> {
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let sender = if is_here { Sender::to_this_machine(secret.clone()) } else { Sender::new(secret.clone()) };
    sender.into_diagnostic()
}

async fn post(sender: &Sender, url: &Url, body: &Value) -> Attempt {
    sender.attempt(url.as_str(), Bytes::from(body.to_string()), None, &SystemClock).await
}

fn handshake(url: &Url, attempt: &Attempt) -> Finding {
    let answer: Option<Value> = serde_json::from_str(&attempt.answer).ok();
    if attempt.failure.is_none() && answer.is_some_and(|answer| answer["challenge"] == CHALLENGE) {
        return Finding::ok(CHECK, format!("{url} answers Slack's challenge"));
    }
    Finding::error(CHECK, format!("{url} does not answer Slack's challenge, but {}", answered(attempt)))
        .breaks("Slack does not accept the URL")
        .remedy("start the deployment, or give the URL that leads to it, with --url")
}

/// The handshake needs no signature: only an event tells whether the deployment has the same secret.
fn signed(attempt: &Attempt) -> Finding {
    if attempt.failure.is_none() {
        return Finding::ok(CHECK, "it takes an event that is signed with the signing secret");
    }
    Finding::error(CHECK, format!("it does not take a signed event, but {}", answered(attempt)))
        .breaks("no event is heard")
        .remedy("give the deployment this app's signing secret and verification token, and set its clock")
}

async fn unsigned(url: &Url, event: &Value) -> Result<Finding> {
    let client = http::client(url).into_diagnostic()?;
    let request = client.post(url.clone()).header(CONTENT_TYPE, "application/json").body(event.to_string());
    let finding = match request.timeout(PATIENCE).send().await.map(|answer| answer.status()) {
        Ok(StatusCode::UNAUTHORIZED) => Finding::ok(CHECK, "it refuses an event that is not signed"),
        Ok(status) if status.is_success() => {
            Finding::error(CHECK, format!("it takes an event that is not signed ({status})"))
                .breaks("anybody can start flows")
                .remedy("find out what answers there: Ackflow says 401")
        }
        Ok(status) => {
            Finding::warning(CHECK, format!("it answers an event that is not signed with {status}"))
                .remedy("find out what answers there: Ackflow says 401")
        }
        Err(_) => Finding::warning(CHECK, "it does not answer an event that is not signed")
            .remedy("start the deployment, and examine it again"),
    };
    Ok(finding)
}

/// What came instead of what was wanted.
fn answered(attempt: &Attempt) -> String {
    /// How much of an answer helps. It may be a web page.
    const SHOWN: usize = 120;
    match attempt.status {
        Some(status) => {
            let line = attempt.answer.lines().next().unwrap_or_default();
            let line: String = plain(line).chars().take(SHOWN).collect();
            format!("says {status} {line}").trim_end().to_owned()
        }
        None => format!("says nothing ({})", attempt.failure.map_or("", RetryReason::as_str)),
    }
}
