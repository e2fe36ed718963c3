//! The topic of notices and the queue behind it, in SQLite: published notices wait until they are posted.

use std::{sync::Arc, time::Duration};

use ackflow_engine::{Database, DatabaseError};
use ackflow_handlers::{
    Notifier, NotifyError, notice_id,
    ports::{NoticeTopic, PortError},
};
use ackflow_schemas::notice::Notice;
use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use tokio::sync::{Notify, watch};

use crate::clock::Clock;

/// How many notices are taken at once.
const BATCH: i64 = 16;

/// How often a notice is tried before it is laid aside.
const MAX_ATTEMPTS: u32 = 60;

/// The longest wait between tries.
const MAX_WAIT: Duration = Duration::from_mins(10);

/// The notices of this machine.
pub struct NoticeQueue {
    database: Database,
    clock: Arc<dyn Clock>,
    published: Notify,
    settled: watch::Sender<()>,
}

/// A notice in the queue.
struct Waiting {
    id: String,
    notice: String,
    attempts: u32,
}

/// What becomes of a notice after a try.
enum Verdict {
    Posted,
    Later(Duration),
    Dead(String),
}

impl NoticeQueue {
    /// The tables, for [`Database::open`]. Times are milliseconds since 1970.
    pub const SCHEMA: &'static str = "
        CREATE TABLE IF NOT EXISTS notices (
            id TEXT PRIMARY KEY,
            notice TEXT NOT NULL,
            due INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            state TEXT NOT NULL DEFAULT 'waiting',
            reason TEXT
        ) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS notices_due ON notices (due) WHERE state = 'waiting';
    ";

