//! The contract of `StartDeploy`: at most one start for each request.

use ackflow_asl::Step;
use ackflow_schemas::devops::{DeployRun, ReviewedDeploy};

use crate::{
    function::{EnvironmentVariable, Function, Grant, Resource, Trigger},
    step_errors,
};

/// Starts a deployment at its target, once.
pub struct StartDeploy;

impl Step for StartDeploy {
    const NAME: &'static str = "StartDeploy";
    const COMMENT: &'static str = "Starts a deployment at its target, once.";
    const TIMEOUT_SECONDS: u64 = 900;
    type Input = ReviewedDeploy;
    type Output = DeployRun;
    type Error = StartDeployError;
}

impl StartDeploy {
    pub(crate) const FUNCTION: Function = Function {
        name: "deploy-start",
        trigger: Trigger::Step(Self::NAME),
        comment: Self::COMMENT,
        timeout_seconds: Self::TIMEOUT_SECONDS,
        memory_mib: 256,
        environment: &[EnvironmentVariable::LEDGER_TABLE, EnvironmentVariable::WEBHOOK_SECRET],
        grants: &[
            Grant::LEDGER,
            Grant::WEBHOOK_SECRET,
            Grant {
                resource: Resource::BuildProjects,
                actions: &[
                    "codebuild:StartBuild",
                    "codebuild:ListBuildsForProject",
                    "codebuild:BatchGetBuilds",
                ],
            },
            Grant { resource: Resource::TargetStateMachines, actions: &["states:StartExecution"] },
        ],
        slack_methods: &[],
    };
}

step_errors! {
    /// Why a deployment was not started, or may not have been.
    StartDeployError {
        transient {
            /// The ledger of effects can't be used for now. What was started, if anything, the next attempt finds out.
            LedgerUnavailable,
            /// The target can't be reached for now. To ask it again does no harm.
            TargetUnavailable,
        }
        permanent {
            /// Another attempt may still be starting it.
            StartUnderWay,
            /// The target refuses.
            TargetRefused,
            /// The configuration does not know the service any more, or this machine can't do what it says.
            TargetUnknown,
            /// It may have been started: the attempt broke off, and the target can't say.
            DeployUncertain,
        }
    }
}
