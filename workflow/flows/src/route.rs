//! Which event starts which flow, and with what input.

use ackflow_schemas::{
    document::{CommentEdit, DocumentRequest, FileFacts, FileRequest, SourceMessage},
    slack::{Event, EventCallback, File, Message, PayloadError},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
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
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
pub struct StartRequest {
    /// The flow.
    pub flow: String,
    /// The execution's name, made of team and event: the same for every delivery.
    pub name: String,
    /// Its input.
    pub input: Value,
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
    Missing(&'static str),
}

/// Says which flow an event starts.
pub fn route(callback: &mut EventCallback) -> Result<Routing, RouteError> {
    match callback.take_event()? {
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
    let files: Vec<FileFacts> = facts(message.files.as_deref());
    if files.is_empty() {
        return Ok(Routing::Ignore(Ignored::NoFiles));
    }
    let message = source_message(callback, message, message.channel.as_ref())?;
    let request = |file| FileRequest {
        team_id: message.team_id.clone(),
        channel_id: message.channel_id.clone(),
        message_ts: message.ts.clone(),
        file,
    };
    let files = files.into_iter().map(request).collect();
    start(DOCUMENT_PIPELINE, DocumentRequest { message, files })
}

fn comment_edited(callback: &EventCallback, change: Message) -> Result<Routing, RouteError> {
    let Some(edited) = change.message else { return Err(RouteError::Missing("event.message")) };
    if is_from_bot(&edited) {
        return Ok(Routing::Ignore(Ignored::FromBot));
    }
    let file_ids: Vec<String> = facts(edited.files.as_deref()).into_iter().map(|file| file.id).collect();
    if file_ids.is_empty() {
        return Ok(Routing::Ignore(Ignored::NoFiles));
    }
    let before = change.previous_message.and_then(|message| message.text);
    if edited.edited.is_none() || (before.is_some() && before == edited.text) {
        return Ok(Routing::Ignore(Ignored::TextUnchanged));
    }
    let message = source_message(callback, &edited, change.channel.as_ref())?;
    start(COMMENT_EDITS, CommentEdit { message, file_ids })
}

fn is_from_bot(message: &Message) -> bool {
    message.bot_id.is_some() || message.subtype.as_deref() == Some("bot_message")
}

fn facts(files: Option<&[File]>) -> Vec<FileFacts> {
    files.unwrap_or_default().iter().filter_map(file_facts).collect()
}

fn source_message(
    callback: &EventCallback,
    message: &Message,
    channel: Option<&String>,
) -> Result<SourceMessage, RouteError> {
    let ts = required(message.ts.as_ref(), "event.ts")?;
    Ok(SourceMessage {
        event_id: required(callback.event_id.as_ref(), "event_id")?,
        team_id: required(callback.team_id.as_ref(), "team_id")?,
        channel_id: required(channel, "event.channel")?,
        user_id: required(message.user.as_ref(), "event.user")?,
        posted_at: time_of(&ts).ok_or_else(|| malformed_ts("event.ts"))?.to_string(),
        thread_ts: message.thread_ts.clone(),
        text: message.text.clone().unwrap_or_default(),
        edited_ts: message.edited.as_ref().and_then(|edited| edited.ts.clone()),
        ts,
    })
}

fn required(field: Option<&String>, path: &'static str) -> Result<String, RouteError> {
    field.filter(|text| !text.is_empty()).cloned().ok_or(RouteError::Missing(path))
}

fn malformed_ts(path: &str) -> RouteError {
    let reason = "must be seconds since 1970 with six decimals, such as 1670631527.874149".to_owned();
    RouteError::Payload(PayloadError::Field { path: path.to_owned(), reason })
}

/// The time that a message's `ts` stands for.
fn time_of(ts: &str) -> Option<Timestamp> {
    let (seconds, fraction) = ts.split_once('.')?;
    let is_micros = fraction.len() == 6 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let micros: i64 = fraction.parse().ok().filter(|_| is_micros)?;
    let seconds: i64 = seconds.parse().ok()?;
    Timestamp::from_microsecond(seconds.checked_mul(1_000_000)?.checked_add(micros)?).ok()
}

fn start(flow: &str, input: impl Serialize + Source) -> Result<Routing, RouteError> {
    let message = input.source();
    let name = execution_name(&message.team_id, &message.event_id);
    let input = serde_json::to_value(&input).expect("a stage's document has string keys only");
    Ok(Routing::Start(StartRequest { flow: flow.to_owned(), name, input }))
}

/// An input that tells which message it is about.
trait Source {
    fn source(&self) -> &SourceMessage;
}

impl Source for DocumentRequest {
    fn source(&self) -> &SourceMessage {
        &self.message
    }
}

impl Source for CommentEdit {
    fn source(&self) -> &SourceMessage {
        &self.message
    }
}

/// The name of the execution that an event starts: within what Step Functions takes as a name.
fn execution_name(team: &str, event: &str) -> String {
    let name = format!("{team}-{event}");
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if is_plain && name.len() <= MAX_NAME_LENGTH { name } else { hex::encode(Sha256::digest(name)) }
}
