//! A thin client of Slack's Web API, and of its file hosts.

mod download;
mod identity;
mod methods;

use std::{sync::Arc, time::Duration};

use ackflow_asl::{Failure, StepError};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{self, HeaderMap},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

pub use download::Download;
pub use identity::Identity;

use crate::ports::Clock;

/// Slack's own Web API.
pub const SLACK_API_URL: &str = "https://slack.com/api/";

/// How long one call of the Web API may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait after a 429 that does not say.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(30);

/// Why Slack did not do what was asked. Never holds the token, nor what was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlackError {
    /// HTTP 429.
    #[error("Slack asks to wait {} s before {what} is asked for again", retry_after.as_secs())]
    RateLimited {
        /// What was asked for.
        what: String,
        /// How long to wait.
        retry_after: Duration,
    },
    /// A server error, a connection that broke, an answer that is none.
    #[error("Slack can't be reached for {what}: {reason}")]
    Unavailable {
        /// What was asked for.
        what: String,
        /// What happened.
        reason: String,
        /// Whether an answer came: then Slack is not at it any more, though it may have done it.
        is_answered: bool,
    },
    /// Slack refuses, with an error of its own (`ok: false`).
    #[error("Slack refuses {what}: {error}{}", needed.as_ref().map(|scope| format!(" (the token lacks the scope {scope}: add it and reinstall the app)")).unwrap_or_default())]
    Refused {
        /// What was asked for.
        what: String,
        /// Slack's error, such as `file_not_found`.
        error: String,
        /// The scope that is missing, where that is the reason.
        needed: Option<String>,
    },
    /// A download leads to a host that must not see the token.
    #[error(
        "the download leads to {host}, which is not one of Slack's file hosts: the token is not sent there"
    )]
    HostNotAllowed {
        /// The host.
        host: String,
    },
    /// Slack answered a download with its login page, or with 401 or 403.
    #[error(
        "Slack does not give the file to this token: it lacks the scope files:read, or the app was not reinstalled after the scope was added, or the bot is not in the channel"
    )]
    AccessDenied,
    /// There is no such file any more.
    #[error("the file is gone: Slack answers {status}")]
    Gone {
        /// The HTTP status.
        status: u16,
    },
}

impl SlackError {
    /// The failure of a step that Slack did not answer, one of the two that pass.
    pub(crate) fn failure<E: StepError>(&self, rate_limited: E, unavailable: E) -> Failure<E> {
        let error = if matches!(self, Self::RateLimited { .. }) { rate_limited } else { unavailable };
        Failure::new(error, self.to_string())
    }
}

/// A client with one bot token.
#[derive(Clone)]
pub struct SlackClient {
    http: Client,
    api_url: Url,
    token: SecretString,
    clock: Arc<dyn Clock>,
    /// How long to wait in all when Slack says when to come back.
    patience: Duration,
}

impl SlackClient {
    /// A client of the API at this URL, which [`api_url`](crate::api_url) gives. Files are fetched from Slack's hosts and
    /// from this URL's.
    pub fn new(http: Client, api_url: Url, token: SecretString, clock: Arc<dyn Clock>) -> Self {
        Self { http, api_url, token, clock, patience: Duration::ZERO }
    }

    /// A client that waits by itself, this long in all, when Slack says when to come back.
    #[must_use]
    pub fn patient(&self, patience: Duration) -> Self {
        Self { patience, ..self.clone() }
    }

