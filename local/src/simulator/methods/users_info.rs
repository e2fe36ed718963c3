//! `users.info`: everything about one user.

use serde_json::{Value, json};

use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

pub(super) fn run(world: &World, _: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let id = arguments.required("user")?;
    let user = world.user(&id).ok_or_else(|| MethodError::named("user_not_found"))?;
    Ok(json!({"ok": true, "user": user}))
}
