//! `auth.test`: whose token this is.

use serde_json::{Value, json};

use crate::simulator::Token;
use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

#[expect(clippy::unnecessary_wraps, reason = "every method has one signature")]
pub(super) fn run(world: &World, caller: &Caller<'_>, _: &Arguments) -> Result<Value, MethodError> {
    let settings = &world.settings;
    let mut answer = json!({
        "ok": true,
        "url": format!("https://{}.slack.com/", settings.domain),
        "team": settings.domain,
        "user": world.content().user_name(caller.user),
        "team_id": settings.team_id,
        "user_id": caller.user,
    });
    if caller.token == Token::Right {
        answer["bot_id"] = json!(settings.bot_id);
    }
    answer["is_enterprise_install"] = json!(false);
    Ok(answer)
}
