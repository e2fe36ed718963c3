//! What deploys here: it notes what it is asked for, and takes as long as the test likes.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ackflow::system::Ports;
use ackflow_handlers::{
    Deployers,
    ports::{DeployError, Deployer, Deployment, Progress},
};
use async_trait::async_trait;
use tokio::sync::watch;

/// A target that remembers what it started, unless it is said to be forgetful. It outlives the process that asks it.
pub(crate) struct FakeDeployer {
    log: watch::Sender<Log>,
    /// The services whose deployments do not come to their end for now.
    held: watch::Sender<BTreeSet<String>>,
    is_forgetful: bool,
    /// How often it is still going to answer that a deployment goes on.
    checks_left: AtomicUsize,
}

#[derive(Default)]
struct Log {
    /// Every start, such as `api to stg`.
    started: Vec<String>,
    keys: BTreeSet<String>,
    running: Vec<String>,
    overlaps: usize,
}

impl FakeDeployer {
    pub(crate) fn new() -> Arc<Self> {
        Self::with(false, 0)
    }

    /// One that can't say what became of a start that broke off.
    pub(crate) fn forgetful() -> Arc<Self> {
        Self::with(true, 0)
    }

    /// One whose deployments go on for so many checks.
    pub(crate) fn slow(checks: usize) -> Arc<Self> {
        Self::with(false, checks)
    }

    fn with(is_forgetful: bool, checks: usize) -> Arc<Self> {
        Arc::new(Self {
            log: watch::Sender::new(Log::default()),
            held: watch::Sender::new(BTreeSet::new()),
            is_forgetful,
            checks_left: AtomicUsize::new(checks),
        })
    }

    /// Ports with this one in the place of what runs programs.
    pub(crate) fn in_place(self: &Arc<Self>, ports: Ports) -> Ports {
        let command: Arc<dyn Deployer> = Arc::<Self>::clone(self);
        Ports { deployers: Deployers { command: Some(command), ..Deployers::default() }, ..ports }
    }

    /// Deployments of this service begin, and do not end.
    pub(crate) fn hold(&self, service: &str) {
        self.held.send_modify(|held| {
            held.insert(service.to_owned());
        });
    }

    /// All that is held comes to its end.
    pub(crate) fn release(&self) {
        self.held.send_modify(BTreeSet::clear);
    }

    /// Every start, such as `api to stg`.
    pub(crate) fn started(&self) -> Vec<String> {
        self.log.borrow().started.clone()
    }

    /// How many starts came while the same service was being deployed to the same environment.
    pub(crate) fn overlaps(&self) -> usize {
        self.log.borrow().overlaps
    }

    pub(crate) async fn until_started(&self, count: usize) {
        let mut log = self.log.subscribe();
        // The sender lives as long as the deployer.
        let _ = log.wait_for(|log| log.started.len() >= count).await;
    }
}

#[async_trait]
impl Deployer for FakeDeployer {
    async fn start(&self, deployment: &Deployment) -> Result<Progress, DeployError> {
        let Deployment { key, service, environment, .. } = deployment;
        let what = format!("{service} to {environment}");
        self.log.send_modify(|log| {
            log.overlaps += usize::from(log.running.contains(&what));
            log.started.push(what.clone());
            log.running.push(what.clone());
            log.keys.insert(key.clone());
        });
        let mut held = self.held.subscribe();
        // The sender lives as long as the deployer.
        let _ = held.wait_for(|held| !held.contains(service)).await;
        self.log.send_modify(|log| log.running.retain(|running| *running != what));
        let goes_on = self.checks_left.load(Ordering::SeqCst) > 0;
        Ok(if goes_on { Progress::Running(what) } else { Progress::Succeeded(None) })
    }

    async fn find(&self, deployment: &Deployment) -> Result<Option<Progress>, DeployError> {
        if self.is_forgetful {
            return Err(DeployError::Uncertain("the target keeps no list".to_owned()));
        }
        let is_known = self.log.borrow().keys.contains(&deployment.key);
        Ok(is_known.then_some(Progress::Succeeded(None)))
    }

    async fn check(&self, _: &Deployment, handle: &str) -> Result<Progress, DeployError> {
        let take = |left: usize| left.checked_sub(1);
        let goes_on = self.checks_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok();
        Ok(if goes_on { Progress::Running(handle.to_owned()) } else { Progress::Succeeded(None) })
    }
}
