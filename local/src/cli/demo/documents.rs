//! `ackflow demo documents`: the document pipeline.

mod progress;
mod result;

use std::{path::PathBuf, sync::Arc};

use ackflow_engine::{HistoryEvent, Observation};
use ackflow_flows::Configuration;
use clap::Args;
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use tokio::sync::mpsc;

use self::{progress::ProgressStore, result::DemoResult};
use super::{open_folder, serve};
use crate::{
    cli::terminal::{plain, print, print_json},
    clock::{Clock, SystemClock},
    delivery::Delivery,
    simulator::{FileSource, NewFile, PostedMessage, Simulator, Workspace},
    system::{Ports, System, SystemSettings},
};

/// The files that are posted when none is given.
const SAMPLES: [(&str, &[u8]); 2] = [
    ("q3-report.md", include_bytes!("../../../samples/q3-report.md")),
    ("budget.csv", include_bytes!("../../../samples/budget.csv")),
];

/// The document pipeline: what runs if no job is named
#[derive(Debug, Args)]
pub(super) struct Documents {
    /// A file to post; may be given several times. Two samples when left out.
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The comment, with its #hashtags.
    #[arg(long, allow_hyphen_values = true, default_value = "Q3 numbers for the board #finance #2026-q3")]
    comment: String,
    /// The folder for the database and the stored files; a new temporary one when left out.
    #[arg(long, env = "ACKFLOW_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

impl Documents {
    pub(super) async fn run(self) -> Result<()> {
        let files = self.new_files()?;
        let names: Vec<String> = files.iter().map(|file| file.name().to_owned()).collect();
        let folder = open_folder(self.data.as_deref())?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let simulator = Simulator::start(Workspace::default(), Arc::<dyn Clock>::clone(&clock))
            .await
            .into_diagnostic()
            .wrap_err("the Slack simulator can't start")?;

        let progress = Arc::new(ProgressStore::new(Arc::clone(&folder.files), self.json));
        let ports = Ports { objects: Arc::<ProgressStore>::clone(&progress), ..Ports::of(&folder, clock) };
        let (observer, observations) = mpsc::unbounded_channel();
        let system = System::start(
            SystemSettings::of_simulator(&simulator, Configuration::default()),
            ports,
            Some(observer),
        )
        .await
        .into_diagnostic()?;
        let (origin, server) = serve(&system).await?;
        let url = format!("{origin}/slack/events");

        let channel = simulator.create_channel("finance");
        let ids = files.into_iter().map(|file| simulator.add_file(file)).collect::<std::io::Result<Vec<_>>>();
        let ids = ids.into_diagnostic().wrap_err("a file can't be posted")?;
        let message = simulator.post(&channel, "U0DANA", &escaped(&self.comment), &ids).into_diagnostic()?;
        self.say(&format!(
            "The Slack simulator is on http://{}, Ackflow on {url}.\n\nIn #finance, dana posts {}: {}\n",
            simulator.host(),
            attached(&names),
            plain(&self.comment)
        ))?;

        let event = simulator.event(&message);
        progress.expect(&event["event"]["files"]);
        let delivery = simulator.deliver(&url, &event).await;
        self.say_acknowledged(&delivery)?;
        let events =
            if delivery.is_acknowledged() { self.watch(observations, &progress).await? } else { Vec::new() };
        system.notices_posted().await.into_diagnostic()?;
        let thread = simulator.thread(&channel, &message.ts);
        let result = DemoResult::collect(&folder, &delivery, &events, thread).await?;
        server.abort();
        system.drain().await;
        simulator.shutdown().await;
        self.report(&result, &names)
    }

