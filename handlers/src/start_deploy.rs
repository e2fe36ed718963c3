//! `StartDeploy`: starts a deployment at most once for each request.

use std::{sync::Arc, time::Duration};

use ackflow_asl::{Call, Failure, Step};
use ackflow_flows::{Configuration, StartDeploy, StartDeployError};
use ackflow_schemas::devops::{DeployRun, ReviewedDeploy};
use async_trait::async_trait;

use crate::{
    deployers::Deployers,
    deployment::{deployment, result},
    ports::{Clock, DeployError, Deployer, Deployment, EffectLedger, Guard, PortError, Progress},
    steps::StepHandler,
};

/// How long a start may be under way before somebody may look after it: longer than the step itself may take.
const LEASE: Duration = Duration::from_secs(StartDeploy::TIMEOUT_SECONDS + 60);

type StartFailure = Failure<StartDeployError>;

/// Starts deployments at their targets.
pub struct StartDeployHandler {
    ledger: Arc<dyn EffectLedger>,
    deployers: Deployers,
    clock: Arc<dyn Clock>,
    configuration: Arc<Configuration>,
}

impl StartDeployHandler {
    /// A handler that guards each start by a ledger.
    pub fn new(
        ledger: Arc<dyn EffectLedger>,
        deployers: Deployers,
        clock: Arc<dyn Clock>,
        configuration: Arc<Configuration>,
    ) -> Self {
        Self { ledger, deployers, clock, configuration }
    }
}

#[async_trait]
impl StepHandler<StartDeploy> for StartDeployHandler {
    async fn run(&self, call: Call<ReviewedDeploy>) -> Result<DeployRun, StartFailure> {
        let Call { execution, input: ReviewedDeploy { order, decision }, .. } = call;
        let deployment = deployment(&self.configuration, &execution, &order)
            .map_err(|cause| Failure::new(StartDeployError::TargetUnknown, cause))?;
        let started_at = self.clock.now().to_string();
        let progress = self.start_once(&deployment).await?;
        let handle = match &progress {
            Progress::Running(handle) => Some(handle.clone()),
            Progress::Succeeded(_) | Progress::Failed(_) => None,
        };
        let result = result(&self.configuration, &order, progress);
        Ok(DeployRun { order, decision, started_at, handle, result })
    }
}

impl StartDeployHandler {
    async fn start_once(&self, deployment: &Deployment) -> Result<Progress, StartFailure> {
        let id = format!("deploy/{}", deployment.key);
        let progress = match self.ledger.begin(&id, LEASE).await.map_err(|error| of_ledger(&error))? {
            Guard::Done(note) => return noted(&note),
            Guard::Busy => {
                let cause = "An attempt before this one may still be starting it.";
                return Err(Failure::new(StartDeployError::StartUnderWay, cause));
            }
            Guard::First => self.start(&id, deployment).await?,
            Guard::Uncertain => match self.deployers.find(deployment).await {
                Ok(Some(progress)) => progress,
                Ok(None) => self.start(&id, deployment).await?,
                Err(error) => return Err(failure(&error)),
            },
        };
        let note = serde_json::to_string(&progress).expect("a progress is a text or two");
        self.ledger.finish(&id, &note).await.map_err(|error| of_ledger(&error))?;
        Ok(progress)
    }

    async fn start(&self, id: &str, deployment: &Deployment) -> Result<Progress, StartFailure> {
        let error = match self.deployers.start(deployment).await {
            Ok(progress) => return Ok(progress),
            Err(error) => error,
        };
        // After all but this one, the next attempt may start it as if it were the first.
        if !matches!(error, DeployError::Uncertain(_)) {
            self.ledger.release(id).await.map_err(|error| of_ledger(&error))?;
        }
        Err(failure(&error))
    }
}

/// What an attempt before this one came to.
fn noted(note: &str) -> Result<Progress, StartFailure> {
    serde_json::from_str(note).map_err(|error| {
        let cause = format!("It was started, but what the ledger notes of it can't be read: {error}.");
        Failure::new(StartDeployError::DeployUncertain, cause)
    })
}

fn of_ledger(error: &PortError) -> StartFailure {
    Failure::new(StartDeployError::LedgerUnavailable, error.to_string())
}

fn failure(error: &DeployError) -> StartFailure {
    let name = match error {
        DeployError::Unavailable(_) => StartDeployError::TargetUnavailable,
        DeployError::Refused(_) => StartDeployError::TargetRefused,
        DeployError::Unsupported(_) => StartDeployError::TargetUnknown,
        DeployError::Uncertain(_) => StartDeployError::DeployUncertain,
    };
    Failure::new(name, error.to_string())
}
