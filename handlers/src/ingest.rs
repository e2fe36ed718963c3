//! Ingest: acknowledges Slack's events. **An acknowledgement means durable.**
//!
//! The same router serves `POST /slack/events` on one machine and in Lambda.

mod answer;
mod tally;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use ackflow_flows::{Routing, StartRequest, route};
use ackflow_schemas::{
    document::Notice,
    slack::{AppRateLimited, EventCallback, OuterEvent},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, request::Parts},
    routing::post,
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use self::answer::Answer;
pub use self::tally::Tally;
use crate::{
    ports::{Claim, Clock, EventLedger, Executions, NoticeTopic, PortError},
    signature,
};

/// The largest body that is read.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// How long a port may take.
const PORT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long all ports together may take: Slack waits for three seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(2_700);

/// What ingest is configured with.
#[derive(Clone, Debug, Default)]
pub struct IngestSettings {
    /// The signing secrets: two during a rotation.
    pub signing_secrets: Vec<SecretString>,
    /// The legacy verification token, where the app still checks it.
    pub verification_token: Option<SecretString>,
    /// The workspaces whose events are wanted; all when empty.
    pub team_ids: BTreeSet<String>,
}

/// Ingest and its ports.
pub struct Ingest {
    settings: IngestSettings,
    ledger: Arc<dyn EventLedger>,
    executions: Arc<dyn Executions>,
    notices: Arc<dyn NoticeTopic>,
    clock: Arc<dyn Clock>,
    tally: Tally,
}

/// The routes of ingest.
pub fn router(ingest: Arc<Ingest>) -> Router {
    Router::new().route("/slack/events", post(receive)).with_state(ingest)
}

async fn receive(State(ingest): State<Arc<Ingest>>, request: Request) -> Answer {
    let (Parts { headers, .. }, body) = request.into_parts();
    let answer = ingest.answer(&headers, body).await;
    ingest.tally.count(&answer);
    answer
}

impl Ingest {
    /// Ingest with its ports.
    pub fn new(
        settings: IngestSettings,
        ledger: Arc<dyn EventLedger>,
        executions: Arc<dyn Executions>,
        notices: Arc<dyn NoticeTopic>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { settings, ledger, executions, notices, clock, tally: Tally::default() }
    }

