//! `conversations.join`: the bot enters a public channel by itself.

use serde_json::{Value, json};

use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::channel_kind::ChannelKind;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let id = arguments.required("channel")?;
    let mut content = world.content();
    let channel = content.channel(&id)?;
    if channel.kind != ChannelKind::Public {
        return Err(MethodError::named("method_not_supported_for_channel_type"));
    }
    if channel.is_archived {
        return Err(MethodError::named("is_archived"));
    }
    let was_in = channel.members.contains(caller.user);
    content.enter(&id, caller.user)?;
    let mut answer = json!({"ok": true, "channel": content.channel(&id)?.to_slack(caller.user)});
    if was_in {
        answer["warning"] = json!("already_in_channel");
        answer["response_metadata"] = json!({"warnings": ["already_in_channel"]});
    }
    Ok(answer)
}
