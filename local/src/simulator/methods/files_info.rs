//! `files.info`: everything about one file.

use serde_json::{Value, json};

use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

pub(super) fn run(world: &World, _: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let id = arguments.required("file")?;
    let content = world.content();
    let file = content.file(&id)?;
    if file.deleted {
        return Err(MethodError::named("file_deleted"));
    }
    Ok(json!({
        "ok": true,
        "file": file.to_slack(world),
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }))
}
