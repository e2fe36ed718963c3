//! The contract of `DeleteMessage`: a message that breaks a rule.

use ackflow_asl::Step;
use ackflow_schemas::devops::{ModeratedMessage, ModerationCase};

use crate::{
    function::{EnvironmentVariable, Function, Grant, Trigger},
    slack_access::Method,
    step_errors,
};

/// Deletes a message, where an admin's token allows it.
pub struct DeleteMessage;

impl Step for DeleteMessage {
    const NAME: &'static str = "DeleteMessage";
    const COMMENT: &'static str = "Deletes a message, where an admin's token allows it.";
    const TIMEOUT_SECONDS: u64 = 90;
    type Input = ModerationCase;
    type Output = ModeratedMessage;
    type Error = DeleteMessageError;
}

impl DeleteMessage {
    pub(crate) const FUNCTION: Function = Function {
        name: "slack-moderator",
        trigger: Trigger::Step(Self::NAME),
        comment: Self::COMMENT,
        timeout_seconds: Self::TIMEOUT_SECONDS,
        memory_mib: 256,
        environment: &[
            EnvironmentVariable::BOT_TOKEN,
            EnvironmentVariable::USER_TOKEN,
            EnvironmentVariable::SLACK_API_URL,
        ],
        grants: &[Grant::BOT_TOKEN, Grant::USER_TOKEN],
        slack_methods: &[Method::ChatDelete, Method::ChatGetPermalink],
    };
}

step_errors! {
    /// Why it is not known whether a message was deleted.
    DeleteMessageError {
        transient {
            /// Slack asks to wait (HTTP 429), for longer than the step may take.
            SlackRateLimited,
            /// Slack answered with a server error, or not at all.
            SlackUnavailable,
        }
        permanent {}
    }
}
