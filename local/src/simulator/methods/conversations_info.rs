//! `conversations.info`: everything about one channel.

use serde_json::{Value, json};

use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let id = arguments.required("channel")?;
    let content = world.content();
    let channel = content.visible_channel(&id, caller.user)?;
    caller.needs(&[&channel.kind.scope("read")])?;
    let mut shown = channel.to_slack(caller.user);
    if arguments.is_true("include_num_members") {
        shown["num_members"] = json!(channel.members.len());
    }
    Ok(json!({"ok": true, "channel": shown}))
}
