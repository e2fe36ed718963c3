//! `conversations.open`: the direct message with somebody, made when there is none yet.

use serde_json::{Value, json};

use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::channel_kind::ChannelKind;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    if arguments.is_true("prevent_creation") {
        return Err(MethodError::named("simulator_has_no_prevent_creation"));
    }
    let (id, was_open) = match (arguments.text("channel"), arguments.text("users")) {
        (Some(channel), _) => (reopened(world, caller, channel)?, true),
        (None, Some(users)) => opened(world, caller, &users)?,
        (None, None) => return Err(MethodError::named("users_list_not_supplied")),
    };
    let shown = if arguments.is_true("return_im") {
        world.content().channel(&id)?.to_slack(caller.user)
    } else {
        json!({"id": id})
    };
    let mut answer = json!({"ok": true, "channel": shown});
    if was_open {
        answer["no_op"] = json!(true);
        answer["already_open"] = json!(true);
    }
    Ok(answer)
}

fn reopened(world: &World, caller: &Caller<'_>, id: String) -> Result<String, MethodError> {
    match world.content().visible_channel(&id, caller.user)?.kind {
        ChannelKind::Direct => Ok(id),
        _ => Err(MethodError::named("method_not_supported_for_channel_type")),
    }
}

/// The direct message's id, and whether there was one.
fn opened(world: &World, caller: &Caller<'_>, users: &str) -> Result<(String, bool), MethodError> {
    if users.contains(',') {
        return Err(MethodError::named("simulator_has_no_group_messages"));
    }
    let user = users.trim();
    let now = world.clock.now();
    let mut content = world.content();
    if content.known_name(user).is_none() {
        return Err(MethodError::named("user_not_found"));
    }
    if user == caller.user {
        return Err(MethodError::named("invalid_user_combination"));
    }
    if let Some(open) = content.direct_channel(caller.user, user) {
        return Ok((open.id.clone(), true));
    }
    let id = content.create_channel(ChannelKind::Direct, "directmessage", &[caller.user, user], now);
    Ok((id, false))
}
