//! Which event starts which flow, and with what input.

use ackflow_schemas::{
    document::{CommentEdit, DocumentRequest, FileFacts, FileRequest, SourceMessage},
    slack::{Event, EventCallback, Message, PayloadError},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};

use crate::{comment_edits::COMMENT_EDITS, document_pipeline::DOCUMENT_PIPELINE, file_facts};

/// The longest name of a Step Functions execution.
const MAX_NAME_LENGTH: usize = 80;

/// A route from an event to a flow, as the deployment describes it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Routed {
    /// The event's type.
    pub event: &'static str,
    /// Which of them, for people.
    pub when: &'static str,
    /// The flow that it starts.
    pub flow: &'static str,
    /// The names under which Slack's app settings list the event.
    pub subscriptions: &'static [&'static str],
}

const MESSAGE_EVENTS: &[&str] = &["message.channels", "message.groups", "message.im", "message.mpim"];

/// Every route.
pub fn routes() -> [Routed; 2] {
    [
        Routed {
            event: "message",
            when: "subtype file_share or none, with files, not from a bot",
            flow: DOCUMENT_PIPELINE,
            subscriptions: MESSAGE_EVENTS,
        },
        Routed {
            event: "message",
            when: "subtype message_changed, the text of a message with files was edited, not by a bot",
            flow: COMMENT_EDITS,
            subscriptions: MESSAGE_EVENTS,
        },
    ]
}

/// An execution to start.
#[derive(Clone, Debug)]
pub struct StartRequest {
    /// The flow.
    pub flow: String,
    /// The execution's name, made of team and event: the same for every delivery.
    pub name: String,
    /// Its input.
    pub input: Box<RawValue>,
}

impl PartialEq for StartRequest {
    fn eq(&self, other: &Self) -> bool {
        (&self.flow, &self.name, self.input.get()) == (&other.flow, &other.name, other.input.get())
    }
}

/// What an event leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Routing {
    /// A flow wants it.
    Start(StartRequest),
    /// No flow wants it.
    Ignore(Ignored),
}

/// Why no flow wants an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ignored {
    /// It comes from a bot, perhaps from this one.
    FromBot,
    /// A message of another subtype.
    OtherSubtype,
    /// A message without files.
    NoFiles,
    /// A changed message whose text is as before: an unfurled link, say.
    TextUnchanged,
    /// An event of another type.
    OtherType,
    /// A workspace that is not on the list.
    OtherWorkspace,
}

/// Why a wanted event can't start its flow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Its payload does not have the shape of its type.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// It lacks a field that the flow needs.
    #[error("the payload's field `{0}` is missing")]
    Missing(String),
}

/// Says which flow an event starts.
pub fn route(callback: &EventCallback) -> Result<Routing, RouteError> {
    match callback.event()? {
        Event::Message(message) => match message.subtype.as_deref() {
            None | Some("file_share") => files_posted(callback, &message),
            Some("message_changed") => comment_edited(callback, *message),
            Some(_) => Ok(Routing::Ignore(Ignored::OtherSubtype)),
        },
        _ => Ok(Routing::Ignore(Ignored::OtherType)),
    }
}

fn files_posted(callback: &EventCallback, message: &Message) -> Result<Routing, RouteError> {
    if is_from_bot(message) {
        return Ok(Routing::Ignore(Ignored::FromBot));
    }
    let files = facts(message, "event")?;
    if files.is_empty() {
        return Ok(Routing::Ignore(Ignored::NoFiles));
    }
    let message = source_message(callback, message, "event", message.channel.as_ref())?;
    let request = |file| FileRequest {
        team_id: message.team_id.clone(),
        channel_id: message.channel_id.clone(),
        message_ts: message.ts.clone(),
        file,
    };
    let files = files.into_iter().map(request).collect();
    Ok(start(DOCUMENT_PIPELINE, execution_name(&message), &DocumentRequest { message, files }))
}

