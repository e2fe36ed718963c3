//! Deploys by a request to a URL, signed and with an idempotency key.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use ackflow_flows::Target;
use async_trait::async_trait;
use reqwest::{Client, Response, StatusCode, header};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    ports::{Clock, DeployError, Deployer, Deployment, Progress},
    signature::sign,
};

/// How long the answer may take: whoever receives the request does not keep it until the deployment is done.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How often to try to connect, within about a minute. The second try comes after a second, and each wait is twice as
/// long as the one before.
const CONNECTS: u32 = 6;

/// The fewest characters of a secret that can't be guessed.
pub const SHORTEST_WEBHOOK_SECRET: usize = 16;

/// What is no refusal. A conflict says that an earlier request with the key is still being answered.
///
/// Source: <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>
const PASSES: [StatusCode; 3] =
    [StatusCode::REQUEST_TIMEOUT, StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS];

/// How much of an answer is shown when it is a refusal, in characters.
const SHOWN: usize = 200;

/// Posts deployments. Who receives them starts each idempotency key once.
pub struct WebhookDeployer {
    http: Client,
    secret: SecretString,
    clock: Arc<dyn Clock>,
    /// The keys of requests that went out and were not answered for good: what they asked for may have been started.
    unsettled: Mutex<BTreeSet<String>>,
}

/// What is posted.
#[derive(Serialize)]
struct Request<'a> {
    service: &'a str,
    environment: &'a str,
    requested_by: &'a str,
    idempotency_key: &'a str,
}

/// What may be answered.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Reply {
    /// Where to look at the deployment.
    link: Option<String>,
}

impl WebhookDeployer {
    /// A deployer that signs with this secret.
    pub fn new(http: Client, secret: SecretString, clock: Arc<dyn Clock>) -> Self {
        Self { http, secret, clock, unsettled: Mutex::default() }
    }

    /// Posts once somebody listens. Until then nothing is sent, so to try again here is no second request.
    async fn post(&self, url: &Url, key: &str, body: &[u8]) -> reqwest::Result<Response> {
        let mut wait = Duration::from_secs(1);
        for _ in 1..CONNECTS {
            match self.post_once(url, key, body).await {
                Err(error) if error.is_connect() => self.clock.sleep(wait).await,
                answered => return answered,
            }
            wait *= 2;
        }
        self.post_once(url, key, body).await
    }

    async fn post_once(&self, url: &Url, key: &str, body: &[u8]) -> reqwest::Result<Response> {
        let timestamp = self.clock.now().as_second();
        self.http
            .post(url.clone())
            .timeout(TIMEOUT)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key)
            .header("x-ackflow-request-timestamp", timestamp)
            .header("x-ackflow-signature", sign(&self.secret, timestamp, body))
            .body(body.to_vec())
            .send()
            .await
    }

    /// What it means that no answer came.
    fn unanswered(&self, key: &str, error: reqwest::Error) -> DeployError {
        let mut unsettled = self.unsettled();
        if error.is_connect() && !unsettled.contains(key) {
            let reason = "it takes no connection, so nothing was sent; ask again once it does";
            return DeployError::Refused(reason.to_owned());
        }
        unsettled.insert(key.to_owned());
        // Without the URL, which may hold what only this machine should know.
        DeployError::Unavailable(error.without_url().to_string())
    }

    fn unsettled(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.unsettled.lock().expect("no thread panics while it holds the keys")
    }
}

#[async_trait]
impl Deployer for WebhookDeployer {
    async fn start(&self, deployment: &Deployment) -> Result<Progress, DeployError> {
        let Target::Webhook(target) = &deployment.target else {
            return Err(DeployError::Unsupported("the target is no webhook".to_owned()));
        };
        let request = Request {
            service: &deployment.service,
            environment: &deployment.environment,
            requested_by: &deployment.requested_by,
            idempotency_key: &deployment.key,
        };
        let body = serde_json::to_vec(&request).expect("texts are JSON");
        let key = &deployment.key;
        let answered = self.post(&target.url, key, &body).await;
        let answer = answered.map_err(|error| self.unanswered(key, error))?;
        let status = answer.status();
        let body = answer.bytes().await.unwrap_or_default();
        if status.is_success() {
            let reply: Reply = serde_json::from_slice(&body).unwrap_or_default();
            return Ok(Progress::Succeeded(reply.link));
        }
        let text: String = String::from_utf8_lossy(&body).chars().take(SHOWN).collect();
        let reason = format!("it answers {status}: {text}");
        if status.is_server_error() || PASSES.contains(&status) {
            self.unsettled().insert(key.clone());
            return Err(DeployError::Unavailable(reason));
        }
        Err(DeployError::Refused(reason))
    }

    /// The key makes it harmless to post again. The request of the start that broke off may have gone out.
    async fn find(&self, deployment: &Deployment) -> Result<Option<Progress>, DeployError> {
        self.unsettled().insert(deployment.key.clone());
        Ok(None)
    }

    async fn check(&self, _: &Deployment, _: &str) -> Result<Progress, DeployError> {
        Err(DeployError::Uncertain("a webhook has no deployments that go on".to_owned()))
    }
}