    /// The queue in a database that was opened with [`NoticeQueue::SCHEMA`].
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock, published: Notify::new(), settled: watch::Sender::new(()) }
    }

    /// Posts notices as they come, for ever; returns only when the database fails.
    pub async fn run(&self, notifier: &Notifier) -> DatabaseError {
        loop {
            if let Err(error) = self.post_due(notifier).await {
                return error;
            }
        }
    }

    /// Returns once no notice waits.
    pub async fn emptied(&self) -> Result<(), DatabaseError> {
        let mut settled = self.settled.subscribe();
        // Asked of the database, which also knows what an earlier process has left.
        while self.count().await? > 0 {
            // The sender lives as long as the queue.
            let _ = settled.changed().await;
        }
        Ok(())
    }

    /// How many notices wait.
    pub async fn count(&self) -> Result<usize, DatabaseError> {
        let count: i64 = self
            .database
            .write_ahead(|connection| {
                let sql = "SELECT count(*) FROM notices WHERE state = 'waiting'";
                connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
            })
            .await?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    fn now(&self) -> Timestamp {
        ackflow_engine::Clock::now(&*self.clock)
    }

    /// Posts what is due, or waits for something to be.
    async fn post_due(&self, notifier: &Notifier) -> Result<(), DatabaseError> {
        let published = self.published.notified();
        match self.next_due().await? {
            None => published.await,
            Some(due) if due > self.now() => tokio::select! {
                () = published => {}
                () = ackflow_engine::Clock::sleep_until(&*self.clock, due, false) => {}
            },
            Some(_) => {
                let batch = self.take_due().await?;
                let tries = by_execution(batch).into_iter().map(|line| post_in_turn(notifier, line));
                for (waiting, verdict) in join_all(tries).await.into_iter().flatten() {
                    self.settle(waiting, verdict).await?;
                }
            }
        }
        Ok(())
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, DatabaseError> {
        let due: Option<i64> = self
            .database
            .write_ahead(|connection| {
                let sql = "SELECT due FROM notices WHERE state = 'waiting' ORDER BY due LIMIT 1";
                connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()
            })
            .await?;
        Ok(due.and_then(|millis| Timestamp::from_millisecond(millis).ok()))
    }

    async fn take_due(&self) -> Result<Vec<Waiting>, DatabaseError> {
        let now = self.now().as_millisecond();
        self.database
            .write_ahead(move |connection| {
                let sql = "SELECT id, notice, attempts FROM notices
                           WHERE state = 'waiting' AND due <= ? ORDER BY due LIMIT ?";
                let mut statement = connection.prepare_cached(sql)?;
                let rows = statement.query_map([now, BATCH], |row| {
                    Ok(Waiting { id: row.get(0)?, notice: row.get(1)?, attempts: row.get(2)? })
                })?;
                rows.collect()
            })
            .await
    }

    async fn settle(&self, waiting: Waiting, verdict: Verdict) -> Result<(), DatabaseError> {
        let now = self.now().as_millisecond();
        let (state, due, reason) = match verdict {
            Verdict::Posted => ("posted", now, None),
            Verdict::Later(after) => {
                let after = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
                ("waiting", now.saturating_add(after), None)
            }
            Verdict::Dead(reason) => {
                tracing::error!(id = waiting.id, reason, "a notice is laid aside");
                ("dead", now, Some(reason))
            }
        };
        self.database
            .write(move |connection| {
                let sql =
                    "UPDATE notices SET state = ?, due = ?, reason = ?, attempts = attempts + 1 WHERE id = ?";
                connection.prepare_cached(sql)?.execute(params![state, due, reason, waiting.id])
            })
            .await?;
        self.settled.send_replace(());
        Ok(())
    }
}

/// The notices of each execution, in the order in which they were published.
fn by_execution(batch: Vec<Waiting>) -> Vec<Vec<Waiting>> {
    fn execution(waiting: &Waiting) -> &str {
        waiting.id.rsplit_once('/').map_or(&*waiting.id, |(execution, _)| execution)
    }
    let mut lines: Vec<Vec<Waiting>> = Vec::new();
    for waiting in batch {
        match lines.iter_mut().find(|line| execution(&line[0]) == execution(&waiting)) {
            Some(line) => line.push(waiting),
            None => lines.push(vec![waiting]),
        }
    }
    lines
}

/// Tries to post one notice after the other: people read of an execution in the order in which it went.
async fn post_in_turn(notifier: &Notifier, line: Vec<Waiting>) -> Vec<(Waiting, Verdict)> {
    let mut tried = Vec::new();
    for waiting in line {
        let verdict = try_to_post(notifier, &waiting).await;
        tried.push((waiting, verdict));
    }
    tried
}

async fn try_to_post(notifier: &Notifier, waiting: &Waiting) -> Verdict {
    let notice: Notice = match serde_json::from_str(&waiting.notice) {
        Ok(notice) => notice,
        Err(error) => return Verdict::Dead(format!("it can't be read: {error}")),
    };
    match notifier.notify(&notice).await {
        Ok(()) => Verdict::Posted,
        Err(NotifyError::Never(error)) => Verdict::Dead(error.to_string()),
        Err(NotifyError::Later { reason, .. }) if waiting.attempts >= MAX_ATTEMPTS => Verdict::Dead(reason),
        Err(NotifyError::Later { after, reason }) => {
            tracing::warn!(id = waiting.id, reason, "a notice is tried again");
            let backoff = Duration::from_secs(1 << waiting.attempts.min(10));
            Verdict::Later(after.max(backoff.min(MAX_WAIT)))
        }
    }
}

#[async_trait]
impl NoticeTopic for NoticeQueue {
    async fn publish(&self, notice: &Notice) -> Result<(), PortError> {
        let failed = |error: &dyn std::fmt::Display| PortError::new("the notices' topic", error);
        let id = notice_id(notice).to_owned();
        let text = serde_json::to_string(notice).map_err(|error| failed(&error))?;
        let now = self.now().as_millisecond();
        let kept = self.database.write(move |connection| {
            let sql = "INSERT INTO notices (id, notice, due) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
            connection.prepare_cached(sql)?.execute(params![id, text, now])
        });
        let kept = kept.await.map(drop).map_err(|error| failed(&error));
        self.published.notify_one();
        kept
    }
}
