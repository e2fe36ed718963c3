//! The notifier: the only part that posts messages. Each notice is posted once.

use std::{collections::HashMap, sync::Arc, time::Duration};

use ackflow_schemas::document::{Notice, SourceMessage};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{
    notice_text::notice_text,
    ports::{Clock, EffectLedger, Guard, PortError},
    slack_client::{SlackClient, SlackError},
};

/// How long one notifier has to post a notice before another may look after it.
const LEASE: Duration = Duration::from_mins(1);

/// Slack takes about one message a second and channel.
///
/// Source: <https://docs.slack.dev/apis/web-api/rate-limits>
const CHANNEL_INTERVAL: SignedDuration = SignedDuration::from_secs(1);

/// The `event_type` of the metadata that carries a notice's id.
const METADATA_TYPE: &str = "ackflow_notice";

/// Who hears of notices that are not about a thread.
#[derive(Clone, Debug)]
pub enum Operators {
    /// A channel.
    Channel(String),
    /// Nobody but the log.
    Log,
}

/// Why a notice was not posted.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// Try again, not before this time has passed.
    #[error("the notice is to be tried again after {} s: {reason}", after.as_secs())]
    Later {
        /// How long to wait.
        after: Duration,
        /// Why.
        reason: String,
    },
    /// Slack will never take it.
    #[error("the notice can't be posted: {0}")]
    Never(SlackError),
}

/// Posts notices.
pub struct Notifier {
    slack: SlackClient,
    ledger: Arc<dyn EffectLedger>,
    clock: Arc<dyn Clock>,
    operators: Operators,
    /// When each channel takes its next message.
    next_post: Mutex<HashMap<String, Timestamp>>,
}

/// Where a notice goes.
struct Place<'a> {
    channel: &'a str,
    thread_ts: Option<&'a str>,
}

impl Notifier {
    /// A notifier that posts with a bot token.
    pub fn new(
        slack: SlackClient,
        ledger: Arc<dyn EffectLedger>,
        clock: Arc<dyn Clock>,
        operators: Operators,
    ) -> Self {
        Self { slack, ledger, clock, operators, next_post: Mutex::default() }
    }

    /// Posts a notice, unless it was posted before.
    pub async fn notify(&self, notice: &Notice) -> Result<(), NotifyError> {
        let id = notice_id(notice);
        let Some(place) = self.place(notice) else {
            tracing::warn!(id, text = notice_text(notice), "a notice for the operators");
            return Ok(());
        };
        let guard = self.ledger.begin(id, LEASE).await.map_err(|error| later(&error))?;
        let posted = match guard {
            Guard::Done => return Ok(()),
            Guard::Busy => {
                return Err(NotifyError::Later {
                    after: LEASE,
                    reason: "an earlier try may still be under way".to_owned(),
                });
            }
            Guard::First => false,
            Guard::Uncertain => self.was_posted(id, &place).await?,
        };
        if !posted {
            self.post(id, notice, &place).await?;
        }
        self.ledger.finish(id).await.map_err(|error| later(&error))
    }

    fn place<'a>(&'a self, notice: &'a Notice) -> Option<Place<'a>> {
        let thread = |message: &'a SourceMessage| Place {
            channel: &message.channel_id,
            thread_ts: Some(message.thread_ts.as_deref().unwrap_or(&message.ts)),
        };
        match (notice, &self.operators) {
            (Notice::DocumentsSaved { report, .. }, _) => Some(thread(&report.message)),
            (Notice::MetadataDelayed { message, .. }, _) => Some(thread(message)),
            (Notice::Operations { .. }, Operators::Channel(channel)) => {
                Some(Place { channel, thread_ts: None })
            }
            (Notice::Operations { .. }, Operators::Log) => None,
        }
    }

    async fn post(&self, id: &str, notice: &Notice, place: &Place<'_>) -> Result<(), NotifyError> {
        self.wait_for_turn(place.channel).await;
        match self.slack.post_message(&message(id, notice, place)).await {
            Ok(_) => Ok(()),
            // The message may have been posted all the same: the lease stays, and the next one looks.
            Err(error @ SlackError::Unavailable { .. }) => {
                Err(NotifyError::Later { after: LEASE, reason: error.to_string() })
            }
            Err(error) => {
                self.ledger.release(id).await.map_err(|error| later(&error))?;
                Err(sort(error))
            }
        }
    }

    /// Looks the notice up where it would have been posted.
    async fn was_posted(&self, id: &str, place: &Place<'_>) -> Result<bool, NotifyError> {
        // A message outside any thread can't be looked up by a bot without reading the whole channel.
        let Some(thread_ts) = place.thread_ts else { return Ok(false) };
        let replies = self.slack.replies(place.channel, thread_ts).await.map_err(sort)?;
        Ok(replies.iter().filter_map(|reply| reply.metadata.as_ref()).any(|metadata| {
            metadata.event_type.as_deref() == Some(METADATA_TYPE)
                && metadata.event_payload.as_ref().and_then(|payload| payload["id"].as_str()) == Some(id)
        }))
    }

    /// Keeps to one message a second and channel.
    async fn wait_for_turn(&self, channel: &str) {
        let now = self.clock.now();
        let turn = {
            let mut next_post = self.next_post.lock().await;
            next_post.retain(|_, next| *next > now);
            let turn = next_post.get(channel).copied().unwrap_or(now).max(now);
            next_post.insert(channel.to_owned(), turn + CHANNEL_INTERVAL);
            turn
        };
        if let Ok(wait) = Duration::try_from(turn.duration_since(now))
            && !wait.is_zero()
        {
            self.clock.sleep(wait).await;
        }
    }
}

/// The body of `chat.postMessage`.
fn message(id: &str, notice: &Notice, place: &Place<'_>) -> Value {
    let mut message = json!({
        "channel": place.channel,
        "text": notice_text(notice),
        "unfurl_links": false,
        "unfurl_media": false,
        "metadata": { "event_type": METADATA_TYPE, "event_payload": { "id": id } },
    });
    if let Some(thread_ts) = place.thread_ts {
        message["thread_ts"] = thread_ts.into();
    }
    message
}

/// What a notice is known by: the same however often it is published.
pub fn notice_id(notice: &Notice) -> &str {
    match notice {
        Notice::DocumentsSaved { id, .. }
        | Notice::MetadataDelayed { id, .. }
        | Notice::Operations { id, .. } => id,
    }
}

fn later(error: &PortError) -> NotifyError {
    NotifyError::Later { after: Duration::from_secs(5), reason: error.to_string() }
}

/// Whether Slack's answer passes.
fn sort(error: SlackError) -> NotifyError {
    match &error {
        SlackError::RateLimited { retry_after, .. } => {
            NotifyError::Later { after: *retry_after, reason: error.to_string() }
        }
        SlackError::Unavailable { .. } => {
            NotifyError::Later { after: Duration::from_secs(10), reason: error.to_string() }
        }
        _ => NotifyError::Never(error),
    }
}
