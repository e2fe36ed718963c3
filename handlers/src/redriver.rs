//! Starts the flows of events that were acknowledged while the engine was down.

use crate::ports::{EventLedger, Executions, PortError};

/// How many events are taken from the ledger at once.
const PAGE: usize = 100;

/// After how many failures in a row the engine is taken to be down.
const DOWN: usize = 3;

/// Starts what is pending, and says how much that was. One that can't be started stays pending, and keeps no other from
/// being started; its error is what this ends with.
pub async fn redrive_pending(
    ledger: &dyn EventLedger,
    executions: &dyn Executions,
) -> Result<usize, PortError> {
    let mut started = 0;
    loop {
        let page = ledger.pending(PAGE).await?;
        let mut failures = 0;
        let mut last_error = None;
        for start in &page {
            match executions.start(start).await {
                Ok(()) => {
                    ledger.mark_started(&start.name).await?;
                    started += 1;
                    failures = 0;
                }
                Err(error) => {
                    tracing::error!(%error, name = start.name, "a pending event is not started");
                    failures += 1;
                    last_error = Some(error);
                }
            }
            if failures == DOWN {
                break;
            }
        }
        match last_error {
            Some(error) => return Err(error),
            None if page.is_empty() => return Ok(started),
            None => {}
        }
    }
}