    fn new_files(&self) -> Result<Vec<NewFile>> {
        if self.files.is_empty() {
            let sample = |(name, content): (&str, &'static [u8])| {
                NewFile::new(name, FileSource::Bytes(content.into()))
            };
            return Ok(SAMPLES.into_iter().map(sample).collect());
        }
        self.files
            .iter()
            .map(|path| {
                let metadata = std::fs::metadata(path)
                    .into_diagnostic()
                    .wrap_err_with(|| format!("can't read the file {}", path.display()))?;
                if !metadata.is_file() {
                    return Err(miette!(
                        help = "give files, one --file each",
                        "{} is not a file",
                        path.display()
                    ));
                }
                std::fs::File::open(path)
                    .into_diagnostic()
                    .wrap_err_with(|| format!("can't read the file {}", path.display()))?;
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Ok(NewFile::new(name, FileSource::Path(path.clone())))
            })
            .collect()
    }

    /// Prints each state as it happens, until the execution ends.
    async fn watch(
        &self,
        mut observations: mpsc::UnboundedReceiver<Observation>,
        progress: &ProgressStore,
    ) -> Result<Vec<Observation>> {
        let mut seen = Vec::new();
        let mut began = None;
        while let Some(observation) = observations.recv().await {
            let mut ended = false;
            for event in &observation.events {
                let began = *began.get_or_insert(event.timestamp);
                if let Some(line) = state_line(event) {
                    let millis = event.timestamp.as_millisecond() - began.as_millisecond();
                    progress.suspend(|| self.say(&format!("{millis:>7} ms  {line}\n")))?;
                }
                ended |= matches!(
                    event.event_type,
                    "ExecutionSucceeded" | "ExecutionFailed" | "ExecutionTimedOut"
                );
            }
            seen.push(observation);
            if ended {
                break;
            }
        }
        Ok(seen)
    }

    fn say_acknowledged(&self, delivery: &Delivery) -> Result<()> {
        let Some(attempt) = delivery.attempts.last() else { return Ok(()) };
        let status = attempt.status.map_or("no answer".to_owned(), |status| status.to_string());
        self.say(&format!(
            "acknowledged: {status} in {:.1} ms, attempt {}\n\n",
            attempt.millis,
            delivery.attempts.len()
        ))
    }

    fn report(&self, result: &DemoResult, files: &[String]) -> Result<()> {
        if self.json {
            print_json(result)?;
        } else {
            self.say(&result.text(files))?;
        }
        match result.shortfall(files.len()) {
            None => Ok(()),
            Some(shortfall) => Err(miette!(
                help = "`ackflow executions show NAME --data DIR` shows what each state was given and gave",
                "not everything happened: {shortfall}"
            )),
        }
    }

    fn say(&self, text: &str) -> Result<()> {
        if self.json { Ok(()) } else { print(text) }
    }
}

/// What Slack stores of what a user typed.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A line for the events that tell where an execution stands.
fn state_line(event: &HistoryEvent) -> Option<String> {
    let name = event.details["name"].as_str().or(event.state.as_deref()).unwrap_or_default();
    let index = || event.details["index"].as_u64().unwrap_or_default();
    match event.event_type {
        end @ ("ExecutionSucceeded" | "ExecutionFailed" | "ExecutionTimedOut") => Some(end.to_owned()),
        "MapIterationStarted" => Some(format!("{name}: file {} begins", index() + 1)),
        "MapIterationSucceeded" => Some(format!("{name}: file {} is done", index() + 1)),
        kind if kind.ends_with("StateEntered") => Some(format!("{name} begins")),
        kind if kind.ends_with("StateExited") => Some(format!("{name} is done")),
        kind if kind.ends_with("Failed") || kind.ends_with("TimedOut") => {
            let error = event.details["error"].as_str().unwrap_or_default();
            Some(format!("{name} fails: {error}"))
        }
        _ => None,
    }
}

/// A message's text as Slack shows it.
fn message_text(message: &PostedMessage) -> String {
    const SHOWN: [(&str, &str); 6] = [
        (":white_check_mark:", "✅"),
        (":warning:", "⚠️"),
        (":hourglass:", "⏳"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    SHOWN.into_iter().fold(message.text.clone(), |text, (stored, shown)| text.replace(stored, shown))
}

/// The files that came with a message.
fn attached(names: &[String]) -> String {
    plain(&names.join(", "))
}
