//! Executions as they are read from the journal.

use jiff::Timestamp;
use rusqlite::{Connection, Row, ToSql, types::Type};
use serde_json::Value;

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
    /// Why this version can't read how it began, if it can't: its input is shown as null then.
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

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let mut unreadable = None;
        let mut time = |millis| {
            Timestamp::from_millisecond(millis).unwrap_or_else(|error| {
                unreadable = Some(error.to_string());
                Timestamp::UNIX_EPOCH
            })
        };
        let at = time(row.get(6)?);
        let ended_at = row.get::<_, Option<i64>>(8)?.map(time);
        let input: String = row.get(4)?;
        let input = serde_json::from_str(&input).unwrap_or_else(|error| {
            unreadable = Some(format!("its input: {error}"));
            Value::Null
        });
        let status: String = row.get(7)?;
        let status = Status::parse(&status).ok_or_else(|| {
            let reason = format!("there is no status {status}");
            rusqlite::Error::FromSqlConversionFailure(7, Type::Text, reason.into())
        })?;
        let start = Start {
            flow: row.get(1)?,
            name: row.get(2)?,
            input,
            seed: row.get::<_, i64>(5)?.cast_unsigned(),
            at,
            workflow_type: WorkflowType::Standard,
        };
        Ok(Self { id: row.get(0)?, machine: row.get(3)?, start, status, ended_at, unreadable })
    }
}

impl Recorded {
    /// Reads what has happened to an execution.
    pub(super) fn read(connection: &Connection, row: ExecutionRow) -> rusqlite::Result<Self> {
        let sql = "SELECT at, signal FROM signals WHERE execution = ? ORDER BY number";
        let mut statement = connection.prepare_cached(sql)?;
        let signals = statement.query_map([row.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
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
        JournalError::Unreadable { execution: self.row.start.name.clone(), reason }
    }
}
