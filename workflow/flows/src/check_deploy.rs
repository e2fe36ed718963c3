//! The contract of `CheckDeploy`: a deployment that goes on at its target.

use ackflow_asl::Step;
use ackflow_schemas::devops::{DeployReport, DeployRun};

use crate::{
    function::{Function, Grant, Resource, Trigger},
    step_errors,
};

/// Asks the target how a deployment stands.
pub struct CheckDeploy;

impl Step for CheckDeploy {
    const NAME: &'static str = "CheckDeploy";
    const COMMENT: &'static str = "Asks the target how a deployment stands.";
    const TIMEOUT_SECONDS: u64 = 60;
    type Input = DeployRun;
    type Output = DeployReport;
    type Error = CheckDeployError;
}

impl CheckDeploy {
    pub(crate) const FUNCTION: Function = Function {
        name: "deploy-check",
        trigger: Trigger::Step(Self::NAME),
        comment: Self::COMMENT,
        timeout_seconds: Self::TIMEOUT_SECONDS,
        memory_mib: 256,
        environment: &[],
        grants: &[
            Grant { resource: Resource::BuildProjects, actions: &["codebuild:BatchGetBuilds"] },
            Grant { resource: Resource::TargetStateMachines, actions: &["states:DescribeExecution"] },
        ],
        slack_methods: &[],
    };
}

step_errors! {
    /// Why the end of a deployment is not known.
    CheckDeployError {
        transient {
            /// The target can't be reached for now.
            TargetUnavailable,
        }
        permanent {
            /// It goes on.
            DeployRunning,
            /// The configuration does not know the service any more.
            TargetUnknown,
            /// The target does not know the deployment.
            DeployUncertain,
        }
    }
}
