//! What deploys a service.

use ackflow_flows::Target;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// A deployment, as its target sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// The same for each start of one request, and for no other request: what a target that takes idempotency keys is
    /// given.
    pub key: String,
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// Who asked for it: a user's id.
    pub requested_by: String,
    /// What deploys it, from the configuration.
    pub target: Target,
}

/// How a deployment stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// It goes on at the target, which knows it by this.
    Running(String),
    /// It is done; perhaps the target says where to look at it.
    Succeeded(Option<String>),
    /// The target says that it failed, and why.
    Failed(String),
}

/// Why a target did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeployError {
    /// It can't be reached for now. To ask again does no harm.
    #[error("the target can't be reached: {0}")]
    Unavailable(String),
    /// It refuses; nothing was started.
    #[error("the target refuses: {0}")]
    Refused(String),
    /// Nothing here can use such a target; nothing was started.
    #[error("{0}")]
    Unsupported(String),
    /// It may have been started, and nobody can say.
    #[error("it may have been started: {0}")]
    Uncertain(String),
}

/// Deploys services by one kind of target.
#[async_trait]
pub trait Deployer: Send + Sync {
    /// Starts a deployment. Some targets take it to its end.
    async fn start(&self, deployment: &Deployment) -> Result<Progress, DeployError>;

    /// What became of a start that broke off. `None` says that to start it does no harm: it was not started, or the
    /// target knows the key.
    async fn find(&self, deployment: &Deployment) -> Result<Option<Progress>, DeployError>;

    /// How a deployment stands that was said to be running.
    async fn check(&self, deployment: &Deployment, handle: &str) -> Result<Progress, DeployError>;
}
