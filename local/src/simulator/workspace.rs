//! Who a simulated workspace is.

use secrecy::SecretString;

/// The ids, secrets and scopes of one workspace with one app installed in it.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The workspace's id.
    pub team_id: String,
    /// The workspace's name in its web addresses: `DOMAIN.slack.com`.
    pub domain: String,
    /// The app's id.
    pub app_id: String,
    /// The app's bot.
    pub bot_id: String,
    /// The user that the bot acts as.
    pub bot_user_id: String,
    /// What the app shows to the Web API and the file host.
    pub bot_token: SecretString,
    /// The token of an admin who installed the app, for what a bot may not do. None was asked for by default.
    pub user_token: Option<SecretString>,
    /// The admin that the user token acts for. Whichever channel is created, this one is in it.
    pub admin_user_id: String,
    /// What deliveries are signed with.
    pub signing_secret: SecretString,
    /// The legacy verification token that each event still carries. Whoever sees an event sees it.
    pub verification_token: String,
    /// What the bot token may do. Taking one away shows what an app without it meets.
    pub scopes: Vec<String>,
    /// What the user token may do.
    pub user_scopes: Vec<String>,
}

impl Default for Workspace {
    fn default() -> Self {
        let scopes = [
            "app_mentions:read",
            "channels:history",
            "channels:join",
            "channels:read",
            "channels:write.invites",
            "chat:write",
            "commands",
            "files:read",
            "groups:history",
            "groups:read",
            "im:history",
            "im:write",
            "mpim:history",
            "reactions:read",
            "users:read",
        ];
        let user_scopes = [
            "channels:read",
            "channels:write.invites",
            "chat:write",
            "groups:read",
            "groups:write.invites",
            "reactions:read",
            "users:read",
        ];
        Self {
            team_id: "T0ACKFLOW".into(),
            domain: "ackflow-demo".into(),
            app_id: "A0ACKFLOW".into(),
            bot_id: "B0ACKFLOW".into(),
            bot_user_id: "U0ACKFLOW".into(),
            bot_token: SecretString::from("xoxb-simulated-bot-token"),
            user_token: None,
            admin_user_id: "U0ADMIN".into(),
            signing_secret: SecretString::from("simulated-signing-secret"),
            verification_token: "simulated-verification-token".into(),
            scopes: scopes.map(str::to_owned).to_vec(),
            user_scopes: user_scopes.map(str::to_owned).to_vec(),
        }
    }
}
