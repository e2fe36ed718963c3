//! What is written to the journal.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::Status;
use crate::Signal;

/// An execution to start.
#[derive(Clone, Debug)]
pub struct NewExecution {
    /// The digest of the definition that it runs ([`Journal::define`](super::Journal::define)).
    pub machine: String,
    /// The state machine's name.
    pub flow: String,
    /// Its name.
    pub name: String,
    /// Its input, as JSON text.
    pub input: String,
    /// When it starts.
    pub at: Timestamp,
    /// Where its randomness starts.
    pub seed: u64,
}

/// What became of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It was started.
    New,
    /// One of this name was started before.
    Already,
}

/// A signal that was applied, and where the execution stands then.
pub(crate) struct Record {
    pub(crate) execution: i64,
    /// `None` for an execution that stands there since its start.
    pub(crate) signal: Option<Signal>,
    pub(crate) at: Timestamp,
    pub(crate) standing: Standing,
}

/// Where an execution stands.
pub(crate) enum Standing {
    /// It has tasks to run, or for workers to ask for.
    Runs,
    /// It waits until then, or for an answer alone. It may leave memory, and need not be there after a restart.
    Waits(Option<Timestamp>),
    /// It has ended.
    Ended(Status),
}

impl NewExecution {
    /// Starts the execution; says whether it is new.
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let sql = "INSERT INTO executions (flow, name, machine, input, seed, started_at, status)
                   VALUES (?, ?, ?, ?, ?, ?, 'RUNNING') ON CONFLICT DO NOTHING";
        let inserted = connection.prepare_cached(sql)?.execute(params![
            self.flow,
            self.name,
            self.machine,
            self.input,
            self.seed.cast_signed(),
            self.at.as_millisecond(),
        ])?;
        Ok(inserted == 1)
    }
}

impl Record {
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        let at = self.at.as_millisecond();
        if let Some(signal) = &self.signal {
            let sql = "INSERT INTO signals (execution, number, at, signal) VALUES (
                       ?1, (SELECT coalesce(max(number), 0) + 1 FROM signals WHERE execution = ?1), ?2, ?3)";
            let text = serde_json::to_string(signal).expect("a signal has string keys only");
            if let Signal::TaskHeartbeat { .. } = signal {
                forget_heartbeat(connection, self.execution, &text)?;
            }
            connection.prepare_cached(sql)?.execute(params![self.execution, at, text])?;
        }
        if let Standing::Waits(due) = &self.standing {
            let sql =
                "INSERT INTO waiting (execution, due) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET due = ?2";
            let due = due.map(Timestamp::as_millisecond);
            connection.prepare_cached(sql)?.execute(params![self.execution, due])?;
            return Ok(());
        }
        connection.prepare_cached("DELETE FROM waiting WHERE execution = ?")?.execute([self.execution])?;
        if let Standing::Ended(status) = &self.standing {
            let sql = "UPDATE executions SET status = ?, ended_at = ? WHERE id = ?";
            connection.prepare_cached(sql)?.execute(params![status.name(), at, self.execution])?;
            let sql = "DELETE FROM stopping WHERE execution = ?";
            connection.prepare_cached(sql)?.execute([self.execution])?;
        }
        Ok(())
    }
}

/// Forgets the heartbeat before this one of the same task, if there were but heartbeats since. Where there was
/// something else, a replay needs it: the task was not out of time then.
fn forget_heartbeat(connection: &Connection, execution: i64, heartbeat: &str) -> rusqlite::Result<()> {
    let sql = r#"DELETE FROM signals WHERE execution = ?1 AND signal = ?2 AND number > coalesce((
                 SELECT number FROM signals
                 WHERE execution = ?1 AND signal NOT LIKE '{"signal":"task_heartbeat",%'
                 ORDER BY number DESC LIMIT 1), 0)"#;
    connection.prepare_cached(sql)?.execute(params![execution, heartbeat])?;
    Ok(())
}
