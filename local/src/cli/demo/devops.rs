//! `ackflow demo devops`: an afternoon of the DevOps bot.

mod afternoon;
mod expectation;
mod office;
mod result;

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use secrecy::SecretString;
use tokio::sync::mpsc;

use self::{afternoon::Afternoon, office::Office, result::DevopsResult};
use super::{open_folder, serve};
use crate::{
    cli::{
        configuration_option::read_configuration,
        terminal::{print, print_json},
    },
    clock::{Clock, SystemClock},
    simulator::{Simulator, Workspace},
    system::{Ports, System, SystemSettings},
};

/// Where to look when something has not happened.
const REMEDY: &str =
    "`ackflow executions list --data DIR` shows what ran, and `ackflow executions show NAME --data DIR` how";

/// The DevOps bot: deployments, approvals, moderation, onboarding and votes. It needs the program `sh`
#[derive(Debug, Args)]
pub(super) struct Devops {
    /// The folder for the database, the configuration and what is deployed; a new temporary one when left out.
    #[arg(long, env = "ACKFLOW_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

impl Devops {
    pub(super) async fn run(self) -> Result<()> {
        let folder = open_folder(self.data.as_deref())?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        // Only an admin may delete what others wrote.
        let user_token = Some(SecretString::from("xoxp-simulated-user-token"));
        let workspace = Workspace { user_token, ..Workspace::default() };
        let simulator = Simulator::start(workspace, Arc::<dyn Clock>::clone(&clock))
            .await
            .into_diagnostic()
            .wrap_err("the Slack simulator can't start")?;
        let office = Office::open(&simulator, &folder.path)?;
        let settings = SystemSettings::of_simulator(&simulator, read_configuration(&office.configuration)?);

        let ports = Ports::of(&folder, clock);
        let journal = ports.journal.clone();
        let before = journal.list(1).await.into_diagnostic()?.first().map_or(0, |row| row.id);
        let (observer, observations) = mpsc::unbounded_channel();
        let system = System::start(settings, ports, Some(observer)).await.into_diagnostic()?;
        let (origin, server) = serve(&system).await?;
        self.say(&format!(
            "The Slack simulator is on http://{}, Ackflow on {origin}, set up by {}.\n\n",
            simulator.host(),
            office.configuration.display()
        ))?;

        let mut afternoon = Afternoon::new(&simulator, &office, &origin, observations, self.json);
        let sam = afternoon.play().await?;
        let executions = afternoon.end(&journal, before, &system).await?;
        let expectations = afternoon.into_expectations();
        let result = DevopsResult::collect(&simulator, &office, &sam, expectations, &executions);
        server.abort();
        system.drain().await;
        simulator.shutdown().await;
        self.report(&result)
    }

    fn report(&self, result: &DevopsResult) -> Result<()> {
        if self.json {
            print_json(result)?;
        } else {
            self.say(&result.text())?;
        }
        match result.shortfall() {
            None => Ok(()),
            Some(shortfall) => Err(miette!(help = REMEDY, "not everything happened: {shortfall}")),
        }
    }

    fn say(&self, text: &str) -> Result<()> {
        if self.json { Ok(()) } else { print(text) }
    }
}
