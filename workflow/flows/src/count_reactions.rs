//! The contract of `CountReactions`: counts that are read where they are true.

use ackflow_asl::Step;
use ackflow_schemas::devops::{CountRequest, Tally};

use crate::{
    function::{EnvironmentVariable, Function, Grant, Trigger},
    slack_access::Method,
    step_errors,
};

/// Reads the reactions on a message, and keeps the newest counts.
pub struct CountReactions;

impl Step for CountReactions {
    const NAME: &'static str = "CountReactions";
    const COMMENT: &'static str = "Reads the reactions on a message, and keeps the newest counts.";
    const TIMEOUT_SECONDS: u64 = 90;
    type Input = CountRequest;
    type Output = Tally;
    type Error = CountReactionsError;
}

impl CountReactions {
    pub(crate) const FUNCTION: Function = Function {
        name: "slack-votes",
        trigger: Trigger::Step(Self::NAME),
        comment: Self::COMMENT,
        timeout_seconds: Self::TIMEOUT_SECONDS,
        memory_mib: 256,
        environment: &[
            EnvironmentVariable::BUCKET,
            EnvironmentVariable::BOT_TOKEN,
            EnvironmentVariable::SLACK_API_URL,
        ],
        grants: &[Grant::TALLIES, Grant::BOT_TOKEN],
        slack_methods: &[Method::ReactionsGet],
    };
}

step_errors! {
    /// Why reactions were not counted.
    CountReactionsError {
        transient {
            /// Slack asks to wait (HTTP 429), for longer than the step may take.
            SlackRateLimited,
            /// Slack answered with a server error, or not at all.
            SlackUnavailable,
            /// The bucket can't be used for now.
            StorageUnavailable,
        }
        permanent {
            /// Slack does not show this token the reactions of the message.
            ReactionsDenied,
            /// What lies in the tally's place in the bucket is none.
            TallyUnreadable,
        }
    }
}
