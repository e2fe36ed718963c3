//! `conversations.replies`: a thread, a page at a time.

use serde_json::{Value, json};

use crate::simulator::PostedMessage;
use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::cursor::{read_cursor, write_cursor};
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

/// The most messages on a page, and how many there are if the caller does not say.
const LARGEST_PAGE: usize = 1000;

/// What a cursor says before it is made opaque: the next page starts after this reply.
const CURSOR_MARK: &str = "after_ts:";

pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let channel = arguments.required("channel")?;
    let ts = arguments.required("ts")?;
    // Nothing here needs a span of time; to ignore it would show replies that were not asked for.
    if ["oldest", "latest"].iter().any(|name| arguments.text(name).is_some()) {
        return Err(MethodError::named("simulator_has_no_time_spans"));
    }
    let thread = {
        let content = world.content();
        let kind = content.visible_channel(&channel, caller.user)?.kind;
        caller.needs(&[&kind.scope("history")])?;
        // Asked for a reply, Slack shows that reply alone and not the thread around it.
        content.thread(&channel, &ts)
    };
    let Some((parent, replies)) = thread.split_first() else {
        return Err(MethodError::named("thread_not_found"));
    };

    let seen = match arguments.text("cursor") {
        Some(cursor) => {
            let after = read_cursor(CURSOR_MARK, &cursor)?;
            replies.iter().take_while(|reply| reply.ts <= after).count()
        }
        None => 0,
    };
    let limit = match arguments.text("limit") {
        Some(limit) => limit.parse().map_err(|_| MethodError::named("invalid_limit"))?,
        None => LARGEST_PAGE,
    };
    // The thread's first message leads every page and counts; a page has room for one reply at least.
    let room = limit.clamp(2, LARGEST_PAGE) - 1;
    let page: Vec<_> = replies.iter().skip(seen).take(room).collect();
    let has_more = seen + page.len() < replies.len();
    let next_cursor =
        page.last().filter(|_| has_more).map(|last| write_cursor(CURSOR_MARK, &last.ts)).unwrap_or_default();

    let with_metadata = arguments.is_true("include_all_metadata");
    let mut messages = vec![parent_with_counts(world, parent, replies, with_metadata)];
    messages.extend(page.into_iter().map(|reply| shown(world, reply, with_metadata)));
    Ok(json!({
        "ok": true,
        "messages": messages,
        "has_more": has_more,
        "response_metadata": {"next_cursor": next_cursor},
    }))
}

fn shown(world: &World, message: &PostedMessage, with_metadata: bool) -> Value {
    let mut shown = world.message_with_files(message);
    if !message.reactions.is_empty() {
        shown["reactions"] = message.reactions.iter().map(|given| given.to_slack(usize::MAX)).collect();
    }
    if !with_metadata && let Some(fields) = shown.as_object_mut() {
        fields.remove("metadata");
    }
    shown
}

fn parent_with_counts(
    world: &World,
    parent: &PostedMessage,
    replies: &[PostedMessage],
    with_metadata: bool,
) -> Value {
    let mut message = shown(world, parent, with_metadata);
    if let Some(latest) = replies.last() {
        let mut users: Vec<&str> = replies.iter().map(|reply| reply.user.as_str()).collect();
        users.sort_unstable();
        users.dedup();
        message["thread_ts"] = json!(parent.ts);
        message["reply_count"] = json!(replies.len());
        message["reply_users_count"] = json!(users.len());
        message["latest_reply"] = json!(latest.ts);
        message["reply_users"] = json!(users);
        message["is_locked"] = json!(false);
    }
    message
}
