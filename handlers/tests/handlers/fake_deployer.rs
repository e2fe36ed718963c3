//! A target in memory: it starts what it is asked to, or fails in one of the ways in which targets do.

use std::{collections::VecDeque, future::pending, sync::Mutex};

use ackflow_handlers::ports::{DeployError, Deployer, Deployment, Progress};
use async_trait::async_trait;

/// How a start goes.
#[derive(Clone, Debug)]
pub(crate) enum Start {
    /// The target starts, and says how that stands.
    Answered,
    /// The target starts, and whoever asked is gone before the answer comes.
    AnswerLost,
    /// Whoever asks is gone before the target hears of it.
    RequestLost,
    /// The target starts nothing that it knows of, and says why.
    Failed(DeployError),
}

/// A target that knows what it started by the deployment's key.
pub(crate) struct FakeDeployer {
    next_starts: Mutex<VecDeque<Start>>,
    started: Mutex<Vec<Deployment>>,
    checked: Mutex<Vec<String>>,
    state: Mutex<Result<Progress, DeployError>>,
}

impl FakeDeployer {
    /// A target whose deployments stand like this.
    pub(crate) fn new(state: Result<Progress, DeployError>) -> Self {
        Self {
            next_starts: Mutex::default(),
            started: Mutex::default(),
            checked: Mutex::default(),
            state: Mutex::new(state),
        }
    }

    /// What it says from now on when it is asked how a deployment stands.
    pub(crate) fn set(&self, state: Result<Progress, DeployError>) {
        *self.state.lock().unwrap() = state;
    }

    /// How the next start goes; those after the last one told are answered.
    pub(crate) fn start_next(&self, start: Start) {
        self.next_starts.lock().unwrap().push_back(start);
    }

    /// What was really started.
    pub(crate) fn started(&self) -> Vec<Deployment> {
        self.started.lock().unwrap().clone()
    }

    /// The handles of what it was asked about.
    pub(crate) fn checked(&self) -> Vec<String> {
        self.checked.lock().unwrap().clone()
    }

    fn begin(&self, deployment: &Deployment) {
        self.started.lock().unwrap().push(deployment.clone());
    }

    fn state(&self) -> Result<Progress, DeployError> {
        self.state.lock().unwrap().clone()
    }
}

#[async_trait]
impl Deployer for FakeDeployer {
    async fn start(&self, deployment: &Deployment) -> Result<Progress, DeployError> {
        let start = self.next_starts.lock().unwrap().pop_front().unwrap_or(Start::Answered);
        match start {
            Start::Answered => {
                self.begin(deployment);
                self.state()
            }
            Start::AnswerLost => {
                self.begin(deployment);
                pending().await
            }
            Start::RequestLost => pending().await,
            Start::Failed(error) => Err(error),
        }
    }

    async fn find(&self, deployment: &Deployment) -> Result<Option<Progress>, DeployError> {
        let state = self.state()?;
        let is_started = self.started().iter().any(|started| started.key == deployment.key);
        Ok(is_started.then_some(state))
    }

    async fn check(&self, _deployment: &Deployment, handle: &str) -> Result<Progress, DeployError> {
        self.checked.lock().unwrap().push(handle.to_owned());
        self.state()
    }
}
