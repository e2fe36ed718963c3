//! The contract of `TakeTurn`: deployments of one service to one environment never overlap.

use ackflow_asl::Step;
use ackflow_schemas::devops::ReviewedDeploy;

use crate::{
    function::{EnvironmentVariable, Function, Grant, Trigger},
    step_errors,
};

/// Takes the turn of a deployment, behind those that came before it.
pub struct TakeTurn;

impl Step for TakeTurn {
    const NAME: &'static str = "TakeTurn";
    const COMMENT: &'static str = "Takes the turn of a deployment, behind those that came before it.";
    const TIMEOUT_SECONDS: u64 = 60;
    type Input = ReviewedDeploy;
    type Output = ReviewedDeploy;
    type Error = TakeTurnError;
}

impl TakeTurn {
    pub(crate) const FUNCTION: Function = Function {
        name: "deploy-turn",
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
    /// Why a deployment does not have its turn.
    TakeTurnError {
        transient {
            /// The bucket can't be used for now.
            StorageUnavailable,
        }
        permanent {
            /// Another deployment of the service to the environment came before it.
            TurnTaken,
            /// What lies in the board's place in the bucket is no board.
            BoardUnreadable,
        }
    }
}
