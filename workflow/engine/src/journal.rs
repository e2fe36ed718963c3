//! The journal: how each execution began, and every signal since. It is the truth; all else is rebuilt from it.

mod record;
mod row;
mod schema;
mod status;

use ackflow_asl::StateMachine;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use self::row::COLUMNS;
use crate::{Database, DatabaseError, Execution, HistoryEvent, Signal};

pub(crate) use record::Record;
pub use record::{NewExecution, Started};
pub use row::ExecutionRow;
pub(crate) use row::Recorded;
pub use status::Status;

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
    #[error("there is no execution named {0}")]
    NotFound(String),
    /// Another engine was started on the journal.
    #[error("another engine has taken over the journal: only one may run on a data folder at a time")]
    TakenOver,
    /// The execution did not fail.
    #[error("execution {name} can't be redriven: it is {status}. Only a failed or timed-out one can")]
    NotFailed {
        /// The execution's name.
        name: String,
        /// Its status.
        status: String,
    },
}

/// The journal.
#[derive(Clone, Debug)]
pub struct Journal {
    /// For starts, which somebody waits for.
    foreground: Database,
    /// For all else.
    background: Database,
}

impl Journal {
    /// The tables of the journal, for [`Database::open`].
    pub const SCHEMA: &'static str = schema::SCHEMA;

    /// The journal in a database that was opened with [`Journal::SCHEMA`].
    pub fn new(database: Database) -> Self {
        Self { background: database.background(), foreground: database }
    }

    /// Keeps a definition for as long as executions run it, and gives its digest.
    pub async fn define(&self, machine: &StateMachine) -> Result<String, JournalError> {
        let definition = machine.to_json().to_string();
        let digest = schema::digest(&definition);
        let key = digest.clone();
        self.background
            .write(move |connection| {
                let sql = "INSERT OR IGNORE INTO machines (digest, definition) VALUES (?, ?)";
                connection.prepare_cached(sql)?.execute(params![key, definition])
            })
            .await?;
        Ok(digest)
    }

    /// Starts an execution, unless one of the name was started before. Durable when this returns.
    pub async fn start(&self, new: NewExecution) -> Result<Started, JournalError> {
        let inserted = self.foreground.write(move |connection| new.insert(connection)).await?;
        Ok(if inserted { Started::New } else { Started::Already })
    }

    /// Makes `engine` the one whose records are kept: an engine that was dropped may have one under way still.
    pub(crate) async fn take_over(&self, engine: u64) -> Result<(), JournalError> {
        self.background
            .write(move |connection| {
                let sql = "INSERT INTO engine (one, id) VALUES (1, ?1) ON CONFLICT DO UPDATE SET id = ?1";
                connection.execute(sql, [engine.cast_signed()])
            })
            .await?;
        Ok(())
    }

    /// Keeps what happened, all of it or nothing.
    pub(crate) async fn append(&self, engine: u64, records: Vec<Record>) -> Result<(), JournalError> {
        let appended = self
            .background
            .write(move |connection| {
                let mut owner = connection.prepare_cached("SELECT id FROM engine")?;
                if owner.query_row([], |row| row.get::<_, i64>(0))? != engine.cast_signed() {
                    return Ok(false);
                }
                records.iter().try_for_each(|record| record.insert(connection))?;
                Ok(true)
            })
            .await?;
        if appended { Ok(()) } else { Err(JournalError::TakenOver) }
    }

    /// The executions under way whose number is above `after`, oldest first.
    pub(crate) async fn running(&self, after: i64, limit: usize) -> Result<Vec<Recorded>, JournalError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let recorded = self
            .background
            // Not `write_ahead`: what is run must be durable first.
            .write(move |connection| {
                let sql = format!(
                    "SELECT {COLUMNS} FROM executions WHERE status = 'RUNNING' AND id > ? ORDER BY id LIMIT ?"
                );
                let rows = ExecutionRow::read_all(connection, &sql, &[&after, &limit])?;
                rows.into_iter().map(|row| Recorded::read(connection, row)).collect()
            })
            .await?;
        Ok(recorded)
    }

    /// The newest executions, newest first.
    pub async fn list(&self, limit: usize) -> Result<Vec<ExecutionRow>, JournalError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self
            .background
            .write_ahead(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM executions ORDER BY id DESC LIMIT ?");
                ExecutionRow::read_all(connection, &sql, &[&limit])
            })
            .await?;
        Ok(rows)
    }

    /// The execution of this name.
    pub async fn find(&self, name: &str) -> Result<ExecutionRow, JournalError> {
        let wanted = name.to_owned();
        let rows = self
            .background
            .write_ahead(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM executions WHERE name = ? ORDER BY id DESC LIMIT 1");
                ExecutionRow::read_all(connection, &sql, &[&wanted])
            })
            .await?;
        rows.into_iter().next().ok_or_else(|| JournalError::NotFound(name.to_owned()))
    }

    /// The number of the execution of this name.
    pub(crate) async fn id(&self, flow: &str, name: &str) -> Result<Option<i64>, JournalError> {
        let (flow, name) = (flow.to_owned(), name.to_owned());
        let id = self.background.write_ahead(move |connection| {
            let sql = "SELECT id FROM executions WHERE name = ? AND flow = ?";
            connection.prepare_cached(sql)?.query_row([name, flow], |row| row.get(0)).optional()
        });
        Ok(id.await?)
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
        self.background
            .write(move |connection| {
                let sql = "UPDATE executions SET status = 'RUNNING', ended_at = NULL, redriven = 1
                           WHERE id = ? AND status IN ('FAILED', 'TIMED_OUT')";
                if connection.execute(sql, [id])? == 1 {
                    let signal = Some(Signal::Redriven);
                    Record { execution: id, signal, at, outcome: None }.insert(connection)?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    /// The executions under way that were redriven since the last call.
    pub(crate) async fn take_redriven(&self) -> Result<Vec<Recorded>, JournalError> {
        let recorded = self
            .background
            .write(|connection| {
                let sql =
                    format!("UPDATE executions SET redriven = 0 WHERE redriven = 1 RETURNING {COLUMNS}");
                let mut rows = ExecutionRow::read_all(connection, &sql, &[])?;
                rows.retain(|row| row.status == Status::Running);
                rows.sort_by_key(|row| row.id);
                rows.into_iter().map(|row| Recorded::read(connection, row)).collect()
            })
            .await?;
        Ok(recorded)
    }

    /// The definition of this digest.
    pub(crate) async fn machine(&self, digest: &str) -> Result<StateMachine, JournalError> {
        let key = digest.to_owned();
        let definition: Option<String> = self
            .background
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
        let row = row.clone();
        let recorded = self.background.write_ahead(move |connection| Recorded::read(connection, row)).await?;
        for (at, signal) in recorded.signals()? {
            execution.apply(&signal, at);
        }
        let history = execution.take_history();
        Ok((execution, history))
    }
}
