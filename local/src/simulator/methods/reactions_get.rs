//! `reactions.get`: who reacted to a message, and with what.

use serde_json::{Value, json};

use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

/// How many users are listed for one emoji, unless the whole list is asked for. That the list may be cut is
/// documented, where it is cut is not: counts are right, and lists are not to be counted.
const MOST_USERS: usize = 25;

pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    if ["file", "file_comment"].iter().any(|name| arguments.text(name).is_some()) {
        return Err(MethodError::named("simulator_has_no_reactions_to_files"));
    }
    let (Some(channel), Some(ts)) = (arguments.text("channel"), arguments.text("timestamp")) else {
        return Err(MethodError::named("no_item_specified"));
    };
    if !is_ts(&ts) {
        return Err(MethodError::named("bad_timestamp"));
    }
    let message = {
        let content = world.content();
        content.visible_channel(&channel, caller.user)?;
        content.message(&channel, &ts)?.clone()
    };
    let most_users = if arguments.is_true("full") { usize::MAX } else { MOST_USERS };
    let mut shown = world.message_with_files(&message);
    if !message.reactions.is_empty() {
        shown["reactions"] = message.reactions.iter().map(|given| given.to_slack(most_users)).collect();
    }
    shown["permalink"] = json!(world.permalink(&message));
    Ok(json!({"ok": true, "type": "message", "channel": channel, "message": shown}))
}

/// Whether this is a time as Slack writes one: seconds, a point, microseconds.
fn is_ts(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(seconds, rest)| digits(seconds) && digits(rest))
}
