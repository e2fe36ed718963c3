//! `auth.test`: whose token this is.

use serde_json::{Value, json};

use crate::simulator::arguments::Arguments;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

#[expect(clippy::unnecessary_wraps, reason = "every method has one signature")]
pub(super) fn run(world: &World, _: &Arguments) -> Result<Value, MethodError> {
    let settings = &world.settings;
    Ok(json!({
        "ok": true,
        "url": format!("https://{}.slack.com/", settings.domain),
        "team": settings.domain,
        "user": "ackflow",
        "team_id": settings.team_id,
        "user_id": settings.bot_user_id,
        "bot_id": settings.bot_id,
        "is_enterprise_install": false,
    }))
}
