//! `chat.delete`: a message is taken away.

use serde_json::{Value, json};

use crate::simulator::Token;
use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

/// A bot may delete what it posted itself, an admin anything.
pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let channel = arguments.required("channel")?;
    let ts = arguments.required("ts")?;
    let mut content = world.content();
    content.visible_channel(&channel, caller.user)?;
    let is_own = content.message(&channel, &ts)?.user == caller.user;
    if caller.token != Token::User && !is_own {
        return Err(MethodError::named("cant_delete_message"));
    }
    content.delete_message(&channel, &ts)?;
    Ok(json!({"ok": true, "channel": channel, "ts": ts}))
}
