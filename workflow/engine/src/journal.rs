//! The journal: how each execution began, and every signal since. It is the truth; all else is rebuilt from it.

mod changes;
mod guarded;
mod nested;
mod record;
mod replay;
mod row;
mod schema;
mod status;
mod stop;

use std::sync::Arc;

use ackflow_asl::StateMachine;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use self::row::COLUMNS;
use crate::{Database, DatabaseError, Execution, HistoryEvent, Signal};

pub(crate) use changes::{Changes, Told};
pub(crate) use guarded::guarded;
pub(crate) use nested::{Awaited, Awaiting, NewChild};
pub use record::{NewExecution, Started};
pub(crate) use record::{Record, Standing};
pub use row::ExecutionRow;
pub(crate) use row::Recorded;
pub use status::Status;
pub(crate) use stop::Stop;

/// How many rows a batch of [`Journal::prune`] deletes, or the few more of its last execution: some milliseconds' work.
const PRUNED_AT_ONCE: usize = 500;

/// Which executions [`Journal::prune`] deletes, in SQL: the parameter is the time.
const IS_PRUNABLE: &str = "ended_at < ? AND id < (SELECT max(id) FROM executions)
                           AND NOT EXISTS (SELECT 1 FROM nested WHERE child = id)";

/// How many rows [`Journal::list`] reads at once.
const LISTED_AT_ONCE: usize = 500;

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
    /// There are several such executions.
    #[error("there is an execution named {name} of each of these flows: {flows}. Say which flow is meant")]
    Ambiguous {
        /// The executions' name.
        name: String,
        /// The flows, those of the newest first.
        flows: String,
    },
    /// The input can't be kept, since it could not be read again.
    #[error(
        "execution {execution} can't be started: its input can't be read: {reason}. It has to be JSON whose numbers are 64-bit floats and whose arrays and objects are nested 127 deep at most"
    )]
    Input {
        /// The execution's name.
        execution: String,
        /// What is wrong.
        reason: String,
    },
    /// Another engine was started on the journal.
    #[error("another engine has taken over the journal: only one may run on a data folder at a time")]
    TakenOver,
    /// The execution did not fail.
    #[error(
        "execution {name} can't be redriven: it is {status}. Only one that failed, timed out or was stopped can"
    )]
    NotFailed {
        /// The execution's name.
        name: String,
        /// Its status.
        status: String,
    },
    /// The execution has ended.
    #[error("execution {name} can't be stopped: it is {status}. Only a running one can")]
    NotRunning {
        /// The execution's name.
        name: String,
        /// Its status.
        status: String,
    },
}

/// The next executions to be taken into memory.
pub(crate) struct Backlog {
    /// The oldest first.
    pub(crate) executions: Vec<Recorded>,
    /// The number up to which there are no others.
    pub(crate) up_to: i64,
}

/// How much [`Journal::prune`] would delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prunable {
    /// How many executions.
    pub executions: u64,
    /// How many there are.
    pub of: u64,
}

/// The journal.
#[derive(Clone, Debug)]
pub struct Journal {
    /// For reads, and for starts, which somebody waits for.
    database: Database,
    /// For all other writes.
    background: Database,
}

impl Journal {
    /// The tables of the journal, for [`Database::open`].
    pub const SCHEMA: &'static str = schema::SCHEMA;

    /// The journal in a database that was opened with [`Journal::SCHEMA`].
    pub fn new(database: Database) -> Self {
        Self { background: database.background(), database }
    }

    /// Keeps a definition for as long as executions run it, and gives its digest. If what was kept under that is
    /// another text, the file was changed: this mends it.
    pub async fn define(&self, machine: &StateMachine) -> Result<String, JournalError> {
        let definition = machine.to_json().to_string();
        let digest = schema::digest(&definition);
        let key = digest.clone();
        self.background
            .write(move |connection| {
                let sql = "INSERT INTO machines (digest, definition) VALUES (?, ?)
                           ON CONFLICT DO UPDATE SET definition = excluded.definition
                           WHERE definition IS NOT excluded.definition";
                connection.prepare_cached(sql)?.execute(params![key, definition])
            })
            .await?;
        Ok(digest)
    }

    /// Forgets the definitions that no execution runs, but for these.
    pub(crate) async fn forget_machines(&self, but: Vec<String>) -> Result<(), JournalError> {
        let but = Value::from(but).to_string();
        self.background
            .write(move |connection| {
                let sql = "DELETE FROM machines WHERE digest NOT IN (SELECT value FROM json_each(?))
                           AND NOT EXISTS (SELECT 1 FROM executions WHERE machine = digest)";
                connection.execute(sql, [but])
            })
            .await?;
        Ok(())
    }

