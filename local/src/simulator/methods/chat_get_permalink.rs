//! `chat.getPermalink`: a message's address in a browser.

use serde_json::{Value, json};

use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let channel = arguments.required("channel")?;
    let ts = arguments.required("message_ts")?;
    let content = world.content();
    content.visible_channel(&channel, caller.user)?;
    let permalink = world.permalink(content.message(&channel, &ts)?);
    Ok(json!({"ok": true, "channel": channel, "permalink": permalink}))
}
