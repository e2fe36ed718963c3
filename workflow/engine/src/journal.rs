//! The journal: how each execution began, and every signal since. It is the truth; all else is rebuilt from it.

mod schema;

use ackflow_asl::StateMachine;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

pub(crate) use schema::SCHEMA;

use crate::{Database, DatabaseError, Effect, Execution, HistoryEvent, Outcome, Signal, Start};

/// Why the journal did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The journal holds what this version can't read.
    #[error(
        "the journal of execution {execution} can't be read: {reason}. It was written by another version, or the file was changed"
    )]
    Unreadable {
        /// The execution's name.
        execution: String,
        /// What is wrong.
        reason: String,
    },
    /// There is no such execution.
    #[error("there is no execution named {0}. `ackflow executions list` shows those that there are")]
    NotFound(String),
    /// The execution did not fail.
    #[error("execution {name} can't be redriven: it is {status}. Only a failed or timed-out one can")]
    NotFailed {
        /// The execution's name.
        name: String,
        /// Its status.
        status: String,
    },
}

/// An execution to start.
#[derive(Clone, Debug)]
pub struct NewExecution {
    /// The digest of the definition that it runs ([`Journal::define`]).
    pub machine: String,
    /// How it begins.
    pub start: Start,
}

/// What became of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It was started.
    New,
    /// One of this name was started before.
    Already,
}

/// The status of an execution, as AWS names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Under way.
    Running,
    /// Came to its end.
    Succeeded,
    /// Ended with an error.
    Failed,
    /// Took too long.
    TimedOut,
}

impl Status {
    /// AWS's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
        }
    }

    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Succeeded { .. } => Self::Succeeded,
            Outcome::Failed { .. } => Self::Failed,
            Outcome::TimedOut => Self::TimedOut,
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Running, Self::Succeeded, Self::Failed, Self::TimedOut]
            .into_iter()
            .find(|it| it.name() == name)
    }
}

/// One execution, as `executions list` shows it.
#[derive(Clone, Debug)]
pub struct ExecutionRow {
    /// Its number in this journal.
    pub id: i64,
    /// The digest of the definition that it runs.
    pub machine: String,
    /// How it began.
    pub start: Start,
    /// Its status.
    pub status: Status,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A signal that was applied, and the outcome if it was the last.
pub(crate) struct Record {
    pub(crate) execution: i64,
    /// `None` for an execution that ended without waiting for anything.
    pub(crate) signal: Option<Signal>,
    pub(crate) at: Timestamp,
    pub(crate) outcome: Option<Outcome>,
}

/// The journal.
#[derive(Clone, Debug)]
pub struct Journal {
    database: Database,
}

impl Journal {
    /// The tables of the journal, for [`Database::open`].
    pub const SCHEMA: &'static str = SCHEMA;

    /// The journal in a database that was opened with [`Journal::SCHEMA`].
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Keeps a definition for as long as executions run it, and gives its digest.
    pub async fn define(&self, machine: &StateMachine) -> Result<String, JournalError> {
        let definition = machine.to_json().to_string();
        let digest = schema::digest(&definition);
        let key = digest.clone();
        self.database
            .write(move |connection| {
                let sql = "INSERT OR IGNORE INTO machines (digest, definition) VALUES (?, ?)";
                connection.prepare_cached(sql)?.execute(params![key, definition])
            })
            .await?;
        Ok(digest)
    }

    /// Starts an execution, unless one of the name was started before. Durable when this returns.
    pub async fn start(&self, new: NewExecution) -> Result<Started, JournalError> {
        let inserted = self.database.write(move |connection| insert_execution(connection, &new)).await?;
        Ok(if inserted { Started::New } else { Started::Already })
    }

    /// Keeps what happened, all of it or nothing.
    pub(crate) async fn append(&self, records: Vec<Record>) -> Result<(), JournalError> {
        self.database
            .write(move |connection| records.iter().try_for_each(|record| insert_record(connection, record)))
            .await?;
        Ok(())
    }

