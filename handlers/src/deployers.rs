//! The deployers of a process, by the kind of target that they use.

use std::sync::Arc;

use ackflow_flows::Target;
use async_trait::async_trait;

use crate::ports::{DeployError, Deployer, Deployment, Progress};

/// Deploys by whichever deployer is for the target.
#[derive(Clone, Default)]
pub struct Deployers {
    /// Runs programs.
    pub command: Option<Arc<dyn Deployer>>,
    /// Posts to URLs.
    pub webhook: Option<Arc<dyn Deployer>>,
    /// Starts builds of AWS `CodeBuild`.
    pub codebuild: Option<Arc<dyn Deployer>>,
    /// Starts executions of AWS Step Functions.
    pub state_machine: Option<Arc<dyn Deployer>>,
}

impl Deployers {
    fn of(&self, target: &Target) -> Result<&dyn Deployer, DeployError> {
        let (kind, deployer, place) = match target {
            Target::Command(_) => ("command", &self.command, "on one machine (`ackflow dev`)"),
            Target::Webhook(_) => ("webhook", &self.webhook, "where DEPLOY_WEBHOOK_SECRET is set"),
            Target::Codebuild(_) => ("codebuild", &self.codebuild, "on AWS"),
            Target::StateMachine(_) => ("state_machine", &self.state_machine, "on AWS"),
        };
        deployer.as_deref().ok_or_else(|| {
            DeployError::Unsupported(format!("a target of the kind `{kind}` works {place} only"))
        })
    }
}

#[async_trait]
impl Deployer for Deployers {
    async fn start(&self, deployment: &Deployment) -> Result<Progress, DeployError> {
        self.of(&deployment.target)?.start(deployment).await
    }

    async fn find(&self, deployment: &Deployment) -> Result<Option<Progress>, DeployError> {
        self.of(&deployment.target)?.find(deployment).await
    }

    async fn check(&self, deployment: &Deployment, handle: &str) -> Result<Progress, DeployError> {
        self.of(&deployment.target)?.check(deployment, handle).await
    }
}
