//! `ackflow executions`.

mod failure;
mod prune;
mod result;
mod states;

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use ackflow_engine::{Database, ExecutionRow, HistoryEvent, Journal, JournalError};
use clap::{Args, Subcommand, builder::RangedU64ValueParser};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use miette::{IntoDiagnostic, Result, miette};
use serde_json::{Value, json};

pub(super) use self::states::states;
use self::{prune::Prune, result::result};
use super::terminal::{plain, print, print_json};
use crate::system::open_database;

/// What ran: list executions, show one, stop one, have a failed one go on from where it failed, or delete old ones
#[derive(Debug, Args)]
pub(super) struct Executions {
    #[command(subcommand)]
    action: Action,
    /// The folder of the database and the stored files.
    #[arg(long, env = "ACKFLOW_DATA", default_value = "./ackflow-data", value_name = "DIR", global = true)]
    data: PathBuf,
    /// Print one JSON document.
    #[arg(long, global = true)]
    json: bool,
}

/// How many executions [`Executions::list`] replays at once.
const REPLAYED_AT_ONCE: usize = 50;

#[derive(Debug, Subcommand)]
enum Action {
    /// The newest executions, newest first
    List {
        /// How many.
        #[arg(long, default_value_t = 50, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
        limit: usize,
    },
    /// Each state's input, output, attempts and times
    Show(Named),
    /// Start a failed execution again from the state that failed
    Redrive(Named),
    /// Stop an execution that is under way
    Stop {
        #[command(flatten)]
        named: Named,
        /// Why, to be shown with it.
        #[arg(long, value_name = "TEXT")]
        cause: Option<String>,
    },
    Prune(Prune),
}

// Not documented, since clap would show that in place of what the actions do.
#[derive(Debug, Args)]
struct Named {
    /// The execution's name.
    name: String,
    /// Its flow, where executions of several flows have the name.
    #[arg(long)]
    flow: Option<String>,
}

impl Executions {
    pub(super) async fn run(self) -> Result<()> {
        let database = open(&self.data)?;
        let journal = Journal::new(database.clone());
        match &self.action {
            Action::List { limit } => self.list(&journal, *limit).await,
            Action::Show(named) => self.show(&journal, named).await,
            Action::Redrive(named) => self.redrive(&journal, named).await,
            Action::Stop { named, cause } => self.stop(&journal, named, cause.as_deref()).await,
            Action::Prune(prune) => prune.run(&database, &journal, self.json).await,
        }
    }

    async fn list(&self, journal: &Journal, limit: usize) -> Result<()> {
        let rows = journal.list(limit).await.into_diagnostic()?;
        let mut results = Vec::new();
        for rows in rows.chunks(REPLAYED_AT_ONCE) {
            let some = try_join_all(rows.iter().map(|row| result_of(journal, row)));
            results.extend(some.await.into_diagnostic()?);
        }
        let listed = rows.iter().zip(&results);
        if self.json {
            let summaries = listed.map(|(row, result)| summary(row, result.as_deref()));
            return print_json(&summaries.collect::<Vec<_>>());
        }
        if rows.is_empty() {
            return print("No executions yet.\n");
        }
        let width = rows.iter().map(|row| row.start.name.len()).max().unwrap_or(0);
        let mut lines = String::new();
        for (row, result) in listed {
            let line = format!(
                "{:<9}  {:<width$}  {:<17}  {}  {:>9}  {}",
                row.status.name(),
                plain(&row.start.name),
                row.start.flow,
                row.start.at.strftime("%Y-%m-%d %H:%M:%SZ"),
                took(row),
                plain(result.as_deref().unwrap_or_default())
            );
            let _ = writeln!(lines, "{}", line.trim_end());
        }
        print(&lines)
    }

    async fn show(&self, journal: &Journal, Named { name, flow }: &Named) -> Result<()> {
        let row = journal.find(flow.as_deref(), name).await.map_err(explained)?;
        let (execution, history) = journal.replay(&row).await.map_err(explained)?;
        let (states, result) = (states(&history), result(&execution, &history));
        if self.json {
            let mut document = summary(&row, result.as_deref());
            document["input"] = row.start.input.clone();
            document["states"] = states.into();
            document["history"] = serde_json::to_value(&history).into_diagnostic()?;
            return print_json(&document);
        }
        let mut text =
            format!("{}  {}  {}  {}", row.start.name, row.start.flow, row.status.name(), took(&row));
        let _ = writeln!(text, "{}", result.map(|result| format!("  {result}")).unwrap_or_default());
        let _ = writeln!(text, "input   {}", row.start.input);
        for state in &states {
            text.push_str(&state_text(state));
        }
        if let Some((ended, why)) = history.last().and_then(bad_end) {
            let _ = writeln!(text, "\n{ended}  {why}");
        }
        print(&plain(&text))
    }

