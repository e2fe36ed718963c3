//! Executions that are to be stopped.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Journal, JournalError, Status};
use crate::{Outcome, Signal};

/// That an execution is to be stopped, and what is to be said of it.
pub(crate) struct Stop {
    pub(crate) execution: i64,
    /// May be empty.
    pub(crate) error: String,
    /// May be empty.
    pub(crate) cause: String,
}

impl Journal {
    /// Has an execution stopped, with an error and a cause, which may be empty: the one of this name and flow; without a
    /// flow, the only one of the name. The engine on this journal stops it when it is asked to look
    /// ([`Engine::look_for_stopped`](crate::Engine::look_for_stopped)) or starts.
    pub async fn stop(
        &self,
        flow: Option<&str>,
        name: &str,
        error: &str,
        cause: &str,
    ) -> Result<(), JournalError> {
        let row = self.find(flow, name).await?;
        if row.status != Status::Running {
            let status = row.status.name().to_owned();
            return Err(JournalError::NotRunning { name: name.to_owned(), status });
        }
        self.keep_stop(Stop { execution: row.id, error: error.to_owned(), cause: cause.to_owned() }).await
    }

    /// Keeps that an execution is to be stopped. Durable when this returns.
    pub(crate) async fn keep_stop(&self, stop: Stop) -> Result<(), JournalError> {
        self.background.write(move |connection| stop.insert(connection)).await?;
        Ok(())
    }

    /// The executions that are to be stopped, the oldest first, and what to signal to each.
    pub(crate) async fn stops(&self, limit: usize) -> Result<Vec<(i64, Signal)>, JournalError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let stops = self
            .database
            .read(move |connection| {
                let sql = "SELECT execution, error, cause FROM stopping ORDER BY execution LIMIT ?";
                let mut statement = connection.prepare_cached(sql)?;
                let stops = statement.query_map([limit], |row| {
                    // What can't be read of it is not said; the execution is stopped all the same.
                    let (error, cause) = (row.get(1).unwrap_or_default(), row.get(2).unwrap_or_default());
                    Ok((row.get(0)?, Signal::Stopped { error, cause }))
                })?;
                stops.collect()
            })
            .await?;
        Ok(stops)
    }

    /// How an execution ended that was stopped, whether or not it can be read: the last that happened to it says so.
    pub(crate) async fn aborted(&self, execution: i64) -> Result<Outcome, JournalError> {
        let last = self.database.read(move |connection| {
            let sql = "SELECT signal FROM signals WHERE execution = ? ORDER BY number DESC LIMIT 1";
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row([execution], |row| Ok(row.get::<_, String>(0).ok())).optional()
        });
        let last = last.await?.flatten().and_then(|signal| serde_json::from_str(&signal).ok());
        let (error, cause) = match last {
            Some(Signal::Stopped { error, cause }) => (error, cause),
            _ => (String::new(), String::new()),
        };
        Ok(Outcome::Aborted { error, cause })
    }
}

impl Stop {
    /// With nothing to be said of it.
    pub(crate) fn of(execution: i64) -> Self {
        Self { execution, error: String::new(), cause: String::new() }
    }

    /// Keeps it, unless the execution has ended. Of two for one execution, the first stays.
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = "INSERT OR IGNORE INTO stopping (execution, error, cause)
                   SELECT id, ?2, ?3 FROM executions WHERE id = ?1 AND status = 'RUNNING'";
        connection.prepare_cached(sql)?.execute(params![self.execution, self.error, self.cause])?;
        Ok(())
    }
}
