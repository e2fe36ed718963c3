//! A person or the bot, as Slack describes one.

use serde_json::{Value, json};

use super::world::World;

impl World {
    /// The user object; nothing if the workspace does not know the id.
    pub(super) fn user(&self, id: &str) -> Option<Value> {
        let name = self.content().known_name(id)?.to_owned();
        let settings = &self.settings;
        let is_bot = id == settings.bot_user_id;
        let is_admin = id == settings.admin_user_id;
        Some(json!({
            "id": id,
            "team_id": settings.team_id,
            "name": name,
            "deleted": false,
            "real_name": name,
            "profile": {
                "real_name": name,
                "real_name_normalized": name,
                "display_name": name,
                "display_name_normalized": name,
                "team": settings.team_id,
            },
            "is_admin": is_admin,
            "is_owner": false,
            "is_primary_owner": false,
            "is_restricted": false,
            "is_ultra_restricted": false,
            "is_bot": is_bot,
            "is_app_user": false,
        }))
    }
}
