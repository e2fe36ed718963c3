//! Executions as they are read from the journal.

use jiff::Timestamp;
use rusqlite::{Connection, Row, ToSql, types::Type};

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
        let time = |column: usize, millis: i64| {
            Timestamp::from_millisecond(millis)
                .map_err(|error| unreadable(column, Type::Integer, error.into()))
        };
        let input: String = row.get(4)?;
        let status: String = row.get(7)?;
        let ended_at: Option<i64> = row.get(8)?;
        let unknown = || unreadable(7, Type::Text, format!("there is no status {status}").into());
        Ok(Self {
            id: row.get(0)?,
            machine: row.get(3)?,
            start: Start {
                flow: row.get(1)?,
                name: row.get(2)?,
                input: serde_json::from_str(&input)
                    .map_err(|error| unreadable(4, Type::Text, error.into()))?,
                seed: row.get::<_, i64>(5)?.cast_unsigned(),
                at: time(6, row.get(6)?)?,
                workflow_type: WorkflowType::Standard,
            },
            status: Status::parse(&status).ok_or_else(unknown)?,
            ended_at: ended_at.map(|millis| time(8, millis)).transpose()?,
        })
    }
}

fn unreadable(
    column: usize,
    kind: Type,
    reason: Box<dyn std::error::Error + Send + Sync>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, reason)
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
    pub(crate) fn signals(&self) -> Result<Vec<(Timestamp, Signal)>, JournalError> {
        let unreadable = |reason| JournalError::Unreadable { execution: self.row.start.name.clone(), reason };
        let parse = |(at, signal): &(i64, String)| {
            let at = Timestamp::from_millisecond(*at).map_err(|error| unreadable(error.to_string()))?;
            let signal = serde_json::from_str(signal).map_err(|error| unreadable(error.to_string()))?;
            Ok((at, signal))
        };
        self.signals.iter().map(parse).collect()
    }
}
