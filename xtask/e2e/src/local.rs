//! The same system on this machine, with a workspace of its own.

use std::{path::PathBuf, sync::Arc};

use ackflow::{
    clock::{Clock, SystemClock},
    simulator::{Simulator, Workspace},
    system::{DataFolder, Ports, System, SystemSettings},
};
use ackflow_engine::{Journal, Outcome};
use ackflow_flows::Configuration;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    channels::Channels,
    deployment::until,
    targets::{Targets, WEBHOOK_SECRET},
};

pub(crate) struct Local {
    pub(crate) simulator: Simulator,
    pub(crate) channels: Channels,
    /// What services are deployed by.
    pub(crate) targets: Targets,
    /// Where it is served.
    address: String,
    system: System,
    journal: Journal,
    folder: TempDir,
}

impl Local {
    pub(crate) async fn start() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let workspace = Workspace { user_token: Some("xoxp-simulated-admin".into()), ..Workspace::default() };
        let simulator = Simulator::start(workspace, Arc::<dyn Clock>::clone(&clock)).await.unwrap();
        let channels = Channels::of(&simulator);
        let targets = Targets::start().await;
        let configuration = channels.configuration(&targets);
        let configuration = Configuration::parse(&configuration, "ackflow.toml").unwrap();
        let settings = SystemSettings {
            webhook_secret: Some(WEBHOOK_SECRET.into()),
            ..SystemSettings::of_simulator(&simulator, configuration)
        };
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let system = System::start(settings, Ports::of(&data, clock), None).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, system.router()).into_future());
        let journal = Journal::new(data.database.clone());
        Self { simulator, channels, targets, address, system, journal, folder }
    }

    /// Where Slack posts events.
    pub(crate) fn url(&self) -> String {
        format!("{}/slack/events", self.address)
    }

    /// Where Slack posts presses on buttons.
    pub(crate) fn interactivity_url(&self) -> String {
        format!("{}/slack/interactivity", self.address)
    }

    /// The names of the executions of a flow.
    pub(crate) async fn executions(&self, flow: &str) -> Vec<String> {
        let rows = self.journal.list(1_000).await.unwrap().into_iter();
        rows.filter(|row| row.start.flow == flow).map(|row| row.start.name).collect()
    }

    /// Waits until an execution has ended and its notices are posted; gives its status and its output.
    pub(crate) async fn ended(&self, name: &str) -> (String, Value) {
        let outcome = until(&format!("the end of {name}"), async || {
            let row = self.journal.find(None, name).await.ok()?;
            let (execution, _) = self.journal.replay(&row).await.unwrap();
            let output = match execution.outcome()? {
                Outcome::Succeeded { output } => Value::clone(output),
                Outcome::Failed { .. } | Outcome::TimedOut | Outcome::Aborted { .. } => Value::Null,
            };
            (row.ended_at.is_some()).then(|| (row.status.name().to_owned(), output))
        })
        .await;
        self.system.notices_posted().await.unwrap();
        outcome
    }

    /// An object's bytes, if it is there.
    pub(crate) fn object(&self, key: &str) -> Option<Vec<u8>> {
        std::fs::read(PathBuf::from(self.folder.path()).join("objects").join(key)).ok()
    }
}
