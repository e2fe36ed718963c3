//! The topic of notices and the queue behind it, in SQLite: published notices wait until they are posted.

use std::{collections::HashSet, convert::Infallible, future::pending, sync::Arc, time::Duration};

use ackflow_engine::{Database, DatabaseError};
use ackflow_handlers::{
    Notifier, NotifyError, notice_id,
    ports::{NoticeTopic, PortError},
};
use ackflow_schemas::notice::Notice;
use async_trait::async_trait;
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use rusqlite::params;
use tokio::sync::{Notify, watch};

use crate::clock::Clock;

/// Of how many executions notices are posted at once. All of them in one channel take no longer than the notifier's
/// lease, a minute, at a message a second.
const AT_ONCE: usize = 32;

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

/// The notices of an execution that are due, in the order in which they were published: people read of it in the order
/// in which it went.
struct Line {
    execution: String,
    notices: Vec<Waiting>,
}

/// What becomes of a notice after a try.
enum Verdict {
    Posted,
    Later(Duration),
    Dead(String),
}

impl NoticeQueue {
    /// The tables, for [`Database::open`]. Times are milliseconds since 1970. Of a notice that does not wait any more,
    /// `due` is when it was posted or laid aside.
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
        CREATE INDEX IF NOT EXISTS notices_settled ON notices (due) WHERE state <> 'waiting';
    ";

    /// The queue in a database that was opened with [`NoticeQueue::SCHEMA`].
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock, published: Notify::new(), settled: watch::Sender::new(()) }
    }

    /// Deletes notices that were posted or laid aside before a time, of many only so many that nobody waits long for
    /// the database. Gives how many; 0 when none is left.
    pub async fn prune(database: &Database, before: Timestamp) -> Result<usize, DatabaseError> {
        let before = before.as_millisecond();
        let pruned = database.write(move |connection| {
            let sql = "DELETE FROM notices WHERE id IN
                       (SELECT id FROM notices WHERE state <> 'waiting' AND due < ? LIMIT 500)";
            connection.execute(sql, [before])
        });
        pruned.await
    }

    /// Posts notices as they come, for ever; returns only when the database fails.
    pub async fn run(&self, notifier: &Notifier) -> DatabaseError {
        let Err(error) = self.post_all(notifier).await;
        error
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
            .read(|connection| {
                let sql = "SELECT count(*) FROM notices WHERE state = 'waiting'";
                connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
            })
            .await?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    fn now(&self) -> Timestamp {
        ackflow_engine::Clock::now(&*self.clock)
    }

    /// Posts what is due. Notices of different executions don't wait for each other.
    async fn post_all(&self, notifier: &Notifier) -> Result<Infallible, DatabaseError> {
        let mut lines = FuturesUnordered::new();
        let mut busy = HashSet::new();
        loop {
            let published = self.published.notified();
            let (due, next) = self.take_due(&busy).await?;
            for line in due {
                busy.insert(line.execution.clone());
                lines.push(self.post_in_turn(notifier, line));
            }
            let is_posting = !busy.is_empty();
            tokio::select! {
                Some(ended) = lines.next() => {
                    busy.remove(&ended?);
                }
                () = published => {}
                () = self.wait_for(next, is_posting) => {}
            }
        }
    }

    async fn wait_for(&self, due: Option<Timestamp>, is_posting: bool) {
        match due {
            Some(due) => ackflow_engine::Clock::sleep_until(&*self.clock, due, is_posting).await,
            None => pending().await,
        }
    }

    /// What is due of executions that are not `busy`, as far as there is room; and when the next notice comes due.
    async fn take_due(
        &self,
        busy: &HashSet<String>,
    ) -> Result<(Vec<Line>, Option<Timestamp>), DatabaseError> {
        let (now, busy) = (self.now().as_millisecond(), busy.clone());
        let taken = self.database.read(move |connection| {
            let sql = "SELECT id, notice, attempts FROM notices
                       WHERE state = 'waiting' AND due <= ? ORDER BY due";
            let mut statement = connection.prepare_cached(sql)?;
            let waiting = statement.query_map([now], |row| {
                Ok(Waiting { id: row.get(0)?, notice: row.get(1)?, attempts: row.get(2)? })
            })?;
            let lines = in_lines(waiting, &busy)?;
            let sql = "SELECT min(due) FROM notices WHERE state = 'waiting' AND due > ?";
            let next: Option<i64> = connection.prepare_cached(sql)?.query_row([now], |row| row.get(0))?;
            Ok((lines, next))
        });
        let (lines, next) = taken.await?;
        Ok((lines, next.and_then(|millis| Timestamp::from_millisecond(millis).ok())))
    }

    /// Tries to post the notices of a line one after the other. Gives its execution.
    async fn post_in_turn(&self, notifier: &Notifier, line: Line) -> Result<String, DatabaseError> {
        for waiting in line.notices {
            let verdict = try_to_post(notifier, &waiting).await;
            self.settle(waiting, verdict).await?;
        }
        Ok(line.execution)
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

/// Has the notices of each execution stand in a line, until there are as many lines as notices are posted at once.
fn in_lines(
    notices: impl Iterator<Item = rusqlite::Result<Waiting>>,
    busy: &HashSet<String>,
) -> rusqlite::Result<Vec<Line>> {
    let mut lines: Vec<Line> = Vec::new();
    for waiting in notices {
        let waiting = waiting?;
        let execution = waiting.id.rsplit_once('/').map_or(&*waiting.id, |(execution, _)| execution);
        if busy.contains(execution) {
            continue;
        }
        if let Some(line) = lines.iter_mut().find(|line| line.execution == execution) {
            line.notices.push(waiting);
        } else if lines.len() + busy.len() < AT_ONCE {
            lines.push(Line { execution: execution.to_owned(), notices: vec![waiting] });
        } else {
            break;
        }
    }
    Ok(lines)
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
