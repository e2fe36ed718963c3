//! `chat.postEphemeral`: the bot says something to one member of a channel.

use serde_json::{Value, json};

use super::message_arguments::blocks;
use crate::simulator::Ephemeral;
use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let channel = arguments.required("channel")?;
    let user = arguments.required("user")?;
    let text = arguments.text("text").unwrap_or_default();
    let blocks = blocks(arguments)?.unwrap_or_default();
    if text.is_empty() && blocks.is_empty() {
        return Err(MethodError::named("no_text"));
    }
    let now = world.clock.now();
    let mut content = world.content();
    let home = content.visible_channel(&channel, caller.user)?;
    home.may_post(caller.user)?;
    if !home.members.contains(&user) {
        return Err(MethodError::named("user_not_in_channel"));
    }
    let ts = content.new_ts(now);
    let thread_ts = arguments.text("thread_ts");
    let ephemeral = Ephemeral { user, text, blocks, thread_ts, ts: ts.clone() };
    content.channel_mut(&channel)?.ephemerals.push(ephemeral);
    Ok(json!({"ok": true, "message_ts": ts}))
}
