//! The contract of `AwaitDecision`: a deployment waits for an approval.

use ackflow_asl::Step;
use ackflow_schemas::devops::DeployRequest;

use crate::{
    function::{EnvironmentVariable, Function, Grant, Trigger},
    step_errors,
};

/// Keeps the token of a deployment that waits, for whoever presses a button.
pub struct AwaitDecision;

impl Step for AwaitDecision {
    const NAME: &'static str = "AwaitDecision";
    const COMMENT: &'static str = "Keeps the token of a deployment that waits, for whoever presses a button.";
    const TIMEOUT_SECONDS: u64 = 60;
    type Input = DeployRequest;
    type Output = ();
    type Error = AwaitDecisionError;
}

impl AwaitDecision {
    pub(crate) const FUNCTION: Function = Function {
        name: "deploy-approval",
        trigger: Trigger::Step(Self::NAME),
        comment: Self::COMMENT,
        timeout_seconds: Self::TIMEOUT_SECONDS,
        memory_mib: 256,
        environment: &[EnvironmentVariable::BUCKET],
        grants: &[Grant::APPROVALS, Grant::BOARD],
        slack_methods: &[],
    };
}

step_errors! {
    /// How keeping a token may fail.
    AwaitDecisionError {
        transient {
            /// The bucket can't be used for now.
            StorageUnavailable,
        }
        permanent {
            /// The task was started without a token: its state does not wait for one.
            TokenMissing,
            /// What lies in its place in the bucket is no approval, or no board.
            BoardUnreadable,
        }
    }
}