    async fn get<T: DeserializeOwned>(
        &self,
        method: &str,
        parameters: &[(&str, &str)],
    ) -> Result<T, SlackError> {
        let mut url = self.url(method);
        url.query_pairs_mut().extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()));
        self.call(method, || self.http.get(url.clone())).await
    }

    async fn post<T: DeserializeOwned>(&self, method: &str, arguments: &Value) -> Result<T, SlackError> {
        self.call(method, || self.http.post(self.url(method)).json(arguments)).await
    }

    fn url(&self, method: &str) -> Url {
        self.api_url.join(method).expect("a method's name is a relative URL")
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<T, SlackError> {
        let (_, answer) = self.call_with_headers(method, request).await?;
        Ok(answer)
    }

    /// Calls a method, as patiently as this client is. Gives the headers of the answer too.
    async fn call_with_headers<T: DeserializeOwned>(
        &self,
        method: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<(HeaderMap, T), SlackError> {
        self.patiently(|| async {
            let request = request().bearer_auth(self.token.expose_secret()).timeout(CALL_TIMEOUT);
            match request.send().await {
                Ok(response) => read_answer(method, response).await,
                Err(error) => Err(unavailable(method, &error)),
            }
        })
        .await
    }

    /// Tries something, and waits and tries again when Slack says when to come back, while the patience lasts.
    async fn patiently<T, F: Future<Output = Result<T, SlackError>>>(
        &self,
        attempt: impl Fn() -> F,
    ) -> Result<T, SlackError> {
        let mut patience = self.patience;
        loop {
            match attempt().await {
                Err(SlackError::RateLimited { retry_after, .. }) if retry_after <= patience => {
                    patience -= retry_after;
                    self.clock.sleep(retry_after).await;
                }
                answered => return answered,
            }
        }
    }
}

/// What every answer of the Web API holds.
#[derive(Deserialize)]
struct Verdict {
    ok: bool,
    error: Option<String>,
    needed: Option<String>,
}

async fn read_answer<T: DeserializeOwned>(
    method: &str,
    response: Response,
) -> Result<(HeaderMap, T), SlackError> {
    check_status(method, &response)?;
    let headers = response.headers().clone();
    let body = response.bytes().await.map_err(|error| unavailable(method, &error))?;
    let verdict: Verdict = serde_json::from_slice(&body)
        .map_err(|_| malformed(method, "it is not the JSON that Slack documents"))?;
    if !verdict.ok {
        let error = verdict.error.unwrap_or_else(|| "no error named".to_owned());
        return Err(refused(method, error, verdict.needed));
    }
    let answer =
        ackflow_schemas::slack::parse(&body).map_err(|error| malformed(method, &error.to_string()))?;
    Ok((headers, answer))
}

/// Slack's own error, sorted into those that pass and those that don't.
fn refused(method: &str, error: String, needed: Option<String>) -> SlackError {
    let what = method.to_owned();
    match error.as_str() {
        "ratelimited" | "rate_limited" => SlackError::RateLimited { what, retry_after: DEFAULT_RETRY_AFTER },
        "internal_error"
        | "fatal_error"
        | "service_unavailable"
        | "request_timeout"
        | "team_added_to_org" => SlackError::Unavailable { what, reason: error, is_answered: true },
        _ => SlackError::Refused { what, error, needed },
    }
}

fn check_status(what: &str, response: &Response) -> Result<(), SlackError> {
    let status = response.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let header = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let seconds = header.and_then(|value| value.parse().ok());
        let retry_after = seconds.map_or(DEFAULT_RETRY_AFTER, Duration::from_secs);
        return Err(SlackError::RateLimited { what: what.to_owned(), retry_after });
    }
    if status.is_server_error() {
        return Err(SlackError::Unavailable {
            what: what.to_owned(),
            reason: format!("it answers {status}"),
            // With 504, a proxy has given up on Slack, which may still be at it.
            is_answered: status != StatusCode::GATEWAY_TIMEOUT,
        });
    }
    Ok(())
}

fn unavailable(what: &str, error: &reqwest::Error) -> SlackError {
    // Without its URL, which may hold what was sent.
    let reason = match (error.is_timeout(), error.is_connect()) {
        (true, _) => "no answer in time",
        (_, true) => "no connection",
        _ => "the connection broke",
    };
    SlackError::Unavailable { what: what.to_owned(), reason: reason.to_owned(), is_answered: false }
}

fn malformed(what: &str, reason: &str) -> SlackError {
    let reason = format!("its answer can't be read: {reason}");
    SlackError::Unavailable { what: what.to_owned(), reason, is_answered: true }
}
