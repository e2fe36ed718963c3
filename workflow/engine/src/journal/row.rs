//! Executions as they are read from the journal.

use std::fmt::Display;

use jiff::Timestamp;
use rusqlite::{Connection, Row, ToSql};

use super::{JournalError, Status};
use crate::{Signal, Start, WorkflowType};

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
    /// Why this version can't read it, if it can't. What it could not read is null, empty, 0 or 1970 then.
    pub unreadable: Option<String>,
}

/// An execution and what has happened to it.
pub(crate) struct Recorded {
    pub(crate) row: ExecutionRow,
    /// Whether the journal knows that it only waits: it was in memory before, and its events were told.
    pub(crate) is_waiting: bool,
    signals: Vec<(i64, String)>,
}

/// The columns that [`ExecutionRow`] is read from.
pub(super) const COLUMNS: &str = "id, flow, name, machine, input, seed, started_at, status, ended_at";

impl ExecutionRow {
    /// The rows that a statement gives, whose columns are [`COLUMNS`].
    pub(super) fn read_all(
        connection: &Connection,
        sql: &str,
        values: &[&dyn ToSql],
    ) -> rusqlite::Result<Vec<Self>> {
        connection.prepare_cached(sql)?.query_map(values, Self::read)?.collect()
    }

    /// That it can't be read, and why.
    pub(super) fn unreadable_because(&self, reason: String) -> JournalError {
        JournalError::Unreadable { execution: self.start.name.clone(), reason }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let unreadable = &mut None::<String>;
        let status: String = noted(row.get(7), unreadable);
        let status = Status::parse(&status).unwrap_or_else(|| {
            unreadable.get_or_insert_with(|| format!("there is no status {status}"));
            Status::Unknown
        });
        let input: String = noted(row.get(4), unreadable);
        let input = serde_json::from_str(&input).map_err(|error| format!("its input: {error}"));
        let seed: i64 = noted(row.get(5), unreadable);
        let at: i64 = noted(row.get(6), unreadable);
        let start = Start {
            flow: noted(row.get(1), unreadable),
            name: noted(row.get(2), unreadable),
            input: noted(input, unreadable),
            seed: seed.cast_unsigned(),
            at: noted(Timestamp::from_millisecond(at), unreadable),
            workflow_type: WorkflowType::Standard,
        };
        let ended_at: Option<i64> = noted(row.get(8), unreadable);
        let ended_at = ended_at.map(|at| noted(Timestamp::from_millisecond(at), unreadable));
        let machine = noted(row.get(3), unreadable);
        Ok(Self { id: row.get(0)?, machine, start, status, ended_at, unreadable: unreadable.take() })
    }
}

impl Recorded {
    /// Reads what has happened to an execution.
    pub(super) fn read(connection: &Connection, mut row: ExecutionRow) -> rusqlite::Result<Self> {
        let sql = "SELECT at, signal FROM signals WHERE execution = ? ORDER BY number";
        let mut statement = connection.prepare_cached(sql)?;
        let signals = statement.query_map([row.id], |signal| {
            let at = noted(signal.get(0), &mut row.unreadable);
            Ok((at, noted(signal.get(1), &mut row.unreadable)))
        })?;
        let signals = signals.collect::<rusqlite::Result<_>>()?;
        let is_waiting =
            connection.prepare_cached("SELECT 1 FROM waiting WHERE execution = ?")?.exists([row.id])?;
        Ok(Self { row, is_waiting, signals })
    }

    /// The signals, in order.
    pub(super) fn signals(&self) -> Result<Vec<(Timestamp, Signal)>, JournalError> {
        if let Some(reason) = &self.row.unreadable {
            return Err(self.unreadable(reason.clone()));
        }
        let parse = |(at, signal): &(i64, String)| {
            let at = Timestamp::from_millisecond(*at).map_err(|error| self.unreadable(error.to_string()))?;
            let signal = serde_json::from_str(signal).map_err(|error| self.unreadable(error.to_string()))?;
            Ok((at, signal))
        };
        self.signals.iter().map(parse).collect()
    }

    pub(super) fn unreadable(&self, reason: String) -> JournalError {
        self.row.unreadable_because(reason)
    }
}

/// What was read. If the file was changed so that it can't be, that is noted, and this is the default: one execution
/// that can't be read must not keep others from being read. The first reason stays.
fn noted<T: Default, E: Display>(read: Result<T, E>, unreadable: &mut Option<String>) -> T {
    read.unwrap_or_else(|error| {
        unreadable.get_or_insert_with(|| error.to_string());
        T::default()
    })
}