    /// The executions under way whose number is above `after`, oldest first.
    pub(crate) async fn running(&self, after: i64, limit: usize) -> Result<Vec<ExecutionRow>, JournalError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let filter = "WHERE status = 'RUNNING' AND id > ?1 ORDER BY id LIMIT ?2";
        self.rows(filter, vec![after.into(), limit.into()]).await
    }

    /// The newest executions, newest first.
    pub async fn list(&self, limit: usize) -> Result<Vec<ExecutionRow>, JournalError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows("ORDER BY id DESC LIMIT ?1", vec![limit.into()]).await
    }

    /// The execution of this name.
    pub async fn find(&self, name: &str) -> Result<ExecutionRow, JournalError> {
        let rows =
            self.rows("WHERE name = ?1 ORDER BY id DESC LIMIT 1", vec![name.to_owned().into()]).await?;
        rows.into_iter().next().ok_or_else(|| JournalError::NotFound(name.to_owned()))
    }

    /// Has a failed execution go on from where it failed. The engine on this journal takes it up when it is
    /// asked to look ([`Engine::look_for_redriven`](crate::Engine::look_for_redriven)) or starts.
    pub async fn redrive(&self, name: &str, at: Timestamp) -> Result<(), JournalError> {
        let row = self.find(name).await?;
        if !matches!(row.status, Status::Failed | Status::TimedOut) {
            let status = row.status.name().to_owned();
            return Err(JournalError::NotFailed { name: name.to_owned(), status });
        }
        let id = row.id;
        self.database
            .write(move |connection| {
                let sql = "UPDATE executions SET status = 'RUNNING', ended_at = NULL, redriven = 1
                           WHERE id = ? AND status IN ('FAILED', 'TIMED_OUT')";
                if connection.execute(sql, [id])? == 1 {
                    let signal = Some(Signal::Redriven);
                    insert_record(connection, &Record { execution: id, signal, at, outcome: None })?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// The executions that were redriven since the last call.
    pub(crate) async fn take_redriven(&self) -> Result<Vec<ExecutionRow>, JournalError> {
        let rows = self.rows("WHERE redriven = 1 ORDER BY id LIMIT ?1", vec![1000.into()]).await?;
        if !rows.is_empty() {
            self.database
                .write(|connection| {
                    connection.execute("UPDATE executions SET redriven = 0 WHERE redriven = 1", [])
                })
                .await?;
        }
        Ok(rows)
    }

    /// The definition of this digest.
    pub(crate) async fn machine(&self, digest: &str) -> Result<StateMachine, JournalError> {
        let key = digest.to_owned();
        let definition: Option<String> = self
            .database
            .write_ahead(move |connection| {
                let sql = "SELECT definition FROM machines WHERE digest = ?";
                connection.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()
            })
            .await?;
        let unreadable =
            |reason| JournalError::Unreadable { execution: format!("of machine {digest}"), reason };
        let definition = definition.ok_or_else(|| unreadable("its definition is missing".to_owned()))?;
        serde_json::from_str(&definition).map_err(|error| unreadable(error.to_string()))
    }

    /// Rebuilds an execution: its state now, and its whole history.
    pub async fn replay(&self, row: &ExecutionRow) -> Result<(Execution, Vec<HistoryEvent>), JournalError> {
        let machine = self.machine(&row.machine).await?;
        let (mut execution, _) = Execution::start(machine.into(), row.start.clone());
        for (at, signal) in self.signals(row).await? {
            execution.apply(&signal, at);
        }
        let history = execution.take_history();
        Ok((execution, history))
    }

    /// The signals of an execution, in order.
    pub(crate) async fn signals(&self, row: &ExecutionRow) -> Result<Vec<(Timestamp, Signal)>, JournalError> {
        let id = row.id;
        let records: Vec<(i64, String)> = self
            .database
            .write_ahead(move |connection| {
                let sql = "SELECT at, signal FROM signals WHERE execution = ? ORDER BY number";
                let mut statement = connection.prepare_cached(sql)?;
                statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .await?;
        let unreadable = |reason| JournalError::Unreadable { execution: row.start.name.clone(), reason };
        records
            .into_iter()
            .map(|(at, signal)| {
                let at = Timestamp::from_millisecond(at).map_err(|error| unreadable(error.to_string()))?;
                let signal = serde_json::from_str(&signal).map_err(|error| unreadable(error.to_string()))?;
                Ok((at, signal))
            })
            .collect()
    }

    async fn rows(
        &self,
        filter: &'static str,
        values: Vec<rusqlite::types::Value>,
    ) -> Result<Vec<ExecutionRow>, JournalError> {
        let rows = self
            .database
            .write_ahead(move |connection| {
                let sql = format!(
                    "SELECT id, flow, name, machine, input, seed, started_at, status, ended_at FROM executions {filter}"
                );
                let mut statement = connection.prepare_cached(&sql)?;
                statement.query_map(rusqlite::params_from_iter(values), read_row)?.collect()
            })
            .await?;
        Ok(rows)
    }
}

/// Starts an execution within a transaction; says whether it is new.
fn insert_execution(connection: &Connection, new: &NewExecution) -> rusqlite::Result<bool> {
    let sql = "INSERT INTO executions (flow, name, machine, input, seed, started_at, status)
               VALUES (?, ?, ?, ?, ?, ?, 'RUNNING') ON CONFLICT DO NOTHING";
    let start = &new.start;
    let inserted = connection.prepare_cached(sql)?.execute(params![
        start.flow,
        start.name,
        new.machine,
        start.input.to_string(),
        start.seed.cast_signed(),
        start.at.as_millisecond(),
    ])?;
    Ok(inserted == 1)
}

fn insert_record(connection: &Connection, record: &Record) -> rusqlite::Result<()> {
    let at = record.at.as_millisecond();
    if let Some(signal) = &record.signal {
        let sql = "INSERT INTO signals (execution, number, at, signal) VALUES (
                   ?1, (SELECT coalesce(max(number), 0) + 1 FROM signals WHERE execution = ?1), ?2, ?3)";
        let signal = serde_json::to_string(signal).expect("a signal has string keys only");
        connection.prepare_cached(sql)?.execute(params![record.execution, at, signal])?;
    }
    if let Some(outcome) = &record.outcome {
        let sql = "UPDATE executions SET status = ?, ended_at = ? WHERE id = ?";
        connection.prepare_cached(sql)?.execute(params![Status::of(outcome).name(), at, record.execution])?;
    }
    Ok(())
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<ExecutionRow> {
    let input: String = row.get(4)?;
    let status: String = row.get(7)?;
    let ended_at: Option<i64> = row.get(8)?;
    Ok(ExecutionRow {
        id: row.get(0)?,
        machine: row.get(3)?,
        start: Start {
            flow: row.get(1)?,
            name: row.get(2)?,
            input: serde_json::from_str(&input).unwrap_or(Value::Null),
            seed: row.get::<_, i64>(5)?.cast_unsigned(),
            at: Timestamp::from_millisecond(row.get(6)?).unwrap_or_default(),
        },
        status: Status::parse(&status).unwrap_or(Status::Failed),
        ended_at: ended_at.and_then(|millis| Timestamp::from_millisecond(millis).ok()),
    })
}

impl Record {
    /// What a signal changed, to be journaled before its effects.
    pub(crate) fn of(execution: i64, signal: Option<Signal>, at: Timestamp, state: &Execution) -> Self {
        Self { execution, signal, at, outcome: state.outcome().cloned() }
    }
}

/// Effects wait for the commit of the record that they follow from.
pub(crate) type Pending = (i64, Vec<Effect>);
