//! A Slack workspace in the test's own process, for a binary that runs beside it.

use std::{path::Path, process::Command, sync::Arc};

use ackflow::{
    clock::SystemClock,
    simulator::{FileSource, NewFile, PostedMessage, Simulator, Workspace},
};
use secrecy::ExposeSecret;

use super::ackflow::ackflow;

pub(crate) async fn workspace() -> Simulator {
    Simulator::start(Workspace::default(), Arc::new(SystemClock)).await.unwrap()
}

/// `ackflow dev` for a workspace, on a free port.
pub(crate) fn dev(simulator: &Simulator, data: &Path) -> Command {
    dev_on("127.0.0.1:0", simulator, data)
}

/// `ackflow dev` on an address.
pub(crate) fn dev_on(address: &str, simulator: &Simulator, data: &Path) -> Command {
    let mut command = ackflow();
    command
        .args(["dev", "--listen", address, "--data"])
        .arg(data)
        .env("SLACK_SIGNING_SECRET", simulator.workspace().signing_secret.expose_secret())
        .env("SLACK_BOT_TOKEN", simulator.workspace().bot_token.expose_secret())
        .env("SLACK_API_URL", simulator.api_url());
    command
}

/// Somebody posts one file in a channel of its own.
pub(crate) fn post(simulator: &Simulator, name: &str, source: FileSource) -> PostedMessage {
    let channel = simulator.create_channel("finance");
    let file = simulator.add_file(NewFile::new(name, source)).unwrap();
    simulator.post(&channel, "U0DANA", "Q3 #finance", &[file]).unwrap()
}
