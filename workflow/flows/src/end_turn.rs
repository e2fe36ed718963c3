//! The contract of `EndTurn`: a deployment has ended, and makes room for the next.

use ackflow_asl::Step;
use ackflow_schemas::devops::DeployReport;

use crate::{
    function::{EnvironmentVariable, Function, Grant, Trigger},
    step_errors,
};

/// Takes a deployment that has ended off the board.
pub struct EndTurn;

impl Step for EndTurn {
    const NAME: &'static str = "EndTurn";
    const COMMENT: &'static str = "Takes a deployment that has ended off the board.";
    const TIMEOUT_SECONDS: u64 = 60;
    type Input = DeployReport;
    type Output = DeployReport;
    type Error = EndTurnError;
}

impl EndTurn {
    pub(crate) const FUNCTION: Function = Function {
        name: "deploy-end",
        trigger: Trigger::Step(Self::NAME),
        comment: Self::COMMENT,
        timeout_seconds: Self::TIMEOUT_SECONDS,
        memory_mib: 256,
        environment: &[EnvironmentVariable::BUCKET],
        grants: &[Grant::BOARD],
        slack_methods: &[],
    };
}

step_errors! {
    /// Why a deployment stays on the board.
    EndTurnError {
        transient {
            /// The bucket can't be used for now.
            StorageUnavailable,
        }
        permanent {
            /// What lies in the board's place in the bucket is no board.
            BoardUnreadable,
        }
    }
}
