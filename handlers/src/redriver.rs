//! Starts the flows of events that were acknowledged while the engine was down.

use std::{collections::HashSet, time::Duration};

use tokio::time::Instant;

use crate::ports::{EventLedger, Executions, PortError};

/// How many events are taken from the ledger at once.
const PAGE: usize = 100;

/// How long to go on when starts fail: an engine that is down may not even answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts what is pending, and says how much that was. One that can't be started stays pending, and keeps no other from
/// being started; its error is what this ends with.
pub async fn redrive_pending(
    ledger: &dyn EventLedger,
    executions: &dyn Executions,
) -> Result<usize, PortError> {
    let deadline = Instant::now() + PATIENCE;
    // The ledger's list may lag behind its marks.
    let mut started = HashSet::new();
    loop {
        let mut page = ledger.pending(PAGE).await?;
        page.retain(|start| !started.contains(&start.name));
        if page.is_empty() {
            return Ok(started.len());
        }
        let mut failed = None;
        for start in page {
            if failed.is_some() && Instant::now() > deadline {
                break;
            }
            if let Err(error) = executions.start(&start).await {
                tracing::error!(%error, name = start.name, "a pending event is not started");
                failed = Some(error);
                continue;
            }
            ledger.mark_started(&start.name).await?;
            started.insert(start.name);
        }
        if let Some(error) = failed {
            return Err(error);
        }
    }
}
