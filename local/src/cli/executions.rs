//! `ackflow executions`.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use ackflow_engine::{ExecutionRow, HistoryEvent, Journal, JournalError};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use miette::{IntoDiagnostic, Result, miette};
use serde_json::{Value, json};

use super::terminal::{plain, print, print_json};
use crate::system::open_database;

/// What ran: list executions, show one, or have a failed one go on from where it failed
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
}

impl Executions {
    pub(super) async fn run(self) -> Result<()> {
        let journal = open_journal(&self.data)?;
        match &self.action {
            Action::List { limit } => self.list(&journal, *limit).await,
            Action::Show { name } => self.show(&journal, name).await,
            Action::Redrive { name } => self.redrive(&journal, name).await,
        }
    }

    async fn list(&self, journal: &Journal, limit: usize) -> Result<()> {
        let rows = journal.list(limit).await.into_diagnostic()?;
        if self.json {
            return print_json(&rows.iter().map(summary).collect::<Vec<_>>());
        }
        if rows.is_empty() {
            return print("No executions yet.\n");
        }
        let width = rows.iter().map(|row| row.start.name.len()).max().unwrap_or(0);
        let mut lines = String::new();
        for row in &rows {
            let _ = writeln!(
                lines,
                "{:<9}  {:<width$}  {:<17}  {}  {}",
                row.status.name(),
                plain(&row.start.name),
                row.start.flow,
                row.start.at.strftime("%Y-%m-%d %H:%M:%SZ"),
                took(row)
            );
        }
        print(&lines)
    }

    async fn show(&self, journal: &Journal, name: &str) -> Result<()> {
        let row = find(journal, name).await?;
        let (_, history) = journal.replay(&row).await.into_diagnostic()?;
        let states = states(&history);
        if self.json {
            let mut document = summary(&row);
            document["input"] = row.start.input.clone();
            document["states"] = states.into();
            document["history"] = serde_json::to_value(&history).into_diagnostic()?;
            return print_json(&document);
        }
        let mut text =
            format!("{}  {}  {}  {}\n", row.start.name, row.start.flow, row.status.name(), took(&row));
        let _ = writeln!(text, "input   {}", row.start.input);
        for state in &states {
            text.push_str(&state_text(state));
        }
        if let Some(end) = history.last().filter(|event| event.event_type == "ExecutionFailed") {
            let _ = writeln!(
                text,
                "\nfailed  {}: {}",
                text_of(&end.details["error"]),
                cause_text(&end.details["cause"])
            );
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
}

fn open_journal(data: &Path) -> Result<Journal> {
    if !data.join("ackflow.db").exists() {
        return Err(miette!(
            help = "name the folder that `ackflow dev` or `ackflow demo` was given with --data",
            "there are no executions in {}: it is no data folder",
            data.display()
        ));
    }
    Ok(Journal::new(open_database(data).into_diagnostic()?))
}

async fn find(journal: &Journal, name: &str) -> Result<ExecutionRow> {
    journal.find(name).await.map_err(not_found)
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn not_found(error: JournalError) -> miette::Report {
    miette!(help = "`ackflow executions list` shows the names and statuses", "{error}")
}

/// An execution as JSON, without its states.
fn summary(row: &ExecutionRow) -> Value {
    json!({
        "name": row.start.name,
        "flow": row.start.flow,
        "status": row.status,
        "started_at": row.start.at,
        "ended_at": row.ended_at,
    })
}

fn took(row: &ExecutionRow) -> String {
    row.ended_at.map_or_else(String::new, |end| {
        format!("{} ms", end.as_millisecond() - row.start.at.as_millisecond())
    })
}

/// Each visit of a state, from the history: input, output, attempts, errors, times.
pub(super) fn states(history: &[HistoryEvent]) -> Vec<Value> {
    let mut visits: Vec<(u64, Value)> = Vec::new();
    for event in history {
        if event.event_type.ends_with("StateEntered") {
            let state = json!({
                "name": event.details["name"],
                "type": event.event_type.trim_end_matches("StateEntered"),
                "entered_at": event.timestamp,
                "input": event.details["input"],
                "attempts": 0,
            });
            visits.push((event.id, state));
            continue;
        }
        let visit = visits.iter_mut().rev().find(|(last, state)| belongs_to(event, *last, state));
        if let Some((last, state)) = visit {
            *last = event.id;
            note(state, event);
        }
    }
    visits.into_iter().map(|(_, state)| state).collect()
}

/// Whether an event is of this visit of a state, whose last event so far is given. A visit's events name the one
/// before, but for those that follow a Map's or Parallel's branches.
fn belongs_to(event: &HistoryEvent, last: u64, state: &Value) -> bool {
    let fans_out = state["type"] == "Map" || state["type"] == "Parallel";
    let is_open = state.get("exited_at").is_none();
    state["name"].as_str() == event.state.as_deref()
        && (event.previous_event_id == last || (fans_out && is_open))
}

fn note(state: &mut Value, event: &HistoryEvent) {
    let kind = event.event_type.as_str();
    if kind.ends_with("Scheduled") {
        state["attempts"] = (state["attempts"].as_u64().unwrap_or(0) + 1).into();
    } else if kind.ends_with("Failed") || kind.ends_with("TimedOut") {
        state["error"] = event.details["error"].clone();
        state["cause"] = event.details["cause"].clone();
    } else if kind.ends_with("StateExited") {
        state["output"] = event.details["output"].clone();
        state["exited_at"] = json!(event.timestamp);
    }
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
    if let Some(error) = state.get("error") {
        let _ = writeln!(text, "  error   {}: {}", text_of(error), cause_text(&state["cause"]));
    }
    if let Some(exited) = state.get("exited_at") {
        let _ = writeln!(text, "  exited  {}", text_of(exited));
    }
    text
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A cause for people: of the payload that a failed function leaves, its message.
fn cause_text(cause: &Value) -> String {
    let text = text_of(cause);
    let payload: Option<Value> = serde_json::from_str(&text).ok();
    let message = payload.and_then(|payload| payload["errorMessage"].as_str().map(str::to_owned));
    message.unwrap_or(text)
}