    /// Starts an execution, unless one of the name was started before. Durable when this returns.
    pub async fn start(&self, new: NewExecution) -> Result<Started, JournalError> {
        if let Err(error) = serde_json::from_str::<Value>(&new.input) {
            return Err(JournalError::Input { execution: new.name, reason: error.to_string() });
        }
        let inserted = self.database.write(move |connection| new.insert(connection)).await?;
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
    pub(crate) async fn append(&self, engine: u64, changes: Changes) -> Result<(), JournalError> {
        let appended = self
            .background
            .write(move |connection| {
                let mut owner = connection.prepare_cached("SELECT id FROM engine")?;
                if owner.query_row([], |row| row.get::<_, i64>(0))? != engine.cast_signed() {
                    return Ok(false);
                }
                changes.insert(connection)?;
                Ok(true)
            })
            .await?;
        if appended { Ok(()) } else { Err(JournalError::TakenOver) }
    }

    /// The executions under way whose number is above `after`, oldest first, without those that only wait.
    pub(crate) async fn running(&self, after: i64, limit: usize) -> Result<Backlog, JournalError> {
        let at_most = i64::try_from(limit).unwrap_or(i64::MAX);
        let backlog = self
            .database
            .read(move |connection| {
                let sql = format!(
                    "SELECT {COLUMNS} FROM executions WHERE status = 'RUNNING' AND id > ?
                     AND NOT EXISTS (SELECT 1 FROM waiting WHERE execution = id) ORDER BY id LIMIT ?"
                );
                let rows = ExecutionRow::read_all(connection, &sql, &[&after, &at_most])?;
                let up_to = match rows.last() {
                    Some(last) if rows.len() == limit => last.id,
                    _ => newest(connection)?.max(after),
                };
                let executions = rows.into_iter().map(|row| Recorded::read(connection, row));
                Ok(Backlog { executions: executions.collect::<rusqlite::Result<_>>()?, up_to })
            })
            .await?;
        Ok(backlog)
    }

    /// Those of these executions that are under way.
    pub(crate) async fn under_way(&self, ids: Vec<i64>) -> Result<Vec<Recorded>, JournalError> {
        let recorded = self
            .database
            .read(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM executions WHERE id = ? AND status = 'RUNNING'");
                let mut recorded = Vec::new();
                for id in ids {
                    for row in ExecutionRow::read_all(connection, &sql, &[&id])? {
                        recorded.push(Recorded::read(connection, row)?);
                    }
                }
                Ok(recorded)
            })
            .await?;
        Ok(recorded)
    }

    /// The executions that only wait and whose time comes, and when it does.
    pub(crate) async fn timers(&self) -> Result<Vec<(Timestamp, i64)>, JournalError> {
        let timers = self
            .database
            .read(|connection| {
                let sql = "SELECT due, execution FROM waiting WHERE due IS NOT NULL";
                let mut statement = connection.prepare_cached(sql)?;
                let timers = statement.query_map([], |row| {
                    // One that is no time is looked at at once.
                    let due = row.get(0).ok().and_then(|due| Timestamp::from_millisecond(due).ok());
                    Ok((due.unwrap_or(Timestamp::UNIX_EPOCH), row.get(1)?))
                })?;
                timers.collect()
            })
            .await?;
        Ok(timers)
    }

    /// Deletes executions that ended before a time, and all that is known of them: the oldest first, and no more than a
    /// short write can. Gives how many those were; 0 when none is left. Whoever deletes many lets others write in
    /// between.
    ///
    /// The newest execution stays in any case, so that its number is given to no other. So does one whose end a task is
    /// still to be told of.
    pub async fn prune(&self, before: Timestamp) -> Result<usize, JournalError> {
        let before = before.as_millisecond();
        let pruned = self
            .background
            .write(move |connection| {
                let sql = format!("SELECT id FROM executions WHERE {IS_PRUNABLE} ORDER BY ended_at LIMIT 1");
                let mut oldest = connection.prepare_cached(&sql)?;
                let mut signals = connection.prepare_cached("DELETE FROM signals WHERE execution = ?")?;
                let mut execution = connection.prepare_cached("DELETE FROM executions WHERE id = ?")?;
                let (mut executions, mut rows) = (0, 0);
                while rows < PRUNED_AT_ONCE {
                    let next: Option<i64> = oldest.query_row([before], |row| row.get(0)).optional()?;
                    let Some(id) = next else { break };
                    rows += signals.execute([id])? + execution.execute([id])?;
                    executions += 1;
                }
                Ok(executions)
            })
            .await?;
        Ok(pruned)
    }

