//! `ackflow demo`: whole jobs on this machine, over real HTTP.

mod devops;
mod documents;

use std::{io, path::Path};

use clap::{Args, Subcommand};
use miette::{IntoDiagnostic, Result};
use tokio::{net::TcpListener, task::JoinHandle};

use self::{devops::Devops, documents::Documents};
use crate::system::{DataFolder, System};

/// Run a whole job on this machine, with a Slack simulator: no account, no set-up
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Demo {
    #[command(subcommand)]
    job: Option<Job>,
    #[command(flatten)]
    documents: Documents,
}

#[derive(Debug, Subcommand)]
enum Job {
    Documents(Documents),
    Devops(Devops),
}

impl Demo {
    pub(super) async fn run(self) -> Result<()> {
        match self.job {
            None => self.documents.run().await,
            Some(Job::Documents(documents)) => documents.run().await,
            Some(Job::Devops(devops)) => devops.run().await,
        }
    }
}

/// The data folder; a new temporary one if none is named.
fn open_folder(data: Option<&Path>) -> Result<DataFolder> {
    let path = match data {
        Some(path) => path.to_owned(),
        None => tempfile::Builder::new().prefix("ackflow-demo-").tempdir().into_diagnostic()?.keep(),
    };
    DataFolder::open(&path).into_diagnostic()
}

/// Serves on a free port of this machine; gives the address, without a path.
async fn serve(system: &System) -> Result<(String, JoinHandle<io::Result<()>>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await.into_diagnostic()?;
    let origin = format!("http://{}", listener.local_addr().into_diagnostic()?);
    Ok((origin, tokio::spawn(axum::serve(listener, system.router()).into_future())))
}