    async fn redrive(&self, journal: &Journal, Named { name, flow }: &Named) -> Result<()> {
        journal.redrive(flow.as_deref(), name, Timestamp::now()).await.map_err(explained)?;
        if self.json {
            return print_json(&json!({ "name": name, "redriven": true }));
        }
        print(&format!(
            "{name} goes on from where it failed: at once if `ackflow dev` serves from {}, otherwise when it is started.\n",
            self.data.display()
        ))
    }

    async fn stop(&self, journal: &Journal, Named { name, flow }: &Named, cause: Option<&str>) -> Result<()> {
        let cause = cause.unwrap_or_default();
        journal.stop(flow.as_deref(), name, "", cause).await.map_err(explained)?;
        if self.json {
            return print_json(&json!({ "name": name, "stopping": true }));
        }
        print(&format!(
            "{name} will be stopped: at once if `ackflow dev` serves from {}, otherwise when it is started.\n",
            self.data.display()
        ))
    }
}

fn open(data: &Path) -> Result<Database> {
    if !data.join("ackflow.db").exists() {
        return Err(miette!(
            help = "name the folder that `ackflow dev` or `ackflow demo` was given with --data",
            "there are no executions in {}: it is no data folder",
            data.display()
        ));
    }
    open_database(data).into_diagnostic()
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn explained(error: JournalError) -> miette::Report {
    let help = match &error {
        JournalError::Ambiguous { .. } => "name the flow with --flow".to_owned(),
        JournalError::Unreadable { execution, .. } => format!(
            "`ackflow executions stop {execution}` ends it, if it is under way. To be read or redriven, it needs the \
             version that wrote it, or a back-up of the file"
        ),
        _ => "`ackflow executions list` shows the names and statuses".to_owned(),
    };
    miette!(help = help, "{error}")
}

/// What came of an execution. One that this version can't read is listed all the same; `show` says why it can't.
async fn result_of(journal: &Journal, row: &ExecutionRow) -> Result<Option<String>, JournalError> {
    match journal.replay(row).await {
        Ok((execution, history)) => Ok(row.ended_at.and_then(|_| result(&execution, &history))),
        Err(JournalError::Unreadable { .. }) => Ok(Some("can't be read".to_owned())),
        Err(error) => Err(error),
    }
}

/// How an execution ended that did not succeed, and what is said of that.
fn bad_end(end: &HistoryEvent) -> Option<(&'static str, String)> {
    let ended = match end.event_type {
        "ExecutionFailed" => "failed",
        "ExecutionTimedOut" => "timed out",
        "ExecutionAborted" => "aborted",
        _ => return None,
    };
    let why = error_text(&end.details.to_json());
    (!why.is_empty()).then_some((ended, why))
}

/// An execution as JSON, without its states.
fn summary(row: &ExecutionRow, result: Option<&str>) -> Value {
    json!({
        "name": row.start.name,
        "flow": row.start.flow,
        "status": row.status,
        "result": result,
        "started_at": row.start.at,
        "ended_at": row.ended_at,
    })
}

fn took(row: &ExecutionRow) -> String {
    row.ended_at.map_or_else(String::new, |end| {
        format!("{} ms", end.as_millisecond() - row.start.at.as_millisecond())
    })
}

fn state_text(state: &Value) -> String {
    let mut text = format!("\n{} ({})", text_of(&state["name"]), text_of(&state["type"]));
    if let Some(attempts) = state["attempts"].as_u64().filter(|attempts| *attempts > 1) {
        let _ = write!(text, ", {attempts} attempts");
    }
    let _ = writeln!(text, "\n  entered {}", text_of(&state["entered_at"]));
    for field in ["input", "output"] {
        if let Some(value) = state.get(field) {
            let _ = writeln!(text, "  {field:<7} {value}");
        }
    }
    if state.get("error").is_some() {
        let _ = writeln!(text, "  error   {}", error_text(state));
    }
    if let Some(exited) = state.get("exited_at") {
        let _ = writeln!(text, "  exited  {}", text_of(exited));
    }
    text
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An error and its cause, as far as there are any, for people: of the payload that a failed function leaves, its message.
fn error_text(failure: &Value) -> String {
    let error = failure.get("error").map(text_of);
    let cause = failure["cause"].as_str().map(|cause| {
        let payload: Option<Value> = serde_json::from_str(cause).ok();
        let message = payload.as_ref().and_then(|payload| payload["errorMessage"].as_str());
        message.unwrap_or(cause).to_owned()
    });
    error.into_iter().chain(cause).collect::<Vec<_>>().join(": ")
}