fn comment_edited(callback: &EventCallback, change: Message) -> Result<Routing, RouteError> {
    let path = "event.message";
    let Some(edited) = change.message else { return Err(RouteError::Missing(path.to_owned())) };
    if is_from_bot(&edited) {
        return Ok(Routing::Ignore(Ignored::FromBot));
    }
    let file_ids: Vec<String> = facts(&edited, path)?.into_iter().map(|file| file.id).collect();
    if file_ids.is_empty() {
        return Ok(Routing::Ignore(Ignored::NoFiles));
    }
    let before = change.previous_message.and_then(|message| message.text);
    let is_same_text = before.is_some() && before == edited.text;
    let Some(edit) = edited.edited.as_ref().filter(|_| !is_same_text) else {
        return Ok(Routing::Ignore(Ignored::TextUnchanged));
    };
    // Which of two edits is the newer one is told by this.
    required(edit.ts.as_ref(), path, "edited.ts")?;
    let message = source_message(callback, &edited, path, change.channel.as_ref())?;
    Ok(start(COMMENT_EDITS, execution_name(&message), &CommentEdit { message, file_ids }))
}

fn is_from_bot(message: &Message) -> bool {
    message.bot_id.is_some() || message.subtype.as_deref() == Some("bot_message")
}

/// The facts of a message's files; `path` is where the message stands in the payload.
fn facts(message: &Message, path: &str) -> Result<Vec<FileFacts>, RouteError> {
    let files = message.files.as_deref().unwrap_or_default().iter().enumerate();
    let missing = |index| RouteError::Missing(format!("{path}.files[{index}].id"));
    files.map(|(index, file)| file_facts(file).ok_or_else(|| missing(index))).collect()
}

fn source_message(
    callback: &EventCallback,
    message: &Message,
    path: &str,
    channel: Option<&String>,
) -> Result<SourceMessage, RouteError> {
    let ts = required(message.ts.as_ref(), path, "ts")?;
    Ok(SourceMessage {
        event_id: required(callback.event_id.as_ref(), "", "event_id")?,
        team_id: required(callback.team_id.as_ref(), "", "team_id")?,
        channel_id: required(channel, "event", "channel")?,
        user_id: required(message.user.as_ref(), path, "user")?,
        posted_at: time_of(&ts).ok_or_else(|| malformed_ts(path))?.to_string(),
        thread_ts: message.thread_ts.clone(),
        text: message.text.clone().unwrap_or_default(),
        edited_ts: message.edited.as_ref().and_then(|edited| edited.ts.clone()),
        ts,
    })
}

fn required(value: Option<&String>, parent: &str, field: &str) -> Result<String, RouteError> {
    let path = || if parent.is_empty() { field.to_owned() } else { format!("{parent}.{field}") };
    value.filter(|text| !text.is_empty()).cloned().ok_or_else(|| RouteError::Missing(path()))
}

fn malformed_ts(path: &str) -> RouteError {
    let reason = "must be seconds since 1970 with six decimals, such as 1670631527.874149".to_owned();
    RouteError::Payload(PayloadError::Field { path: format!("{path}.ts"), reason })
}

/// The time that a message's `ts` stands for.
fn time_of(ts: &str) -> Option<Timestamp> {
    let (seconds, fraction) = ts.split_once('.')?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.len() != 6 || !is_number(fraction) || !is_number(seconds) {
        return None;
    }
    let (seconds, micros): (i64, i64) = (seconds.parse().ok()?, fraction.parse().ok()?);
    Timestamp::from_microsecond(seconds.checked_mul(1_000_000)?.checked_add(micros)?).ok()
}

fn start(flow: &str, name: String, input: &impl Serialize) -> Routing {
    let input = to_raw_value(input).expect("a stage's document has string keys only");
    Routing::Start(StartRequest { flow: flow.to_owned(), name, input })
}

/// The name of the execution that an event starts: within what Step Functions takes as a name, and no other
/// event's.
fn execution_name(message: &SourceMessage) -> String {
    let (team, event) = (&message.team_id, &message.event_id);
    let is_plain = |id: &str| id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let name = format!("{team}-{event}");
    if is_plain(team) && is_plain(event) && name.len() <= MAX_NAME_LENGTH {
        return name;
    }
    // Slack makes no such ids. The length keeps apart ids that read the same once they are joined.
    hex::encode(Sha256::digest(format!("{}:{team}{event}", team.len())))
}
