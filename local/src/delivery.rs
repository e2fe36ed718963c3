//! How Slack delivers an event: signed, three seconds for an answer, three more tries. An interaction has one try.
//!
//! Sources: <https://docs.slack.dev/apis/events-api/#retries>,
//! <https://docs.slack.dev/authentication/verifying-requests-from-slack>

use std::error::Error;
use std::time::{Duration, Instant};

use ackflow_handlers::ports::Clock;
use ackflow_handlers::signature::sign;
use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use reqwest::redirect;
use secrecy::SecretString;
use serde::Serialize;

/// How long Slack waits for an answer.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// How long Slack waits before each retry: none, a minute, five minutes.
pub const RETRY_WAITS: [Duration; 3] = [Duration::ZERO, Duration::from_mins(1), Duration::from_mins(5)];

/// How many redirects Slack follows.
const MOST_REDIRECTS: usize = 2;

/// How much of an answer is kept to be shown.
const KEPT_ANSWER: usize = 1024;

/// Why an attempt failed: what the next one says in `X-Slack-Retry-Reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryReason {
    /// No answer within three seconds.
    HttpTimeout,
    /// More redirects than Slack follows.
    TooManyRedirects,
    /// No connection.
    ConnectionFailed,
    /// A certificate that is not good.
    SslError,
    /// An answer other than 2xx.
    HttpError,
    /// Anything else, such as a connection lost before the answer.
    UnknownError,
}

impl RetryReason {
    /// The header's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HttpTimeout => "http_timeout",
            Self::TooManyRedirects => "too_many_redirects",
            Self::ConnectionFailed => "connection_failed",
            Self::SslError => "ssl_error",
            Self::HttpError => "http_error",
            Self::UnknownError => "unknown_error",
        }
    }
}

/// That an attempt is not the first: what its retry headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Retry {
    /// Which retry it is, from 1.
    pub num: u32,
    /// What became of the attempt before.
    pub reason: RetryReason,
}

/// One request, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// The retry headers it carried.
    pub retry: Option<Retry>,
    /// The answer's status, if there was an answer.
    pub status: Option<u16>,
    /// The beginning of the answer's body.
    pub answer: String,
    /// Why it counts as failed; nothing if it was acknowledged.
    pub failure: Option<RetryReason>,
    /// Whether the answer said `x-slack-no-retry: 1`.
    pub no_retry: bool,
    /// How long it took, in milliseconds.
    #[serde(rename = "milliseconds")]
    pub millis: f64,
}

/// One event's attempts, in order.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// At least one, at most four.
    pub attempts: Vec<Attempt>,
}

impl Delivery {
    /// Whether the last attempt was answered with a 2xx status.
    pub fn is_acknowledged(&self) -> bool {
        self.attempts.last().is_some_and(|attempt| attempt.failure.is_none())
    }
}

/// Signs events and interactions, and posts them.
#[derive(Clone, Debug)]
pub struct Sender {
    client: reqwest::Client,
    secret: SecretString,
}

impl Sender {
    /// A sender that signs with this secret, and reaches servers as the environment says (`HTTPS_PROXY` and the like).
    pub fn new(secret: SecretString) -> reqwest::Result<Self> {
        Self::with(secret, reqwest::Client::builder())
    }

    /// A sender to servers on this machine, which no proxy can reach.
    pub fn to_this_machine(secret: SecretString) -> reqwest::Result<Self> {
        Self::with(secret, reqwest::Client::builder().no_proxy())
    }

    fn with(secret: SecretString, client: reqwest::ClientBuilder) -> reqwest::Result<Self> {
        // reqwest is built without a provider of cryptography. An error says that one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = client.redirect(redirect::Policy::limited(MOST_REDIRECTS)).build()?;
        Ok(Self { client, secret })
    }

    /// Delivers until the event is acknowledged, retries are refused, or Slack would give up.
    pub async fn deliver(&self, url: &str, body: Bytes, clock: &dyn Clock) -> Delivery {
        self.deliver_with(&RETRY_WAITS, url, body, clock).await
    }

    /// Delivers as [`Sender::deliver`] does, with the first of Slack's retries only: the one that comes at once.
    pub async fn deliver_soon(&self, url: &str, body: Bytes, clock: &dyn Clock) -> Delivery {
        self.deliver_with(&RETRY_WAITS[..1], url, body, clock).await
    }

