//! Messages: with files, edited, or breaking a rule.

use ackflow_schemas::{
    devops::ModerationCase,
    document::{CommentEdit, DocumentRequest, FileFacts, FileRequest, SourceMessage},
    slack::{EventCallback, Message, PayloadError},
};
use jiff::Timestamp;

use super::{
    Ignored, RouteError, Routing, execution_name::execution_name, identity, ignore, required, start,
};
use crate::{
    Configuration, comment_edits::COMMENT_EDITS, document_pipeline::DOCUMENT_PIPELINE, file_facts,
    moderation::MODERATION, template,
};

pub(super) fn route(
    callback: &EventCallback,
    message: Message,
    configuration: &Configuration,
) -> Result<Routing, RouteError> {
    match message.subtype.as_deref() {
        None | Some("file_share" | "me_message" | "thread_broadcast") => {
            posted(callback, &message, configuration)
        }
        Some("message_changed") => edited(callback, message, configuration),
        Some("bot_message") => ignore(Ignored::FromBot),
        Some(_) => ignore(Ignored::OtherSubtype),
    }
}

fn posted(
    callback: &EventCallback,
    message: &Message,
    configuration: &Configuration,
) -> Result<Routing, RouteError> {
    if is_from_bot(message) {
        return ignore(Ignored::FromBot);
    }
    if let Some(moderation) = broken_rule(callback, message, message, "event", configuration)? {
        return Ok(moderation);
    }
    if !configuration.documents.enabled {
        return ignore(Ignored::SwitchedOff);
    }
    let files = facts(message, "event")?;
    if files.is_empty() {
        return ignore(Ignored::NoFiles);
    }
    let message = source_message(callback, message, "event", message.channel.as_ref())?;
    let request = |file| FileRequest {
        team_id: message.team_id.clone(),
        channel_id: message.channel_id.clone(),
        message_ts: message.ts.clone(),
        file,
    };
    let files = files.into_iter().map(request).collect();
    Ok(start(
        DOCUMENT_PIPELINE,
        execution_name(&message.team_id, &message.event_id),
        &DocumentRequest { message, files },
    ))
}

fn edited(
    callback: &EventCallback,
    mut change: Message,
    configuration: &Configuration,
) -> Result<Routing, RouteError> {
    let path = "event.message";
    let Some(edited) = change.message.take() else { return Err(RouteError::Missing(path.to_owned())) };
    if is_from_bot(&edited) {
        return ignore(Ignored::FromBot);
    }
    let before = change.previous_message.as_ref().and_then(|message| message.text.as_ref());
    let is_same_text = before.is_some() && before == edited.text.as_ref();
    // A link that is unfurled makes a change too, of a message that was looked at before.
    if !is_same_text && let Some(moderation) = broken_rule(callback, &change, &edited, path, configuration)? {
        return Ok(moderation);
    }
    if !configuration.documents.enabled {
        return ignore(Ignored::SwitchedOff);
    }
    let file_ids: Vec<String> = facts(&edited, path)?.into_iter().map(|file| file.id).collect();
    if file_ids.is_empty() {
        return ignore(Ignored::NoFiles);
    }
    let Some(edit) = edited.edited.as_ref().filter(|_| !is_same_text) else {
        return ignore(Ignored::TextUnchanged);
    };
    // Which of two edits is the newer one is told by this.
    required(edit.ts.as_ref(), "event.message.edited.ts")?;
    let message = source_message(callback, &edited, path, change.channel.as_ref())?;
    Ok(start(
        COMMENT_EDITS,
        execution_name(&message.team_id, &message.event_id),
        &CommentEdit { message, file_ids },
    ))
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
    let ts = required(message.ts.as_ref(), &format!("{path}.ts"))?;
    let (team_id, event_id) = identity(callback)?;
    Ok(SourceMessage {
        event_id,
        team_id,
        channel_id: required(channel, "event.channel")?,
        user_id: required(message.user.as_ref(), &format!("{path}.user"))?,
        posted_at: time_of(&ts).ok_or_else(|| malformed_ts(path))?.to_string(),
        thread_ts: message.thread_ts.clone(),
        text: message.text.clone().unwrap_or_default(),
        edited_ts: message.edited.as_ref().and_then(|edited| edited.ts.clone()),
        ts,
    })
}

/// The case of a message in a channel that breaks a rule. `event` tells of the message, or is it.
fn broken_rule(
    callback: &EventCallback,
    event: &Message,
    message: &Message,
    path: &str,
    configuration: &Configuration,
) -> Result<Option<Routing>, RouteError> {
    // What people say to each other in private is not read. Direct messages have ids that begin with D; those of several
    // people may have the ids of channels.
    if event.channel_type.as_deref() == Some("mpim") {
        return Ok(None);
    }
    let channel = event.channel.as_ref().filter(|channel| channel.starts_with(['C', 'G']));
    let Some(channel_id) = channel else { return Ok(None) };
    let Some(moderation) = &configuration.moderation else { return Ok(None) };
    let text = as_typed(message.text.as_deref().unwrap_or_default());
    let Some(rule) = moderation.broken_rule(channel_id, &text) else { return Ok(None) };
    let (team_id, event_id) = identity(callback)?;
    let user_id = required(message.user.as_ref(), &format!("{path}.user"))?;
    let case = ModerationCase {
        explanation: template::fill_message(&rule.text, &user_id, channel_id),
        rule: rule.name.clone(),
        moderators_channel: moderation.moderators_channel.clone(),
        ts: required(message.ts.as_ref(), &format!("{path}.ts"))?,
        channel_id: channel_id.clone(),
        user_id,
        team_id,
    };
    Ok(Some(start(MODERATION, execution_name(&case.team_id, &event_id), &case)))
}

/// A text as its author typed it: Slack's three entities stand for what they escape.
///
/// Source: <https://docs.slack.dev/messaging/formatting-message-text#escaping>
pub(super) fn as_typed(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
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
