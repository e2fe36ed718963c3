//! The ledgers, in SQLite.

use std::{sync::Arc, time::Duration};

use ackflow_engine::{Database, DatabaseError};
use ackflow_flows::StartRequest;
use ackflow_handlers::ports::{Claim, EffectLedger, EventLedger, Guard, PortError};
use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};

use crate::clock::Clock;

const EVENTS: &str = "the ledger of events";
const EFFECTS: &str = "the ledger of effects";

/// How long events are remembered: Slack repeats them for a day.
const MEMORY: Duration = Duration::from_hours(3 * 24);

/// The ledgers of this machine.
#[derive(Clone)]
pub struct SqliteLedger {
    database: Database,
    clock: Arc<dyn Clock>,
}

impl SqliteLedger {
    /// The tables, for [`Database::open`]. Times are milliseconds since 1970.
    pub const SCHEMA: &'static str = "
        CREATE TABLE IF NOT EXISTS events (
            name TEXT PRIMARY KEY,
            claimed_at INTEGER NOT NULL,
            started INTEGER NOT NULL DEFAULT 0,
            pending TEXT
        ) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS events_pending ON events (claimed_at) WHERE pending IS NOT NULL;
        CREATE INDEX IF NOT EXISTS events_age ON events (claimed_at);

        CREATE TABLE IF NOT EXISTS effects (
            id TEXT PRIMARY KEY,
            leased_until INTEGER,
            done INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID;
    ";

    /// Ends the leases of a process that is gone: its effects are looked up at once, not when they expire. Only
    /// for whoever holds the data folder alone.
    pub const RECOVERY: &'static str =
        "UPDATE effects SET leased_until = 0 WHERE leased_until IS NOT NULL AND done = 0;";

    /// The ledgers in a database that was opened with [`SqliteLedger::SCHEMA`].
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock }
    }

    /// Forgets events that Slack will not repeat any more.
    pub async fn forget_old(&self) -> Result<(), DatabaseError> {
        let oldest = self.now_millis() - i64::try_from(MEMORY.as_millis()).unwrap_or(i64::MAX);
        self.database
            .write(move |connection| {
                let sql = "DELETE FROM events WHERE claimed_at < ? AND pending IS NULL";
                connection.prepare_cached(sql)?.execute([oldest])
            })
            .await
            .map(drop)
    }

    fn now_millis(&self) -> i64 {
        ackflow_engine::Clock::now(&*self.clock).as_millisecond()
    }
}

#[async_trait]
impl EventLedger for SqliteLedger {
    async fn claim(&self, name: &str) -> Result<Claim, PortError> {
        let (name, now) = (name.to_owned(), self.now_millis());
        // Not waited for: the execution's start, which is, comes after it in the same database.
        let claim = self.database.write_ahead(move |connection| {
            let sql = "INSERT INTO events (name, claimed_at) VALUES (?, ?) ON CONFLICT DO NOTHING";
            if connection.prepare_cached(sql)?.execute(params![name, now])? == 1 {
                return Ok(Claim::New);
            }
            let sql = "SELECT started FROM events WHERE name = ?";
            let started: bool = connection.prepare_cached(sql)?.query_row([name], |row| row.get(0))?;
            Ok(if started { Claim::Started } else { Claim::Claimed })
        });
        claim.await.map_err(|error| PortError::new(EVENTS, error))
    }

    async fn mark_started(&self, name: &str) -> Result<(), PortError> {
        let name = name.to_owned();
        let marked = self.database.write_ahead(move |connection| {
            let sql = "UPDATE events SET started = 1, pending = NULL WHERE name = ?";
            connection.prepare_cached(sql)?.execute([name])
        });
        marked.await.map(drop).map_err(|error| PortError::new(EVENTS, error))
    }

    async fn keep_pending(&self, start: &StartRequest) -> Result<(), PortError> {
        let (name, now) = (start.name.clone(), self.now_millis());
        let payload = serde_json::to_string(start).map_err(|error| PortError::new(EVENTS, error))?;
        let kept = self.database.write(move |connection| {
            let sql = "INSERT INTO events (name, claimed_at, pending) VALUES (?1, ?2, ?3)
                       ON CONFLICT (name) DO UPDATE SET pending = ?3 WHERE started = 0";
            connection.prepare_cached(sql)?.execute(params![name, now, payload])
        });
        kept.await.map(drop).map_err(|error| PortError::new(EVENTS, error))
    }

    async fn pending(&self, limit: usize) -> Result<Vec<StartRequest>, PortError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let payloads = self.database.write_ahead(move |connection| {
            let sql = "SELECT pending FROM events WHERE pending IS NOT NULL ORDER BY claimed_at LIMIT ?";
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map([limit], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
        });
        let payloads = payloads.await.map_err(|error| PortError::new(EVENTS, error))?;
        let parsed = payloads.iter().map(|payload| serde_json::from_str(payload));
        parsed.collect::<Result<_, _>>().map_err(|error| PortError::new(EVENTS, error))
    }
}

#[async_trait]
impl EffectLedger for SqliteLedger {
    async fn begin(&self, id: &str, lease: Duration) -> Result<Guard, PortError> {
        let (id, now) = (id.to_owned(), self.now_millis());
        let until = now.saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
        let guard = self.database.write(move |connection| {
            let sql = "SELECT leased_until, done FROM effects WHERE id = ?";
            let row: Option<(Option<i64>, bool)> = connection
                .prepare_cached(sql)?
                .query_row([&id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let guard = match row {
                Some((_, true)) => return Ok(Guard::Done),
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
            let sql = "UPDATE effects SET leased_until = NULL WHERE id = ?";
            connection.prepare_cached(sql)?.execute([id])
        });
        released.await.map(drop).map_err(|error| PortError::new(EFFECTS, error))
    }

    async fn finish(&self, id: &str) -> Result<(), PortError> {
        let id = id.to_owned();
        let finished = self.database.write(move |connection| {
            let sql = "UPDATE effects SET done = 1 WHERE id = ?";
            connection.prepare_cached(sql)?.execute([id])
        });
        finished.await.map(drop).map_err(|error| PortError::new(EFFECTS, error))
    }
}
