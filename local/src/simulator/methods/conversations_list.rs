//! `conversations.list`: the channels, a page at a time.

use serde_json::{Value, json};

use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::channel::Channel;
use crate::simulator::channel_kind::ChannelKind;
use crate::simulator::cursor::{read_cursor, write_cursor};
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

/// How many channels are on a page if the caller does not say.
const USUAL_PAGE: usize = 100;

/// The most channels on a page: Slack asks for less than 1,000.
const LARGEST_PAGE: usize = 999;

/// What a cursor says before it is made opaque: the next page starts after this channel.
const CURSOR_MARK: &str = "after_channel:";

pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let kinds = kinds(caller, arguments)?;
    let limit = limit(arguments)?;
    let after = arguments.text("cursor").map(|cursor| read_cursor(CURSOR_MARK, &cursor)).transpose()?;
    let content = world.content();
    let is_listed = |channel: &&Channel| {
        kinds.contains(&channel.kind)
            && channel.is_visible_to(caller.user)
            && after.as_ref().is_none_or(|after| channel.id > *after)
    };
    let mut listed = content.channels().filter(is_listed);
    let page: Vec<&Channel> = listed.by_ref().take(limit).collect();
    let next_cursor = match page.last() {
        Some(last) if listed.next().is_some() => write_cursor(CURSOR_MARK, &last.id),
        _ => String::new(),
    };
    // Slack leaves the archived ones out of a page that was made with them: a page may be short, or empty, and not
    // the last.
    let without_archived = arguments.is_true("exclude_archived");
    let shown = page.into_iter().filter(|channel| !(without_archived && channel.is_archived));
    let channels: Vec<Value> = shown
        .map(|channel| {
            let mut shown = channel.to_slack(caller.user);
            shown["num_members"] = json!(channel.members.len());
            shown
        })
        .collect();
    Ok(json!({"ok": true, "channels": channels, "response_metadata": {"next_cursor": next_cursor}}))
}

/// Which kinds are asked for, each of which takes a scope of its own.
fn kinds(caller: &Caller<'_>, arguments: &Arguments) -> Result<Vec<ChannelKind>, MethodError> {
    let types = arguments.text("types").unwrap_or_else(|| "public_channel".into());
    let mut kinds = Vec::new();
    for name in types.split(',') {
        let kind = ChannelKind::of_type(name.trim()).ok_or_else(|| MethodError::named("invalid_types"))?;
        caller.needs(&[&kind.scope("read")])?;
        kinds.push(kind);
    }
    Ok(kinds)
}

fn limit(arguments: &Arguments) -> Result<usize, MethodError> {
    let Some(limit) = arguments.text("limit") else { return Ok(USUAL_PAGE) };
    let limit = limit.parse::<usize>().ok().filter(|limit| (1..=LARGEST_PAGE).contains(limit));
    limit.ok_or_else(|| MethodError::named("invalid_limit"))
}
