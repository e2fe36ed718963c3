//! What Slack is answered.

use ackflow_flows::Ignored;
use axum::{
    Json,
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::Door;
use crate::{ports::PortError, signature::SignatureError};

/// Says that sending the very same again is of no use.
///
/// Source: <https://docs.slack.dev/apis/events-api#errors>
const NO_RETRY: (HeaderName, &str) = (HeaderName::from_static("x-slack-no-retry"), "1");

/// An answer.
#[derive(Debug)]
pub(super) enum Answer {
    /// The event's execution exists, or will.
    Accepted(String),
    /// It was accepted before.
    Duplicate(String),
    /// No flow wants it.
    Ignored(Ignored),
    /// The handshake.
    Challenge(String),
    /// `app_rate_limited` was passed on.
    RateLimitNoted,
    /// Slack only looked whether somebody is there.
    Present,
    /// The signature does not verify.
    Refused(SignatureError),
    /// The legacy verification token differs.
    TokenDiffers,
    /// The body is over the limit.
    TooLarge,
    /// The body did not come in time.
    TooSlow,
    /// An outer type that Slack does not document.
    UnknownType,
    /// Not the JSON that its type needs.
    Malformed(String),
    /// Neither ledger nor engine could keep the event.
    Unavailable(PortError),
}

impl Answer {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Accepted(_)
            | Self::Duplicate(_)
            | Self::Ignored(_)
            | Self::Challenge(_)
            | Self::RateLimitNoted
            | Self::Present => StatusCode::OK,
            Self::Refused(_) | Self::TokenDiffers => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::UnknownType | Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn body(&self) -> Value {
        match self {
            Self::Accepted(execution) => json!({ "status": "accepted", "execution": execution }),
            Self::Duplicate(execution) => json!({ "status": "duplicate", "execution": execution }),
            Self::Ignored(reason) => json!({ "status": "ignored", "reason": reason }),
            Self::Challenge(challenge) => json!({ "challenge": challenge }),
            Self::RateLimitNoted => json!({ "status": "noted" }),
            Self::Present => json!({ "status": "present" }),
            Self::Refused(error) => json!({ "error": error.to_string() }),
            Self::TokenDiffers => json!({ "error": "the verification token is not the configured one" }),
            Self::TooLarge => json!({ "error": "the body is over 1 MiB" }),
            Self::TooSlow => json!({ "error": "the body did not come in time" }),
            Self::UnknownType => json!({ "error": "the outer type is none that Slack documents" }),
            Self::Malformed(reason) => json!({ "error": reason }),
            Self::Unavailable(_) => json!({ "error": "the event could not be kept; send it again" }),
        }
    }
}

impl Answer {
    /// The response, as Slack reads it at this door.
    pub(super) fn respond(self, door: Door) -> Response {
        self.log();
        if self.status() == StatusCode::OK {
            match door {
                Door::Events => {}
                // Slack shows nothing of it.
                Door::Interactivity => return StatusCode::OK.into_response(),
                Door::Commands => return self.reply(),
            }
        }
        let response = (self.status(), Json(self.body()));
        if matches!(self.status(), StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE) {
            return ([NO_RETRY], response).into_response();
        }
        response.into_response()
    }

    /// What whoever typed a slash command is told at once. The answer proper comes from its flow.
    ///
    /// Source: <https://docs.slack.dev/interactivity/implementing-slash-commands#responding_to_commands>
    fn reply(&self) -> Response {
        let text = match self {
            Self::Accepted(_) | Self::Duplicate(_) => "On it.",
            Self::Ignored(Ignored::SwitchedOff) => "Nothing can be deployed here: it is not configured.",
            Self::Ignored(_) => "I don't know this command.",
            _ => return StatusCode::OK.into_response(),
        };
        Json(json!({ "response_type": "ephemeral", "text": text })).into_response()
    }

    fn log(&self) {
        match self {
            Self::Unavailable(error) => tracing::error!(%error, "an event could not be kept"),
            Self::Refused(error) => {
                tracing::warn!(%error, "a request is refused: check the signing secret and the clock");
            }
            Self::TokenDiffers => {
                tracing::warn!("a request is refused: its verification token is not the configured one");
            }
            Self::Malformed(reason) => tracing::warn!(reason, "a request is malformed"),
            _ => {}
        }
    }
}
