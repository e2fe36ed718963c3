//! How long what has ended is kept.

use std::{sync::Arc, time::Instant};

use ackflow_engine::{Database, Journal, JournalError};
use jiff::{SignedDuration, Timestamp};

use crate::{
    adapters::{NoticeQueue, SqliteEffects},
    clock::Clock,
};

/// The fewest days that something is kept. Slack delivers an event again for up to a day, and an event is known by its
/// execution; the ledger on AWS remembers it for three days too.
///
/// Source: <https://docs.slack.dev/apis/events-api/#retries>
pub const FEWEST_DAYS: u16 = 3;

/// How long effects are remembered at least, as on AWS: longer than a deployment that waits for its approval.
const EFFECTS: SignedDuration = SignedDuration::from_hours(45 * 24);

/// How often [`keep`] looks.
const INTERVAL: SignedDuration = SignedDuration::from_hours(1);

/// What is older than so many days.
pub fn days_before(now: Timestamp, days: u16) -> Timestamp {
    let age = SignedDuration::from_hours(24 * i64::from(days));
    now.checked_sub(age).unwrap_or(Timestamp::MIN)
}

/// Deletes what ended over so many days ago: executions, notices, and the effects that nobody asks for any more. Gives
/// how many executions those were.
///
/// # Errors
/// When the database fails. What was deleted until then stays so; nothing is deleted by half.
pub async fn prune(database: &Database, now: Timestamp, days: u16) -> Result<usize, JournalError> {
    let before = days_before(now, days);
    let effects_before = before.min(now.checked_sub(EFFECTS).unwrap_or(Timestamp::MIN));
    let (journal, background) = (Journal::new(database.clone()), database.background());
    let executions = in_batches(|| journal.prune(before)).await?;
    in_batches(|| NoticeQueue::prune(&background, before)).await?;
    in_batches(|| SqliteEffects::prune(&background, effects_before)).await?;
    Ok(executions)
}

/// Gives the space that is not used back to the file system.
///
/// # Errors
/// When the database fails.
pub async fn shrink(database: &Database) -> Result<(), JournalError> {
    let background = database.background();
    in_batches(|| async { background.shrink(64).await.map(usize::from) }).await?;
    Ok(())
}

/// Deletes what ended over so many days ago, now and then each hour, for ever. The space is used again before the file
/// grows.
pub async fn keep(database: Database, clock: Arc<dyn Clock>, days: u16) {
    loop {
        let now = ackflow_engine::Clock::now(&*clock);
        match prune(&database, now, days).await {
            Ok(0) => {}
            Ok(executions) => tracing::info!(executions, days, "deleted what had ended so many days ago"),
            Err(error) => tracing::warn!(%error, "what has ended can't be deleted"),
        }
        let next = now.checked_add(INTERVAL).unwrap_or(Timestamp::MAX);
        ackflow_engine::Clock::sleep_until(&*clock, next, true).await;
    }
}

/// Does something until there is no more of it to do, and waits after each batch as long as that took: another process
/// that writes to the file gets its turn by chance alone.
async fn in_batches<F, E>(batch: impl Fn() -> F) -> Result<usize, JournalError>
where
    F: Future<Output = Result<usize, E>>,
    JournalError: From<E>,
{
    let mut total = 0;
    loop {
        let begun = Instant::now();
        let done = batch().await?;
        if done == 0 {
            return Ok(total);
        }
        total += done;
        tokio::time::sleep(begun.elapsed()).await;
    }
}
