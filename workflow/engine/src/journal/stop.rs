//! Executions that are to be stopped.

use rusqlite::{Connection, params};

use super::{Journal, JournalError, Status};
use crate::Signal;

/// That an execution is to be stopped, and what is to be said of it.
pub(crate) struct Stop {
    pub(crate) execution: i64,
    /// May be empty.
    pub(crate) error: String,
    /// May be empty.
    pub(crate) cause: String,
}

impl Journal {
    /// Has an execution stopped, with an error and a cause, which may be empty. The engine on this journal stops it
    /// when it is asked to look ([`Engine::look_for_stopped`](crate::Engine::look_for_stopped)) or starts.
    pub async fn stop(&self, name: &str, error: &str, cause: &str) -> Result<(), JournalError> {
        let row = self.find(name).await?;
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

    /// The executions that are to be stopped, and what to signal to each.
    pub(crate) async fn stops(&self) -> Result<Vec<(i64, Signal)>, JournalError> {
        let stops = self
            .background
            .write_ahead(|connection| {
                let sql = "SELECT execution, error, cause FROM stopping";
                let mut statement = connection.prepare_cached(sql)?;
                let stops = statement.query_map([], |row| {
                    Ok((row.get(0)?, Signal::Stopped { error: row.get(1)?, cause: row.get(2)? }))
                })?;
                stops.collect()
            })
            .await?;
        Ok(stops)
    }
}

impl Stop {
    /// Keeps it, unless the execution has ended. Of two for one execution, the first stays.
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = "INSERT OR IGNORE INTO stopping (execution, error, cause)
                   SELECT id, ?2, ?3 FROM executions WHERE id = ?1 AND status = 'RUNNING'";
        connection.prepare_cached(sql)?.execute(params![self.execution, self.error, self.cause])?;
        Ok(())
    }
}
