//! `chat.getPermalink`: a message's address in a browser.

use serde_json::{Value, json};

use crate::simulator::arguments::Arguments;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

pub(super) fn run(world: &World, arguments: &Arguments) -> Result<Value, MethodError> {
    let channel = arguments.required("channel")?;
    let ts = arguments.required("message_ts")?;
    let permalink = world.permalink(world.content().message(&channel, &ts)?);
    Ok(json!({"ok": true, "channel": channel, "permalink": permalink}))
}
