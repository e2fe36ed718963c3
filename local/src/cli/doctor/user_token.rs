//! Whether the admin's user token lets messages be deleted.

use ackflow_handlers::SlackClient;

use super::finding::Finding;
use crate::cli::terminal::plain;

const CHECK: &str = "user token";

/// What deleting takes. Source: <https://docs.slack.dev/reference/methods/chat.delete>
const SCOPE: &str = "chat:write";

/// Asks Slack about the token that is set, if one is.
pub(super) async fn check(slack: Option<SlackClient>) -> Finding {
    const BREAKS: &str = "messages that break a rule are reported, not deleted";
    let Some(slack) = slack else {
        return Finding::warning(CHECK, "there is none").breaks(BREAKS).remedy(
            "have an admin install the app, and set SLACK_USER_TOKEN to their User OAuth Token (xoxp-…)",
        );
    };
    match slack.auth_test().await {
        Err(error) => Finding::error(CHECK, plain(&error.to_string()))
            .breaks(BREAKS)
            .remedy("have an admin install the app again, and set SLACK_USER_TOKEN to the new token"),
        Ok(identity) if !identity.scopes.contains(SCOPE) => {
            Finding::error(CHECK, format!("the scope {SCOPE} is missing"))
                .breaks(BREAKS)
                .remedy("add it to the User Token Scopes under OAuth & Permissions, and reinstall the app")
        }
        Ok(identity) => Finding::ok(CHECK, plain(&format!("it is of the user {}", identity.user_id))),
    }
}
