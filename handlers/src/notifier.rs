//! The notifier: the only part that posts messages. Each notice is posted once.

mod place;

use std::{collections::HashMap, sync::Arc, time::Duration};

use ackflow_schemas::{devops::Origin, notice::Notice, slack};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use self::place::{Place, place};
use crate::{
    message::{Message, message},
    ports::{Clock, EffectLedger, Guard, PortError},
    slack_client::{SlackClient, SlackError},
};

/// How long one notifier has to post a notice before another may look after it.
const LEASE: Duration = Duration::from_mins(1);

/// How soon to look for what Slack may just have posted, and for what another notice is about to do.
const SOON: Duration = Duration::from_secs(2);

/// How far back a message outside any thread is looked for: longer than a process is down, as a rule.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);

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

/// What the ledger notes of a notice that was posted.
#[derive(Serialize, Deserialize)]
struct Posted {
    channel: String,
    ts: String,
    /// Of what shows the newest: which one it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
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
        let (id, said) = (notice_id(notice), message(notice));
        if self.is_overtaken(notice, id).await? {
            return Ok(());
        }
        match place(notice, &self.operators) {
            // Somebody who is told nothing, such as a newcomer where there is no greeting.
            _ if said.text.is_empty() => Ok(()),
            Place::Log => {
                tracing::warn!(id, text = said.text, "a notice for the operators");
                Ok(())
            }
            Place::Post { channel, thread_ts } => {
                self.post_once(id, &said, channel, thread_ts).await.map(drop)
            }
            Place::Reply { origin } => self.reply(id, &said, origin).await,
            Place::Ask { channel, origin } => self.ask(id, &said, channel, origin).await,
            Place::Direct { user } => self.tell_directly(id, &said, user).await,
            Place::Ephemeral { channel, user } => match self.show(id, &said, channel, user).await {
                Err(error) if is_outside(&error) => self.tell_instead(id, &said, user).await,
                shown => shown,
            },
            Place::Replace { notice, channel } => self.replace(notice, &said, channel).await,
            Place::Latest { key, channel, thread_ts, version } => {
                self.keep_up(&key, &said, channel, thread_ts, version).await
            }
        }
    }

    /// Whether something was said that makes a notice no news any more, or not true: that a deployment has ended, or
    /// that nobody could be asked to approve it.
    async fn is_overtaken(&self, notice: &Notice, id: &str) -> Result<bool, NotifyError> {
        let later = match notice {
            Notice::DeployWaits { .. } | Notice::DeployStarted { .. } => "TellDeployEnded".to_owned(),
            Notice::ApprovalAwaited { .. } => not_asked("AskLeads"),
            _ => return Ok(false),
        };
        let Some((execution, _)) = id.rsplit_once('/') else { return Ok(false) };
        let said = self.ledger.note(&format!("{execution}/{later}")).await;
        Ok(said?.is_some())
    }

    /// Answers where a command was given.
    async fn reply(&self, id: &str, said: &Message, origin: &Origin) -> Result<(), NotifyError> {
        let Origin { channel_id, user_id, thread_ts, .. } = origin;
        match self.post_once(id, said, channel_id, thread_ts.as_deref()).await {
            Err(error) if thread_ts.is_none() && is_outside(&error) => {
                self.tell_instead(id, said, user_id).await
            }
            posted => posted.map(drop),
        }
    }

    /// Asks in a channel. If Slack refuses that for good, whoever waits for the answer is told, who would wait in vain.
    async fn ask(&self, id: &str, said: &Message, channel: &str, origin: &Origin) -> Result<(), NotifyError> {
        let asked = self.post_once(id, said, channel, None).await.map(drop);
        if let Err(NotifyError::Never(refusal)) = &asked {
            let text = format!(
                ":warning: I could not ask in <#{channel}>, so nobody can approve this: {refusal}. \
                 Invite me there, or have the operators look at `leads_channel`, and ask again.\n> {}",
                said.text
            );
            let told = self.reply(&not_asked(id), &Message { text, blocks: Vec::new() }, origin).await;
            if matches!(told, Err(NotifyError::Later { .. })) {
                return told;
            }
        }
        asked
    }

    /// Tells somebody directly what could not be said where it should be. The direct message has an id of its own: what
    /// became of the one says nothing of the other.
    async fn tell_instead(&self, id: &str, said: &Message, user: &str) -> Result<(), NotifyError> {
        self.tell_directly(&format!("{id}/direct"), said, user).await?;
        Ok(self.ledger.finish(id, "").await?)
    }

    async fn tell_directly(&self, id: &str, said: &Message, user: &str) -> Result<(), NotifyError> {
        let channel = self.slack.open_dm(user).await.map_err(sort)?;
        self.post_once(id, said, &channel, None).await.map(drop)
    }

    /// Posts a message, unless it was posted before. Gives where it is, if that is known, and whether it was posted now.
    async fn post_once(
        &self,
        id: &str,
        said: &Message,
        channel: &str,
        thread_ts: Option<&str>,
    ) -> Result<(Option<Posted>, bool), NotifyError> {
        let found = match self.ledger.begin(id, LEASE).await? {
            Guard::Done(note) => return Ok((serde_json::from_str(&note).ok(), false)),
            Guard::Busy => return Err(under_way()),
            Guard::First => None,
            Guard::Uncertain => self.look_up(id, channel, thread_ts).await?,
        };
        let is_new = found.is_none();
        let ts = match found {
            Some(ts) => ts,
            None => self.post(id, said, channel, thread_ts).await?,
        };
        let posted = Posted { channel: channel.to_owned(), ts, version: None };
        self.note(id, &posted).await?;
        Ok((Some(posted), is_new))
    }

    async fn post(
        &self,
        id: &str,
        said: &Message,
        channel: &str,
        thread_ts: Option<&str>,
    ) -> Result<String, NotifyError> {
        let mut message = body(said, channel);
        message["metadata"] = json!({ "event_type": METADATA_TYPE, "event_payload": { "id": id } });
        if let Some(thread_ts) = thread_ts {
            message["thread_ts"] = thread_ts.into();
        }
        self.wait_for_turn(channel).await;
        let error = match self.slack.post_message(&message).await {
            Ok(ts) => return Ok(ts.unwrap_or_default()),
            Err(error) => error,
        };
        match error {
            // It may still be on its way: the lease stays, and the next one looks.
            SlackError::Unavailable { is_answered: false, .. } => {
                return Err(NotifyError::Later { after: LEASE, reason: error.to_string() });
            }
            // It may have been posted all the same, but nothing is under way any more.
            SlackError::Unavailable { is_answered: true, .. } => {
                self.clock.sleep(SOON).await;
                if let Some(ts) = self.look_up(id, channel, thread_ts).await? {
                    return Ok(ts);
                }
            }
            _ => {}
        }
        self.ledger.release(id).await?;
        Err(sort(error))
    }

    /// Looks a notice up where it would have been posted; gives the message's `ts`.
    async fn look_up(
        &self,
        id: &str,
        channel: &str,
        thread_ts: Option<&str>,
    ) -> Result<Option<String>, NotifyError> {
        let messages = match thread_ts {
            Some(thread_ts) => self.slack.replies(channel, thread_ts).await,
            None => self.slack.history(channel, self.clock.now() - LOOK_BACK).await,
        };
        let is_it = |message: &slack::Message| {
            message.metadata.as_ref().is_some_and(|metadata| {
                metadata.event_type.as_deref() == Some(METADATA_TYPE)
                    && metadata.event_payload.as_ref().and_then(|payload| payload["id"].as_str()) == Some(id)
            })
        };
        let found = messages.map_err(sort)?.into_iter().find(is_it);
        Ok(found.map(|message| message.ts.unwrap_or_default()))
    }

    /// Shows somebody a message that Slack does not keep. After a crash it is shown again: there is nothing to look it up
    /// by.
    async fn show(&self, id: &str, said: &Message, channel: &str, user: &str) -> Result<(), NotifyError> {
        match self.ledger.begin(id, LEASE).await? {
            Guard::Done(_) => return Ok(()),
            Guard::Busy => return Err(under_way()),
            Guard::First | Guard::Uncertain => {}
        }
        let mut message = body(said, channel);
        message["user"] = user.into();
        if let Err(error) = self.slack.post_ephemeral(&message).await {
            self.ledger.release(id).await?;
            return Err(sort(error));
        }
        Ok(self.ledger.finish(id, "").await?)
    }

    /// Says something else where an earlier notice was posted. If that was not, this is posted under its id: the earlier
    /// one, should it come at last, is then out of date and not posted.
    async fn replace(&self, notice: &str, said: &Message, channel: &str) -> Result<(), NotifyError> {
        match self.post_once(notice, said, channel, None).await? {
            (Some(posted), false) => self.update(said, &posted).await,
            _ => Ok(()),
        }
    }

    /// Has the one message of a key show the newest. One at a time: of two at once, the older might be the last.
    async fn keep_up(
        &self,
        key: &str,
        said: &Message,
        channel: &str,
        thread_ts: &str,
        version: &str,
    ) -> Result<(), NotifyError> {
        let turn = format!("{key}/turn");
        if self.ledger.begin(&turn, LEASE).await? == Guard::Busy {
            return Err(NotifyError::Later {
                after: SOON,
                reason: "another count is being shown".to_owned(),
            });
        }
        let kept_up = self.show_newer(key, said, channel, thread_ts, version).await;
        self.ledger.release(&turn).await?;
        kept_up
    }

    async fn show_newer(
        &self,
        key: &str,
        said: &Message,
        channel: &str,
        thread_ts: &str,
        version: &str,
    ) -> Result<(), NotifyError> {
        let (posted, is_new) = self.post_once(key, said, channel, Some(thread_ts)).await?;
        // Without a note of where it is, nothing can be brought up to date.
        let Some(mut posted) = posted else { return Ok(()) };
        let time = |version: &str| version.parse::<Timestamp>().ok();
        let is_older = posted.version.as_deref().and_then(time) > time(version);
        if is_older {
            return Ok(());
        }
        if !is_new {
            self.update(said, &posted).await?;
        }
        posted.version = Some(version.to_owned());
        self.note(key, &posted).await
    }

    async fn update(&self, said: &Message, posted: &Posted) -> Result<(), NotifyError> {
        let mut message = body(said, &posted.channel);
        message["ts"] = posted.ts.as_str().into();
        // Left out, they would stay as they were.
        message["blocks"] = said.blocks.clone().into();
        self.wait_for_turn(&posted.channel).await;
        match self.slack.update_message(&message).await {
            // Somebody has deleted it: there is nothing to bring up to date.
            Err(SlackError::Refused { error, .. }) if error == "message_not_found" => Ok(()),
            updated => updated.map_err(sort),
        }
    }

    async fn note(&self, id: &str, posted: &Posted) -> Result<(), NotifyError> {
        let note = serde_json::to_string(posted).expect("texts are JSON");
        Ok(self.ledger.finish(id, &note).await?)
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

/// What all methods that say something take.
fn body(said: &Message, channel: &str) -> Value {
    let mut body = json!({
        "channel": channel,
        "text": said.text,
        "unfurl_links": false,
        "unfurl_media": false,
    });
    if !said.blocks.is_empty() {
        body["blocks"] = said.blocks.clone().into();
    }
    body
}

/// Whether Slack says that the bot is not in the channel.
fn is_outside(error: &NotifyError) -> bool {
    let NotifyError::Never(SlackError::Refused { error, .. }) = error else { return false };
    matches!(&**error, "not_in_channel" | "channel_not_found")
}

/// What it is known by that somebody was told that a request could not be posted.
fn not_asked(request: &str) -> String {
    format!("{request}/refused")
}

fn under_way() -> NotifyError {
    NotifyError::Later { after: LEASE, reason: "an earlier try may still be under way".to_owned() }
}

/// What a notice is known by: the same however often it is published.
pub fn notice_id(notice: &Notice) -> &str {
    match notice {
        Notice::DocumentsSaved { id, .. }
        | Notice::MetadataDelayed { id, .. }
        | Notice::CommandAnswered { id, .. }
        | Notice::ApprovalRequested { id, .. }
        | Notice::ApprovalAwaited { id, .. }
        | Notice::ApprovalDecided { id, .. }
        | Notice::DeployWaits { id, .. }
        | Notice::DeployStarted { id, .. }
        | Notice::DeployEnded { id, .. }
        | Notice::PressRefused { id, .. }
        | Notice::AuthorTold { id, .. }
        | Notice::ModeratorsTold { id, .. }
        | Notice::NewcomerWelcomed { id, .. }
        | Notice::MemberGuided { id, .. }
        | Notice::VotesCounted { id, .. }
        | Notice::Operations { id, .. } => id,
    }
}

/// A port that is down for now.
impl From<PortError> for NotifyError {
    fn from(error: PortError) -> Self {
        Self::Later { after: Duration::from_secs(5), reason: error.to_string() }
    }
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
        SlackError::Refused { error: name, .. } if is_of_token(name) => {
            NotifyError::Later { after: Duration::from_mins(1), reason: error.to_string() }
        }
        _ => NotifyError::Never(error),
    }
}

/// Whether it is the token that Slack refuses, and not the message: that passes once the right one is put in.
///
/// Source: <https://docs.slack.dev/reference/methods/chat.postMessage#errors>
fn is_of_token(error: &str) -> bool {
    matches!(
        error,
        "account_inactive"
            | "invalid_auth"
            | "missing_scope"
            | "not_authed"
            | "token_expired"
            | "token_revoked"
    )
}
