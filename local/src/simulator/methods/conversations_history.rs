//! `conversations.history`: the messages of a channel outside its threads, the newest first.

use serde_json::{Value, json};

use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::cursor::{read_cursor, write_cursor};
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

/// The most messages on a page.
const LARGEST_PAGE: usize = 999;

/// How many messages are on a page if the caller does not say.
const USUAL_PAGE: usize = 100;

/// What a cursor says before it is made opaque: the next page starts after this message.
const CURSOR_MARK: &str = "before_ts:";

pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let channel = arguments.required("channel")?;
    if arguments.text("latest").is_some() {
        return Err(MethodError::named("simulator_has_no_latest"));
    }
    let mut messages = {
        let content = world.content();
        let kind = content.visible_channel(&channel, caller.user)?.kind;
        caller.needs(&[&kind.scope("history")])?;
        content.messages(&channel)
    };
    messages.retain(|message| message.thread_ts.as_ref().is_none_or(|thread| *thread == message.ts));
    if let Some(oldest) = arguments.text("oldest") {
        let oldest: f64 = oldest.parse().map_err(|_| MethodError::named("invalid_ts_oldest"))?;
        messages.retain(|message| message.ts.parse::<f64>().is_ok_and(|ts| ts > oldest));
    }
    if let Some(cursor) = arguments.text("cursor") {
        let before = read_cursor(CURSOR_MARK, &cursor)?;
        messages.retain(|message| message.ts < before);
    }
    let limit = match arguments.text("limit") {
        Some(limit) => limit.parse().map_err(|_| MethodError::named("invalid_limit"))?,
        None => USUAL_PAGE,
    };
    let room = limit.clamp(1, LARGEST_PAGE);
    let has_more = messages.len() > room;
    let page: Vec<_> = messages.iter().rev().take(room).collect();
    let next_cursor =
        page.last().filter(|_| has_more).map(|last| write_cursor(CURSOR_MARK, &last.ts)).unwrap_or_default();
    let with_metadata = arguments.is_true("include_all_metadata");
    let shown = page.into_iter().map(|message| {
        let mut shown = world.message_with_files(message);
        if !with_metadata && let Some(fields) = shown.as_object_mut() {
            fields.remove("metadata");
        }
        shown
    });
    Ok(json!({
        "ok": true,
        "messages": shown.collect::<Vec<_>>(),
        "has_more": has_more,
        "response_metadata": {"next_cursor": next_cursor},
    }))
}
