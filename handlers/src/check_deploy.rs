//! `CheckDeploy`: how a deployment stands at its target.

use std::sync::Arc;

use ackflow_asl::{Call, Failure};
use ackflow_flows::{CheckDeploy, CheckDeployError, Configuration};
use ackflow_schemas::devops::{DeployReport, DeployRun};
use async_trait::async_trait;

use crate::{
    deployers::Deployers,
    deployment::{deployment, result},
    ports::{Clock, DeployError, Deployer},
    steps::StepHandler,
};

/// Asks targets how deployments stand.
pub struct CheckDeployHandler {
    deployers: Deployers,
    clock: Arc<dyn Clock>,
    configuration: Arc<Configuration>,
}

impl CheckDeployHandler {
    /// A handler that asks these deployers.
    pub fn new(deployers: Deployers, clock: Arc<dyn Clock>, configuration: Arc<Configuration>) -> Self {
        Self { deployers, clock, configuration }
    }
}

#[async_trait]
impl StepHandler<CheckDeploy> for CheckDeployHandler {
    async fn run(&self, call: Call<DeployRun>) -> Result<DeployReport, Failure<CheckDeployError>> {
        let Call {
            execution, input: DeployRun { order, decision, started_at, handle, result: known }, ..
        } = call;
        let result = match (known, handle) {
            (Some(result), _) => Some(result),
            (None, Some(handle)) => {
                let deployment = deployment(&self.configuration, &execution, &order)
                    .map_err(|cause| Failure::new(CheckDeployError::TargetUnknown, cause))?;
                let progress = self.deployers.check(&deployment, &handle).await;
                result(&self.configuration, &order, progress.map_err(|error| failure(&error))?)
            }
            (None, None) => {
                let cause = "It was started without a handle to ask for it by.";
                return Err(Failure::new(CheckDeployError::DeployUncertain, cause));
            }
        };
        let running = || Failure::new(CheckDeployError::DeployRunning, "It goes on.");
        Ok(DeployReport {
            order,
            decision,
            started_at: Some(started_at),
            ended_at: Some(self.clock.now().to_string()),
            result: result.ok_or_else(running)?,
        })
    }
}

fn failure(error: &DeployError) -> Failure<CheckDeployError> {
    let name = match error {
        DeployError::Unavailable(_) => CheckDeployError::TargetUnavailable,
        DeployError::Unsupported(_) => CheckDeployError::TargetUnknown,
        DeployError::Refused(_) | DeployError::Uncertain(_) => CheckDeployError::DeployUncertain,
    };
    Failure::new(name, error.to_string())
}