    /// How many requests were answered in which way, since the start.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    async fn answer(&self, headers: &HeaderMap, body: Body) -> Answer {
        let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else { return Answer::TooLarge };
        if let Err(error) = self.verify(headers, &body) {
            // The handshake works while the secret is still being wired.
            return match OuterEvent::parse(&body) {
                Ok(OuterEvent::UrlVerification(handshake)) => {
                    tracing::warn!(%error, "the URL is verified, but events will be refused: check the signing secret");
                    Answer::Challenge(handshake.challenge)
                }
                _ => Answer::Refused(error),
            };
        }
        let deadline = Instant::now() + ANSWER_TIMEOUT;
        tracing::debug!(retry = header(headers, "x-slack-retry-num"), "a request of Slack's");
        match OuterEvent::parse(&body) {
            Ok(OuterEvent::UrlVerification(handshake)) => Answer::Challenge(handshake.challenge),
            Ok(OuterEvent::EventCallback(callback)) if self.is_token_wrong(callback.token.as_ref()) => {
                Answer::TokenDiffers
            }
            Ok(OuterEvent::EventCallback(callback)) => self.accept(*callback, deadline).await,
            Ok(OuterEvent::AppRateLimited(limited)) if self.is_token_wrong(limited.token.as_ref()) => {
                Answer::TokenDiffers
            }
            Ok(OuterEvent::AppRateLimited(limited)) => self.tell_rate_limited(&limited, deadline).await,
            Ok(OuterEvent::Unknown { .. }) => Answer::UnknownType,
            Err(error) => Answer::Malformed(error.to_string()),
        }
    }

    fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), signature::SignatureError> {
        let timestamp = header(headers, "x-slack-request-timestamp");
        let claimed = header(headers, "x-slack-signature");
        let now = self.clock.now().as_second();
        signature::verify(&self.settings.signing_secrets, timestamp, claimed, body, now)
    }

    fn is_token_wrong(&self, given: Option<&String>) -> bool {
        let Some(wanted) = &self.settings.verification_token else { return false };
        let given = given.map(String::as_bytes).unwrap_or_default();
        !bool::from(given.ct_eq(wanted.expose_secret().as_bytes()))
    }

    /// Claims a wanted event and starts its flow.
    async fn accept(&self, mut callback: EventCallback, deadline: Instant) -> Answer {
        let team = callback.team_id.clone().unwrap_or_default();
        if !self.settings.team_ids.is_empty() && !self.settings.team_ids.contains(&team) {
            return Answer::Ignored(ackflow_flows::Ignored::OtherWorkspace);
        }
        let start = match route(&mut callback) {
            Ok(Routing::Start(start)) => start,
            Ok(Routing::Ignore(reason)) => return Answer::Ignored(reason),
            Err(error) => return Answer::Malformed(error.to_string()),
        };
        match in_time("the ledger", deadline, self.ledger.claim(&start.name)).await {
            Ok(Claim::Started) => Answer::Duplicate(start.name),
            Ok(Claim::New | Claim::Claimed) => self.start(start, deadline).await,
            Err(ledger_error) => {
                tracing::error!(%ledger_error, name = start.name, "the event is started by its name alone");
                match in_time("the engine", deadline, self.executions.start(&start)).await {
                    Ok(()) => Answer::Accepted(start.name),
                    Err(error) => Answer::Unavailable(error),
                }
            }
        }
    }

    /// Starts the flow of an event that is in the ledger.
    async fn start(&self, start: StartRequest, deadline: Instant) -> Answer {
        if let Err(error) = in_time("the engine", deadline, self.executions.start(&start)).await {
            return self.keep(start, &error, deadline).await;
        }
        // Not knowing it only costs another start under the same name.
        if let Err(error) = in_time("the ledger", deadline, self.ledger.mark_started(&start.name)).await {
            tracing::warn!(%error, name = start.name, "the event is not marked as started");
        }
        Answer::Accepted(start.name)
    }

    /// Keeps an event that can't be started now, for the redriver.
    async fn keep(&self, start: StartRequest, reason: &PortError, deadline: Instant) -> Answer {
        if let Err(error) = in_time("the ledger", deadline, self.ledger.keep_pending(&start)).await {
            return Answer::Unavailable(error);
        }
        tracing::error!(%reason, name = start.name, "the event is kept, and started later");
        let notice = Notice::Operations {
            id: format!("pending/{}", start.name),
            subject: "An event waits for the engine".to_owned(),
            text: format!(
                "Execution {} of {} could not be started: {reason}. The event is kept and started again every minute.",
                start.name, start.flow
            ),
        };
        self.publish(notice, deadline).await;
        Answer::Accepted(start.name)
    }

    async fn tell_rate_limited(&self, limited: &AppRateLimited, deadline: Instant) -> Answer {
        let team = limited.team_id.as_deref().unwrap_or("unknown");
        let minute = limited.minute_rate_limited.unwrap_or_default();
        let began =
            Timestamp::from_second(minute).map_or_else(|_| minute.to_string(), |time| time.to_string());
        let notice = Notice::Operations {
            id: format!("rate-limited/{team}/{minute}"),
            subject: "Slack holds back events".to_owned(),
            text: format!(
                "Workspace {team} sent more than 30,000 events within an hour, and Slack drops the rest of the \
                 minute that began at {began}. Those events do not come again: subscribe to fewer, or look for \
                 what floods the channels."
            ),
        };
        self.publish(notice, deadline).await;
        Answer::RateLimitNoted
    }

    /// A notice that fails is in the log; the request is answered all the same.
    async fn publish(&self, notice: Notice, deadline: Instant) {
        if let Err(error) = in_time("the notices' topic", deadline, self.notices.publish(&notice)).await {
            tracing::error!(%error, ?notice, "a notice for the operators was not published");
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A port that does not answer in time is down.
async fn in_time<T>(
    port: &'static str,
    deadline: Instant,
    call: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    let deadline = deadline.min(Instant::now() + PORT_TIMEOUT);
    let timed_out = |_| Err(PortError::new(port, "it does not answer in time"));
    tokio::time::timeout_at(deadline, call).await.unwrap_or_else(timed_out)
}