    async fn deliver_with(&self, waits: &[Duration], url: &str, body: Bytes, clock: &dyn Clock) -> Delivery {
        let mut attempts = vec![self.attempt(url, body.clone(), None, clock).await];
        for (num, wait) in (1..).zip(waits) {
            let Some(reason) = attempts.last().filter(|last| !last.no_retry).and_then(|last| last.failure)
            else {
                break;
            };
            if !wait.is_zero() {
                clock.sleep(*wait).await;
            }
            attempts.push(self.attempt(url, body.clone(), Some(Retry { num, reason }), clock).await);
        }
        Delivery { attempts }
    }

    /// Posts an event once, signed for the clock's time.
    pub async fn attempt(&self, url: &str, body: Bytes, retry: Option<Retry>, clock: &dyn Clock) -> Attempt {
        self.send(url, "application/json", body, retry, clock).await
    }

    /// Posts the form of an interaction or a slash command, signed for the clock's time. There is only this one
    /// attempt: Slack tells the user that the app did not answer, and does not send it again.
    ///
    /// Source: <https://docs.slack.dev/interactivity/handling-user-interaction>
    pub async fn attempt_form(&self, url: &str, form: Bytes, clock: &dyn Clock) -> Attempt {
        self.send(url, "application/x-www-form-urlencoded", form, None, clock).await
    }

    async fn send(
        &self,
        url: &str,
        content_type: &str,
        body: Bytes,
        retry: Option<Retry>,
        clock: &dyn Clock,
    ) -> Attempt {
        let timestamp = clock.now().as_second();
        let mut request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, content_type)
            .header(USER_AGENT, "Slackbot 1.0 (+https://api.slack.com/robots)")
            .header("X-Slack-Request-Timestamp", timestamp)
            .header("X-Slack-Signature", sign(&self.secret, timestamp, &body))
            .body(body);
        if let Some(Retry { num, reason }) = retry {
            request =
                request.header("X-Slack-Retry-Num", num).header("X-Slack-Retry-Reason", reason.as_str());
        }

        let started = Instant::now();
        // In real time whatever the clock: it is a real server that is waited for.
        let outcome = tokio::time::timeout(PATIENCE, Answer::to(request)).await;
        let millis = started.elapsed().as_secs_f64() * 1000.0;
        let unanswered = |reason| Attempt {
            retry,
            status: None,
            answer: String::new(),
            failure: Some(reason),
            no_retry: false,
            millis,
        };
        match outcome {
            Ok(Ok(Answer { status, no_retry, body })) => {
                let failure = (!(200..300).contains(&status)).then_some(RetryReason::HttpError);
                Attempt { retry, status: Some(status), answer: body, failure, no_retry, millis }
            }
            Ok(Err(error)) => unanswered(reason_of(&error)),
            Err(_) => unanswered(RetryReason::HttpTimeout),
        }
    }
}

/// What a delivery needs of an answer.
struct Answer {
    status: u16,
    no_retry: bool,
    body: String,
}

impl Answer {
    async fn to(request: reqwest::RequestBuilder) -> reqwest::Result<Self> {
        let mut response = request.send().await?;
        let status = response.status().as_u16();
        // Slack heeds the header on failures only; on a success there is nothing to retry.
        let no_retry =
            status != 200 && response.headers().get("x-slack-no-retry").is_some_and(|value| value == "1");
        let mut body = Vec::new();
        while body.len() < KEPT_ANSWER
            && let Some(piece) = response.chunk().await?
        {
            body.extend_from_slice(&piece);
        }
        body.truncate(KEPT_ANSWER);
        Ok(Self { status, no_retry, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

fn reason_of(error: &reqwest::Error) -> RetryReason {
    if error.is_redirect() {
        return RetryReason::TooManyRedirects;
    }
    if !error.is_connect() {
        return RetryReason::UnknownError;
    }
    if error.source().is_some_and(is_tls) { RetryReason::SslError } else { RetryReason::ConnectionFailed }
}

/// Whether TLS is at the bottom of an error.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    // An `io::Error` does not name what it wraps as its source, but the wrapped error's source.
    let cause = match error.downcast_ref::<std::io::Error>() {
        Some(wrapper) => wrapper.get_ref().map(|wrapped| wrapped as &(dyn Error + 'static)),
        None => error.source(),
    };
    error.is::<rustls::Error>() || cause.is_some_and(is_tls)
}
