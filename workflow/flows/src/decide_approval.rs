//! The contract of `DecideApproval`: somebody pressed Approve or Deny.

use ackflow_asl::Step;
use ackflow_schemas::devops::{ApprovalPress, JudgedPress};

use crate::{
    function::{EnvironmentVariable, Function, Grant, Resource, Trigger},
    step_errors,
};

/// Decides a deployment that waits, if whoever pressed may, and is the first.
pub struct DecideApproval;

impl Step for DecideApproval {
    const NAME: &'static str = "DecideApproval";
    const COMMENT: &'static str =
        "Decides a deployment that waits, if whoever pressed may, and is the first.";
    const TIMEOUT_SECONDS: u64 = 60;
    type Input = ApprovalPress;
    type Output = JudgedPress;
    type Error = DecideApprovalError;
}

impl DecideApproval {
    pub(crate) const FUNCTION: Function = Function {
        name: "deploy-decision",
        trigger: Trigger::Step(Self::NAME),
        comment: Self::COMMENT,
        timeout_seconds: Self::TIMEOUT_SECONDS,
        memory_mib: 256,
        environment: &[EnvironmentVariable::BUCKET],
        grants: &[
            Grant::APPROVALS,
            Grant { resource: Resource::TaskTokens, actions: &["states:SendTaskSuccess"] },
        ],
        slack_methods: &[],
    };
}

step_errors! {
    /// How deciding may fail.
    DecideApprovalError {
        transient {
            /// The bucket can't be used for now.
            StorageUnavailable,
            /// The engine does not take the decision for now.
            EngineUnavailable,
        }
        permanent {
            /// Nothing waits for this decision, or not yet: the button was pressed before the deployment waited for it.
            ApprovalNotOpen,
            /// What lies in its place in the bucket is no approval.
            ApprovalUnreadable,
        }
    }
}
