//! The ledger of effects, in SQLite.

use std::{sync::Arc, time::Duration};

use ackflow_engine::{Database, DatabaseError};
use ackflow_handlers::ports::{EffectLedger, Guard, PortError};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::clock::Clock;

const EFFECTS: &str = "the ledger of effects";

/// What has happened in the outside world, as this machine knows it.
#[derive(Clone)]
pub struct SqliteEffects {
    database: Database,
    clock: Arc<dyn Clock>,
}

impl SqliteEffects {
    /// The tables, for [`Database::open`]. Times are milliseconds since 1970. Of an effect that is done, `leased_until` is
    /// when it was done.
    pub const SCHEMA: &'static str = "
        CREATE TABLE IF NOT EXISTS effects (
            id TEXT PRIMARY KEY,
            leased_until INTEGER,
            done INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS effects_done ON effects (leased_until) WHERE done = 1;
        CREATE TABLE IF NOT EXISTS effect_notes (id TEXT PRIMARY KEY, note TEXT NOT NULL) WITHOUT ROWID;
    ";

    /// Ends the leases of a process that is gone: its effects are looked up at once, not when they expire. Only
    /// for whoever holds the data folder alone.
    pub const RECOVERY: &'static str =
        "UPDATE effects SET leased_until = 0 WHERE leased_until IS NOT NULL AND done = 0;";

    /// The ledger in a database that was opened with [`SqliteEffects::SCHEMA`].
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock }
    }

    /// Forgets effects that were done before a time, of many only so many that nobody waits long for the database.
    /// Gives how many; 0 when none is left.
    pub async fn prune(database: &Database, before: Timestamp) -> Result<usize, DatabaseError> {
        let before = before.as_millisecond();
        let pruned = database.write(move |connection| {
            let oldest = "SELECT id FROM effects WHERE done = 1 AND leased_until < ?
                          ORDER BY leased_until, id LIMIT 500";
            connection.execute(&format!("DELETE FROM effect_notes WHERE id IN ({oldest})"), [before])?;
            connection.execute(&format!("DELETE FROM effects WHERE id IN ({oldest})"), [before])
        });
        pruned.await
    }

    fn now_millis(&self) -> i64 {
        ackflow_engine::Clock::now(&*self.clock).as_millisecond()
    }
}

#[async_trait]
impl EffectLedger for SqliteEffects {
    async fn begin(&self, id: &str, lease: Duration) -> Result<Guard, PortError> {
        let (id, this) = (id.to_owned(), self.clone());
        let guard = self.database.write(move |connection| {
            // Not before: the write may have waited for longer than the lease.
            let now = this.now_millis();
            let until = now.saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
            let sql = "SELECT leased_until, done FROM effects WHERE id = ?";
            let row: Option<(Option<i64>, bool)> = connection
                .prepare_cached(sql)?
                .query_row([&id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let guard = match row {
                Some((_, true)) => return Ok(Guard::Done(read_note(connection, &id)?.unwrap_or_default())),
                Some((Some(leased_until), _)) if leased_until > now => return Ok(Guard::Busy),
                Some((Some(_), _)) => Guard::Uncertain,
                Some((None, _)) | None => Guard::First,
            };
            let sql = "INSERT INTO effects (id, leased_until) VALUES (?1, ?2)
                       ON CONFLICT (id) DO UPDATE SET leased_until = ?2";
            connection.prepare_cached(sql)?.execute(params![id, until])?;
            Ok(guard)
        });
        guard.await.map_err(|error| PortError::new(EFFECTS, error))
    }

    async fn release(&self, id: &str) -> Result<(), PortError> {
        let id = id.to_owned();
        let released = self.database.write(move |connection| {
            let sql = "DELETE FROM effects WHERE id = ? AND done = 0";
            connection.prepare_cached(sql)?.execute([id])
        });
        released.await.map(drop).map_err(|error| PortError::new(EFFECTS, error))
    }

    async fn finish(&self, id: &str, note: &str) -> Result<(), PortError> {
        let (id, note, now) = (id.to_owned(), note.to_owned(), self.now_millis());
        let finished = self.database.write(move |connection| {
            let sql = "INSERT INTO effects (id, leased_until, done) VALUES (?1, ?2, 1)
                       ON CONFLICT (id) DO UPDATE SET leased_until = ?2, done = 1";
            connection.prepare_cached(sql)?.execute(params![id, now])?;
            let sql = "INSERT INTO effect_notes (id, note) VALUES (?1, ?2)
                       ON CONFLICT (id) DO UPDATE SET note = ?2";
            connection.prepare_cached(sql)?.execute([&id, &note])
        });
        finished.await.map(drop).map_err(|error| PortError::new(EFFECTS, error))
    }

    async fn note(&self, id: &str) -> Result<Option<String>, PortError> {
        let id = id.to_owned();
        let note = self.database.read(move |connection| read_note(connection, &id));
        note.await.map_err(|error| PortError::new(EFFECTS, error))
    }
}

fn read_note(connection: &Connection, id: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT note FROM effect_notes WHERE id = ?";
    connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()
}
