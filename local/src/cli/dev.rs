//! `ackflow dev`.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use tokio::{net::TcpListener, runtime::Runtime, task::JoinHandle};

use super::{config::SlackOptions, configuration_option::ConfigurationOption, interrupted::interrupted};
use crate::{
    clock::{Clock, SystemClock},
    retention,
    system::{DataFolder, Ports, System},
};

/// How long running tasks may take to come to their end when the process stops: as long as a program that deploys.
const LAST_TASKS: Duration = Duration::from_mins(15);

/// How long what is given up may take to let go: a program that deploys is killed then.
const LAST_DROPS: Duration = Duration::from_secs(1);

/// How often to look for executions that another process has redriven, and for the data folder.
const LOOK: Duration = Duration::from_secs(1);

/// How long the last requests may take to be answered when the process stops.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Serve a real Slack app from this machine: POST /slack/events, /slack/interactivity and /slack/commands, GET /healthz
#[derive(Debug, Args)]
pub(super) struct Dev {
    /// The address to serve on; Slack must reach it through a tunnel or a proxy with TLS.
    #[arg(long, env = "ACKFLOW_LISTEN", default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    listen: String,
    /// The folder of the database and the stored files.
    #[arg(long, env = "ACKFLOW_DATA", default_value = "./ackflow-data", value_name = "DIR")]
    data: PathBuf,
    /// For how many days what has ended is kept: executions, and notices that were posted or laid aside.
    #[arg(
        long,
        env = "ACKFLOW_RETENTION",
        default_value_t = 30,
        value_name = "DAYS",
        value_parser = clap::value_parser!(u16).range(i64::from(retention::FEWEST_DAYS)..)
    )]
    retention: u16,
    #[command(flatten)]
    configuration: ConfigurationOption,
    #[command(flatten)]
    slack: SlackOptions,
}

impl Dev {
    pub(super) async fn run(self) -> Result<()> {
        let settings = self.slack.settings(&self.listen, self.configuration.read()?)?;
        let listener = TcpListener::bind(&self.listen).await.into_diagnostic().wrap_err_with(|| {
            format!("can't listen on {}: choose another address with --listen", self.listen)
        })?;
        let address = listener.local_addr().into_diagnostic()?;
        let folder = DataFolder::open(&self.data).into_diagnostic()?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let background = background()?;
        let started = System::start(settings, Ports::of(&folder, Arc::clone(&clock)), None);
        let system = background.spawn(started).await.into_diagnostic()?.into_diagnostic()?;
        background.spawn(retention::keep(folder.database.clone(), clock, self.retention));
        eprintln!(
            "Serving POST /slack/events, /slack/interactivity, /slack/commands and GET /healthz on http://{address}, data in {}.",
            folder.path.display()
        );
        eprintln!("Ctrl-C stops; whatever was acknowledged goes on at the next start.");

        let (stop, stopped) = tokio::sync::watch::channel(false);
        let serving = axum::serve(listener, system.router()).with_graceful_shutdown(async move {
            let mut stopped = stopped;
            let _ = stopped.wait_for(|stop| *stop).await;
        });
        let serving = tokio::spawn(serving.into_future());
        let ended = tokio::select! {
            () = interrupted() => Ok(()),
            reason = system.failed() => Err(miette!(
                help = "mend what the reason names, then start again: nothing that was acknowledged is lost",
                "Ackflow stopped: {reason}"
            )),
            () = keep_house(&system, &folder) => Err(miette!(
                help = "put it back if it was moved, then start again",
                "the data folder {}, or its database, was moved or removed while Ackflow was running",
                folder.path.display()
            )),
        };
        let drained = async {
            eprintln!("Stopping: steps and programs come to their end. Ctrl-C kills them at once.");
            let _ = stop.send(true);
            // Requests at hand are answered; a connection that is kept open does not keep the process.
            let _ = tokio::time::timeout(LAST_ANSWERS, serving).await;
            // A task that takes longer is run again at the next start.
            let _ = tokio::time::timeout(LAST_TASKS, system.drain()).await;
        };
        tokio::select! {
            // First, so that a second Ctrl-C is heard from the moment that the first is answered.
            biased;
            () = interrupted() => {}
            () = drained => {}
        }
        ended
    }
}

/// Where the flows run: on threads that step back while Slack waits for an acknowledgement.
fn background() -> Result<Background> {
    /// About a tenth of the processor when acknowledgements want all of it.
    const NICE: i32 = 10;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("flows")
        .on_thread_start(|| {
            // On Linux this is about the calling thread alone. Refused, it costs latency and nothing else.
            let _ = rustix::process::setpriority_process(None, NICE);
        })
        .build()
        .into_diagnostic()?;
    Ok(Background(Some(runtime)))
}

/// A runtime that may be dropped within another.
struct Background(Option<Runtime>);

impl Background {
    fn spawn<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.0.as_ref().expect("it is there until it is dropped").spawn(future)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // On a thread of its own, since a runtime may not be waited for within another.
            let _ = std::thread::spawn(move || runtime.shutdown_timeout(LAST_DROPS)).join();
        }
    }
}

/// Looks from time to time for what other processes have redriven, as long as the data folder is there.
async fn keep_house(system: &System, folder: &DataFolder) {
    let mut looks = tokio::time::interval(LOOK);
    while folder.is_in_place() {
        looks.tick().await;
        system.look_for_redriven();
    }
}
