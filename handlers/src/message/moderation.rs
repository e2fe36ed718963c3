//! Messages that break a rule.

use ackflow_schemas::devops::ModeratedMessage;

use super::mrkdwn::{by_operators, channel, link, shown, user};

pub(super) fn for_author(message: &ModeratedMessage) -> String {
    let case = &message.case;
    let fate = if message.is_deleted { "I deleted it." } else { "I reported it to the moderators." };
    format!(
        "{} in {} breaks a rule. {fate}\n{}",
        linked(message, "Your message"),
        channel(&case.channel_id),
        by_operators(&case.explanation)
    )
}

pub(super) fn for_moderators(message: &ModeratedMessage) -> String {
    let case = &message.case;
    format!(
        ":triangular_flag_on_post: {} of {} in {} breaks the rule *{}*. I could not delete it{}. Please look after it.",
        linked(message, "A message"),
        user(&case.user_id),
        channel(&case.channel_id),
        shown(&case.rule),
        message.obstacle.as_deref().map(|obstacle| format!(": {}", reason(obstacle))).unwrap_or_default()
    )
}

/// Names the message, with a link to it where there is one.
fn linked(message: &ModeratedMessage, name: &str) -> String {
    message.permalink.as_deref().map_or_else(|| name.to_owned(), |permalink| link(permalink, name))
}

/// What was in the way: an error of Slack's, or one of the step.
///
/// Source: <https://docs.slack.dev/reference/methods/chat.delete#errors>
fn reason(obstacle: &str) -> String {
    let reason = match obstacle {
        "no_user_token" => "I have no admin's token, and a bot may delete its own messages only",
        "cant_delete_message" => "the admin whose token I have may not delete it",
        "missing_scope" => "my admin's token lacks the scope `chat:write`",
        "account_inactive" | "invalid_auth" | "not_authed" | "token_expired" | "token_revoked" => {
            "my admin's token is not valid any more"
        }
        "SlackRateLimited" => "Slack asked me to slow down for too long",
        "SlackUnavailable" => "Slack gave no answer. It may be gone all the same",
        "States.Timeout" => "it took too long. It may be gone all the same",
        of_slack if of_slack.starts_with(|char: char| char.is_ascii_lowercase()) => {
            return format!("Slack answers `{}`", shown(of_slack));
        }
        _ => "something went wrong on my side; the operators can see what",
    };
    reason.to_owned()
}
