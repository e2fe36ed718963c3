//! What is written to the journal.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::Status;
use crate::{Execution, Outcome, Signal};

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

/// A signal that was applied, and the outcome if it was the last.
pub(crate) struct Record {
    pub(crate) execution: i64,
    /// `None` for an execution that ended without waiting for anything.
    pub(crate) signal: Option<Signal>,
    pub(crate) at: Timestamp,
    pub(crate) outcome: Option<Outcome>,
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
    /// What a signal changed, to be journaled before its effects.
    pub(crate) fn of(execution: i64, signal: Option<Signal>, at: Timestamp, state: &Execution) -> Self {
        Self { execution, signal, at, outcome: state.outcome().cloned() }
    }

    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        let at = self.at.as_millisecond();
        if let Some(signal) = &self.signal {
            let sql = "INSERT INTO signals (execution, number, at, signal) VALUES (
                       ?1, (SELECT coalesce(max(number), 0) + 1 FROM signals WHERE execution = ?1), ?2, ?3)";
            let signal = serde_json::to_string(signal).expect("a signal has string keys only");
            connection.prepare_cached(sql)?.execute(params![self.execution, at, signal])?;
        }
        if let Some(outcome) = &self.outcome {
            let sql = "UPDATE executions SET status = ?, ended_at = ? WHERE id = ?";
            let status = Status::of(outcome).name();
            connection.prepare_cached(sql)?.execute(params![status, at, self.execution])?;
        }
        Ok(())
    }
}
