//! Ingest: acknowledges Slack's events. **An acknowledgement means durable.**
//!
//! The same router serves `POST /slack/events`, `/slack/interactivity` and `/slack/commands` on one machine and in Lambda.

mod answer;
mod tally;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use ackflow_flows::{Configuration, Ignored, RouteError, Routing, route, route_press, route_slash_command};
use ackflow_schemas::{
    notice::Notice,
    slack::{AppRateLimited, Interaction, OuterEvent, SlashCommand},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, request::Parts},
    response::Response,
    routing::post,
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use self::answer::Answer;
pub use self::tally::Tally;
use crate::{
    in_time::in_time,
    ports::{Clock, Intake, NoticeTopic, Taken},
    signature,
};

/// The largest body that is read.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// How long the body of a request may take to come: Slack gives up on a request after three seconds.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a port may take: Slack waits for three seconds.
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
    configuration: Arc<Configuration>,
    intake: Arc<dyn Intake>,
    notices: Arc<dyn NoticeTopic>,
    clock: Arc<dyn Clock>,
    tally: Tally,
}

/// What Slack posts to: it sends different things there, and reads different answers.
#[derive(Clone, Copy, Debug)]
enum Door {
    Events,
    Interactivity,
    Commands,
}

/// The routes of ingest.
pub fn router(ingest: Arc<Ingest>) -> Router {
    let door = |door| {
        post(
            move |State(ingest): State<Arc<Ingest>>, request| async move { ingest.receive(door, request).await },
        )
    };
    Router::new()
        .route("/slack/events", door(Door::Events))
        .route("/slack/interactivity", door(Door::Interactivity))
        .route("/slack/commands", door(Door::Commands))
        .with_state(ingest)
}

impl Ingest {
    /// Ingest with its ports.
    pub fn new(
        settings: IngestSettings,
        configuration: Arc<Configuration>,
        intake: Arc<dyn Intake>,
        notices: Arc<dyn NoticeTopic>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { settings, configuration, intake, notices, clock, tally: Tally::default() }
    }

    /// Whether there is a signing secret. Without one only the handshake is answered.
    pub fn is_configured(&self) -> bool {
        !self.settings.signing_secrets.is_empty()
    }

    /// How many requests were answered in which way, since the start.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    async fn receive(&self, door: Door, request: Request) -> Response {
        let (Parts { headers, .. }, body) = request.into_parts();
        let answer = self.answer(door, &headers, body).await;
        self.tally.count(&answer);
        answer.respond(door)
    }

    async fn answer(&self, door: Door, headers: &HeaderMap, body: Body) -> Answer {
        let announced = header(headers, "content-length").and_then(|length| length.parse().ok());
        if announced > Some(MAX_BODY_BYTES) {
            return Answer::TooLarge;
        }
        let Ok(read) = tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await else {
            return Answer::TooSlow;
        };
        let Ok(body) = read else { return Answer::TooLarge };
        if let Err(error) = self.verify(headers, &body) {
            // The handshake works while the secret is still being wired.
            return match (door, OuterEvent::parse(&body)) {
                (Door::Events, Ok(OuterEvent::UrlVerification(handshake))) => {
                    tracing::warn!(%error, "the URL is verified, but events will be refused: check the signing secret");
                    Answer::Challenge(handshake.challenge)
                }
                _ => Answer::Refused(error),
            };
        }
        tracing::debug!(retry = header(headers, "x-slack-retry-num"), "a request of Slack's");
        match door {
            Door::Events => self.hear_event(&body).await,
            Door::Interactivity => self.hear_interaction(&body).await,
            Door::Commands => self.hear_command(&body).await,
        }
    }

    async fn hear_event(&self, body: &[u8]) -> Answer {
        match OuterEvent::parse(body) {
            Ok(OuterEvent::UrlVerification(handshake)) => Answer::Challenge(handshake.challenge),
            Ok(OuterEvent::EventCallback(callback)) if self.is_token_wrong(callback.token.as_ref()) => {
                Answer::TokenDiffers
            }
            Ok(OuterEvent::EventCallback(callback)) => {
                let routing = || route(&callback, &self.configuration, self.clock.now());
                self.accept(callback.team_id.as_ref(), routing).await
            }
            Ok(OuterEvent::AppRateLimited(limited)) if self.is_token_wrong(limited.token.as_ref()) => {
                Answer::TokenDiffers
            }
            Ok(OuterEvent::AppRateLimited(limited)) => self.tell_rate_limited(&limited).await,
            Ok(OuterEvent::Unknown { .. }) => Answer::UnknownType,
            Err(error) => Answer::Malformed(error.to_string()),
        }
    }

    async fn hear_interaction(&self, body: &[u8]) -> Answer {
        let interaction = match Interaction::parse(body) {
            Ok(interaction) => interaction,
            Err(error) => return Answer::Malformed(error.to_string()),
        };
        let (token, team) = match &interaction {
            Interaction::BlockActions(actions) => {
                let of_user = || actions.user.as_ref().and_then(|user| user.team_id.clone());
                let team = actions.team.as_ref().map(|team| team.id.clone()).or_else(of_user);
                (actions.token.clone(), team)
            }
            Interaction::Unknown { .. } => return Answer::Ignored(Ignored::OtherType),
        };
        if self.is_token_wrong(token.as_ref()) {
            return Answer::TokenDiffers;
        }
        self.accept(team.as_ref(), || route_press(interaction, self.clock.now())).await
    }

    async fn hear_command(&self, body: &[u8]) -> Answer {
        // Slack looks from time to time whether somebody is there.
        // Source: <https://docs.slack.dev/interactivity/implementing-slash-commands>
        if url::form_urlencoded::parse(body).any(|(name, value)| name == "ssl_check" && value == "1") {
            return Answer::Present;
        }
        let command = match SlashCommand::parse(body) {
            Ok(command) => command,
            Err(error) => return Answer::Malformed(error.to_string()),
        };
        if self.is_token_wrong(command.token.as_ref()) {
            return Answer::TokenDiffers;
        }
        let routing = || route_slash_command(&command, &self.configuration, self.clock.now());
        self.accept(command.team_id.as_ref(), routing).await
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

    /// Hands over what a flow wants.
    async fn accept(
        &self,
        team: Option<&String>,
        routing: impl FnOnce() -> Result<Routing, RouteError>,
    ) -> Answer {
        let team = team.map(String::as_str).unwrap_or_default();
        if !self.settings.team_ids.is_empty() && !self.settings.team_ids.contains(team) {
            return Answer::Ignored(Ignored::OtherWorkspace);
        }
        let start = match routing() {
            Ok(Routing::Start(start)) => start,
            Ok(Routing::Ignore(reason)) => return Answer::Ignored(reason),
            Err(error) => return Answer::Malformed(error.to_string()),
        };
        match in_time("the ledger", answer_deadline(), self.intake.take(&start)).await {
            Ok(Taken::Accepted) => Answer::Accepted(start.name),
            Ok(Taken::Duplicate) => Answer::Duplicate(start.name),
            Err(error) => Answer::Unavailable(error),
        }
    }

    async fn tell_rate_limited(&self, limited: &AppRateLimited) -> Answer {
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
        // A notice that fails is in the log; the request is answered all the same.
        let published = in_time("the notices' topic", answer_deadline(), self.notices.publish(&notice));
        if let Err(error) = published.await {
            tracing::error!(%error, ?notice, "a notice for the operators was not published");
        }
        Answer::RateLimitNoted
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Until when a port may answer that is asked now.
fn answer_deadline() -> Instant {
    Instant::now() + ANSWER_TIMEOUT
}
