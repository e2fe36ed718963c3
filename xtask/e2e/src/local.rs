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

use crate::deployment::until;

pub(crate) struct Local {
    pub(crate) simulator: Simulator,
    pub(crate) url: String,
    system: System,
    journal: Journal,
    folder: TempDir,
}

impl Local {
    pub(crate) async fn start() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let simulator =
            Simulator::start(Workspace::default(), Arc::<dyn Clock>::clone(&clock)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let settings = SystemSettings::of_simulator(&simulator, Configuration::default());
        let system = System::start(settings, Ports::of(&data, clock), None).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/slack/events", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, system.router()).into_future());
        Self { simulator, url, system, journal: Journal::new(data.database.clone()), folder }
    }

    /// Waits until an execution has ended and its notices are posted; gives its status and its output.
    pub(crate) async fn ended(&self, name: &str) -> (String, Value) {
        let outcome = until(&format!("the end of {name}"), async || {
            let row = self.journal.find(name).await.ok()?;
            let (execution, _) = self.journal.replay(&row).await.unwrap();
            let output = match execution.outcome()? {
                Outcome::Succeeded { output } => output.clone(),
                Outcome::Failed { .. } | Outcome::TimedOut => Value::Null,
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
