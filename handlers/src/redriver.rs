//! Starts the flows of events that were acknowledged while the engine was down.

use crate::ports::{EventLedger, Executions, PortError};

/// How many events are taken from the ledger at once.
const PAGE: usize = 100;

/// Starts what is pending, and says how much that was. Stops at the first that can't be started: the engine
/// is down still, and the rest stays pending.
pub async fn redrive_pending(
    ledger: &dyn EventLedger,
    executions: &dyn Executions,
) -> Result<usize, PortError> {
    let mut started = 0;
    loop {
        let page = ledger.pending(PAGE).await?;
        if page.is_empty() {
            return Ok(started);
        }
        for start in page {
            executions.start(&start).await?;
            ledger.mark_started(&start.name).await?;
            started += 1;
        }
    }
}
