//! `ackflow executions`.

mod failure;
mod prune;
mod result;
mod states;

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use ackflow_engine::{Database, ExecutionRow, Journal, JournalError};
use clap::{Args, Subcommand};
use futures_util::future::join_all;
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

#[derive(Debug, Subcommand)]
enum Action {
    /// The newest executions, newest first
    List {
        /// How many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Each state's input, output, attempts and times
    Show {
        /// The execution's name.
        name: String,
    },
    /// Start a failed execution again from the state that failed
    Redrive {
        /// The execution's name.
        name: String,
    },
    /// Stop an execution that is under way
    Stop {
        /// The execution's name.
        name: String,
        /// Why, to be shown with it.
        #[arg(long, value_name = "TEXT")]
        cause: Option<String>,
    },
    Prune(Prune),
}

impl Executions {
    pub(super) async fn run(self) -> Result<()> {
        let database = open(&self.data)?;
        let journal = Journal::new(database.clone());
        match &self.action {
            Action::List { limit } => self.list(&journal, *limit).await,
            Action::Show { name } => self.show(&journal, name).await,
            Action::Redrive { name } => self.redrive(&journal, name).await,
            Action::Stop { name, cause } => self.stop(&journal, name, cause.as_deref()).await,
            Action::Prune(prune) => prune.run(&database, &journal, self.json).await,
        }
    }

    async fn list(&self, journal: &Journal, limit: usize) -> Result<()> {
        let rows = journal.list(limit).await.into_diagnostic()?;
        // At once, so that one transaction reads many of them.
        let results = join_all(rows.iter().map(|row| result_of(journal, row))).await;
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

    async fn show(&self, journal: &Journal, name: &str) -> Result<()> {
        let row = find(journal, name).await?;
        let (execution, history) = journal.replay(&row).await.into_diagnostic()?;
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
        if let Some(end) = history.last().filter(|event| event.event_type == "ExecutionFailed") {
            let _ = writeln!(text, "\nfailed  {}", error_text(&end.details.to_json()));
        }
        print(&plain(&text))
    }

    async fn redrive(&self, journal: &Journal, name: &str) -> Result<()> {
        journal.redrive(name, Timestamp::now()).await.map_err(not_found)?;
        if self.json {
            return print_json(&json!({ "name": name, "redriven": true }));
        }
        print(&format!(
            "{name} goes on from where it failed: at once if `ackflow dev` serves from {}, otherwise when it is started.\n",
            self.data.display()
        ))
    }

    async fn stop(&self, journal: &Journal, name: &str, cause: Option<&str>) -> Result<()> {
        journal.stop(name, "", cause.unwrap_or_default()).await.map_err(not_found)?;
        if self.json {
            return print_json(&json!({ "name": name, "stopped": true }));
        }
        print(&format!(
            "{name} is stopped: at once if `ackflow dev` serves from {}, otherwise when it is started.\n",
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

async fn find(journal: &Journal, name: &str) -> Result<ExecutionRow> {
    journal.find(name).await.map_err(not_found)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn not_found(error: JournalError) -> miette::Report {
    miette!(help = "`ackflow executions list` shows the names and statuses", "{error}")
}

/// What came of an execution. One that this version can't replay is listed all the same; `show` says why it can't.
async fn result_of(journal: &Journal, row: &ExecutionRow) -> Option<String> {
    row.ended_at?;
    let (execution, history) = journal.replay(row).await.ok()?;
    result(&execution, &history)
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

/// An error and its cause, for people: of the payload that a failed function leaves, its message.
fn error_text(failure: &Value) -> String {
    let error = text_of(&failure["error"]);
    let Some(cause) = failure["cause"].as_str() else { return error };
    let payload: Option<Value> = serde_json::from_str(cause).ok();
    let message = payload.as_ref().and_then(|payload| payload["errorMessage"].as_str());
    format!("{error}: {}", message.unwrap_or(cause))
}