    /// How much [`Journal::prune`] would delete in all.
    pub async fn prunable(&self, before: Timestamp) -> Result<Prunable, JournalError> {
        let before = before.as_millisecond();
        let prunable = self
            .database
            .read(move |connection| {
                let count = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0).map(i64::cast_unsigned);
                let ended = format!("SELECT count(*) FROM executions WHERE {IS_PRUNABLE}");
                Ok(Prunable {
                    executions: connection.query_row(&ended, [before], count)?,
                    of: connection.query_row("SELECT count(*) FROM executions", [], count)?,
                })
            })
            .await?;
        Ok(prunable)
    }

    /// The newest executions, newest first.
    pub async fn list(&self, limit: usize) -> Result<Vec<ExecutionRow>, JournalError> {
        let mut rows: Vec<ExecutionRow> = Vec::new();
        loop {
            let before = rows.last().map_or(i64::MAX, |row| row.id);
            let wanted = (limit - rows.len()).min(LISTED_AT_ONCE);
            let some = self.listed(before, wanted).await?;
            let is_last = some.len() < LISTED_AT_ONCE;
            rows.extend(some);
            if is_last {
                return Ok(rows);
            }
        }
    }

    /// The newest executions before one, newest first.
    async fn listed(&self, before: i64, limit: usize) -> Result<Vec<ExecutionRow>, JournalError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self
            .database
            .read(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM executions WHERE id < ? ORDER BY id DESC LIMIT ?");
                ExecutionRow::read_all(connection, &sql, &[&before, &limit])
            })
            .await?;
        Ok(rows)
    }

    /// The execution of this name and flow; without a flow, the only one of the name.
    pub async fn find(&self, flow: Option<&str>, name: &str) -> Result<ExecutionRow, JournalError> {
        let mut rows = self.named(name).await?;
        rows.retain(|row| flow.is_none_or(|flow| row.start.flow == flow));
        if rows.len() > 1 {
            let flows: Vec<_> = rows.iter().map(|row| row.start.flow.as_str()).collect();
            return Err(JournalError::Ambiguous { name: name.to_owned(), flows: flows.join(", ") });
        }
        rows.pop().ok_or_else(|| match flow {
            Some(flow) => JournalError::NotFound(format!("{name} of flow {flow}")),
            None => JournalError::NotFound(name.to_owned()),
        })
    }

    /// The executions of this name, one of a flow, newest first.
    async fn named(&self, name: &str) -> Result<Vec<ExecutionRow>, JournalError> {
        let wanted = name.to_owned();
        let rows = self
            .database
            .read(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM executions WHERE name = ? ORDER BY id DESC");
                ExecutionRow::read_all(connection, &sql, &[&wanted])
            })
            .await?;
        Ok(rows)
    }

    /// The number of the execution of this name.
    pub(crate) async fn id(&self, flow: &str, name: &str) -> Result<Option<i64>, JournalError> {
        let (flow, name) = (flow.to_owned(), name.to_owned());
        let id = self.database.read(move |connection| {
            let sql = "SELECT id FROM executions WHERE name = ? AND flow = ?";
            connection.prepare_cached(sql)?.query_row([name, flow], |row| row.get(0)).optional()
        });
        Ok(id.await?)
    }

    /// Has an execution that failed or was stopped go on from there: the one of this name and flow; without a flow, the
    /// only one of the name. The engine on this journal takes it up when it is asked to look
    /// ([`Engine::look_for_redriven`](crate::Engine::look_for_redriven)) or starts. One that can't be read is refused:
    /// it would be under way, and could not go on.
    pub async fn redrive(&self, flow: Option<&str>, name: &str, at: Timestamp) -> Result<(), JournalError> {
        let row = self.find(flow, name).await?;
        self.replay(&row).await?;
        if !matches!(row.status, Status::Failed | Status::TimedOut | Status::Aborted) {
            let status = row.status.name().to_owned();
            return Err(JournalError::NotFailed { name: name.to_owned(), status });
        }
        let id = row.id;
        self.background
            .write(move |connection| {
                let sql = "UPDATE executions SET status = 'RUNNING', ended_at = NULL, redriven = 1
                           WHERE id = ? AND status IN ('FAILED', 'TIMED_OUT', 'ABORTED')";
                if connection.execute(sql, [id])? == 1 {
                    let signal = Some(Signal::Redriven);
                    Record { execution: id, signal, at, standing: Standing::Runs }.insert(connection)?;
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

    /// The definition that an execution runs.
    pub(crate) async fn machine(&self, row: &ExecutionRow) -> Result<StateMachine, JournalError> {
        if let Some(reason) = &row.unreadable {
            return Err(row.unreadable_because(reason.clone()));
        }
        let digest = row.machine.clone();
        let definition: Option<rusqlite::Result<String>> = self
            .database
            .read(move |connection| {
                let sql = "SELECT definition FROM machines WHERE digest = ?";
                connection.prepare_cached(sql)?.query_row([digest], |row| Ok(row.get(0))).optional()
            })
            .await?;
        let unreadable =
            |reason: String| row.unreadable_because(format!("its definition {}: {reason}", row.machine));
        let definition = definition.ok_or_else(|| unreadable("it is missing".to_owned()))?;
        let definition = definition.map_err(|error| unreadable(error.to_string()))?;
        serde_json::from_str(&definition).map_err(|error| unreadable(error.to_string()))
    }

    /// Rebuilds an execution: its state now, and its whole history.
    pub async fn replay(&self, row: &ExecutionRow) -> Result<(Execution, Vec<HistoryEvent>), JournalError> {
        let machine = Arc::new(self.machine(row).await?);
        let row = row.clone();
        let recorded = self.database.read(move |connection| Recorded::read(connection, row)).await?;
        let (mut execution, _) = recorded.rebuild(machine, |_| ())?;
        let history = execution.take_history();
        Ok((execution, history))
    }
}

/// The number of the newest execution; 0 when there is none.
fn newest(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT coalesce(max(id), 0) FROM executions";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
}
