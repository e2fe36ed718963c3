//! The system as a process of its own, as far as it can be one within a test: it can be killed.

use std::{net::Ipv4Addr, path::Path, sync::Arc, time::Duration};

use ackflow::{
    simulator::Simulator,
    system::{DataFolder, Ports, System, SystemSettings},
};
use ackflow_engine::{ExecutionRow, Journal, Observation, Status};
use ackflow_flows::Configuration;
use axum::Router;
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    sync::mpsc,
};

use super::clock::StageClock;

/// A running system.
pub(crate) struct Process {
    runtime: Option<Runtime>,
    system: Arc<System>,
    observations: mpsc::UnboundedReceiver<Observation>,
    folder: Arc<DataFolder>,
    pub(crate) journal: Journal,
    /// Where it takes events.
    pub(crate) url: String,
}

impl Process {
    /// Starts a system on a data folder; `ports` and `routes` may put something in front of its ports and of its
    /// server.
    pub(crate) async fn start(
        data: &Path,
        simulator: &Simulator,
        configuration: Configuration,
        clock: &Arc<StageClock>,
        ports: impl FnOnce(Ports) -> Ports,
        routes: impl FnOnce(Router) -> Router + Send + 'static,
    ) -> Self {
        let folder = Arc::new(DataFolder::open(data).unwrap());
        let ports = ports(Ports::of(&folder, Arc::<StageClock>::clone(clock)));
        let journal = ports.journal.clone();
        let settings = SystemSettings::of_simulator(simulator, configuration);
        let (observer, observations) = mpsc::unbounded_channel();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let started = runtime.spawn(async move {
            let system = System::start(settings, ports, Some(observer)).await.unwrap();
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let url = format!("http://{}/slack/events", listener.local_addr().unwrap());
            tokio::spawn(axum::serve(listener, routes(system.router())).into_future());
            (Arc::new(system), url)
        });
        let (system, url) = started.await.unwrap();
        Self { runtime: Some(runtime), system, observations, folder, journal, url }
    }

    /// Ends it as `kill -9` does: nothing of it is asked, and nothing of it goes on.
    pub(crate) async fn kill(mut self) {
        let runtime = self.runtime.take().unwrap();
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(Duration::from_secs(10))).await.unwrap();
        // Comes after all that was asked of the database's thread, which would outlive a task.
        self.folder.database.write(|_| Ok(())).await.unwrap();
    }

    /// Waits until an execution has ended.
    pub(crate) async fn ended(&mut self, name: &str) -> ExecutionRow {
        loop {
            if let Ok(row) = self.journal.find(None, name).await
                && row.status != Status::Running
            {
                return row;
            }
            self.observations.recv().await.expect("the engine runs");
        }
    }

    /// Waits until all executions that are meant have ended; gives them, newest first.
    pub(crate) async fn all_ended(&mut self, is_meant: impl Fn(&ExecutionRow) -> bool) -> Vec<ExecutionRow> {
        loop {
            let mut rows = self.journal.list(1_000).await.unwrap();
            rows.retain(&is_meant);
            if rows.iter().all(|row| row.status != Status::Running) {
                return rows;
            }
            self.observations.recv().await.expect("the engine runs");
        }
    }

    /// Waits until an event of this type stands in the history of an execution.
    pub(crate) async fn happened(&mut self, execution: &str, event_type: &str) {
        loop {
            let row = self.journal.find(None, execution).await.unwrap();
            let (_, history) = self.journal.replay(&row).await.unwrap();
            if history.iter().any(|event| event.event_type == event_type) {
                return;
            }
            self.observations.recv().await.expect("the engine runs");
        }
    }

    /// Where it takes what people press.
    pub(crate) fn interactivity_url(&self) -> String {
        self.url.replace("/slack/events", "/slack/interactivity")
    }

    /// Where it takes slash commands.
    pub(crate) fn commands_url(&self) -> String {
        self.url.replace("/slack/events", "/slack/commands")
    }

    /// Waits until nothing is left to be posted.
    pub(crate) async fn notices_posted(&self) {
        self.system.notices_posted().await.unwrap();
    }

    /// Waits until the system has stopped by itself; gives the reason.
    pub(crate) async fn failed(&self) -> String {
        self.system.failed().await
    }

    /// Has a failed execution go on.
    pub(crate) async fn redrive(&self, name: &str, clock: &StageClock) {
        self.journal.redrive(None, name, clock.now()).await.unwrap();
        self.system.look_for_redriven();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
