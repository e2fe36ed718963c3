//! The contract of `InviteNewcomer`: somebody joined the workspace.

use ackflow_asl::Step;
use ackflow_schemas::devops::{Newcomer, WelcomedNewcomer};

use crate::{
    function::{EnvironmentVariable, Function, Grant, Trigger},
    slack_access::Method,
    step_errors,
};

/// Invites somebody to the default channels.
pub struct InviteNewcomer;

impl Step for InviteNewcomer {
    const NAME: &'static str = "InviteNewcomer";
    const COMMENT: &'static str = "Invites somebody to the default channels.";
    const TIMEOUT_SECONDS: u64 = 90;
    type Input = Newcomer;
    type Output = WelcomedNewcomer;
    type Error = InviteNewcomerError;
}

impl InviteNewcomer {
    pub(crate) const FUNCTION: Function = Function {
        name: "slack-onboarding",
        trigger: Trigger::Step(Self::NAME),
        comment: Self::COMMENT,
        timeout_seconds: Self::TIMEOUT_SECONDS,
        memory_mib: 256,
        environment: &[EnvironmentVariable::BOT_TOKEN, EnvironmentVariable::SLACK_API_URL],
        grants: &[Grant::BOT_TOKEN],
        slack_methods: &[Method::ConversationsInvite],
    };
}

step_errors! {
    /// Why it is not known whether somebody was invited.
    InviteNewcomerError {
        transient {
            /// Slack asks to wait (HTTP 429), for longer than the step may take.
            SlackRateLimited,
            /// Slack answered with a server error, or not at all.
            SlackUnavailable,
        }
        permanent {}
    }
}
