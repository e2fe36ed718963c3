//! Whose the bot token is.

use std::collections::BTreeSet;

use ackflow_handlers::{Identity, SlackError};

use super::finding::Finding;
use crate::cli::terminal::plain;

const CHECK: &str = "bot token";

/// A token that Slack knows.
pub(super) fn check(identity: &Identity, team_ids: &BTreeSet<String>) -> Finding {
    let team = &identity.team_id;
    if !team_ids.is_empty() && !team_ids.contains(team) {
        return Finding::error(CHECK, plain(&format!("it is of the workspace {team}")))
            .breaks("SLACK_TEAM_IDS does not name that one, and its events are ignored")
            .remedy("add it there, or set the token of a workspace that is named");
    }
    let name = identity.team.as_deref().unwrap_or("a workspace without a name");
    Finding::ok(CHECK, plain(&format!("it is of the bot {} in {name} ({team})", identity.user_id)))
}

/// Why it is not known whose it is.
pub(super) fn refused(error: &SlackError) -> Finding {
    let remedy = match error {
        SlackError::Refused { error, .. } => remedy(error),
        _ => "see that this machine reaches Slack, through HTTPS_PROXY if need be, and try again",
    };
    Finding::error(CHECK, plain(&error.to_string()))
        .breaks("nothing that was stored or decided is told, and no file is fetched")
        .remedy(remedy)
}

/// Source: <https://docs.slack.dev/reference/methods/auth.test>
fn remedy(error: &str) -> &'static str {
    match error {
        "invalid_auth" | "not_authed" => {
            "Slack does not know it, or the app allows other addresses only: copy it anew from api.slack.com/apps → your app → OAuth & Permissions"
        }
        "account_inactive" => {
            "the app was removed from the workspace, or its bot deactivated: install it again, and copy the new token"
        }
        "token_revoked" => "it was revoked: install the app again, and copy the new token",
        "token_expired" => {
            "its rotation is on: tokens of such an app expire within hours, so create an app without rotation (`ackflow manifest`)"
        }
        "access_denied" | "accesslimited" | "ekm_access_denied" | "no_permission" | "org_login_required" => {
            "the organisation keeps the app out for now: ask an admin of Slack's"
        }
        "not_allowed_token_type" => {
            "it is no bot token: copy the Bot User OAuth Token from api.slack.com/apps → your app → OAuth & Permissions"
        }
        _ => "look the error up at docs.slack.dev/reference/methods/auth.test",
    }
}
