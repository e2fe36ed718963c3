//! What the driver does for executions that are to be stopped.

use super::{AT_ONCE, Driver};
use crate::{
    JournalError, Signal, Status,
    engine::whole_millis,
    journal::{Changes, Record, Standing},
};

impl Driver {
    /// Stops the executions that are to be stopped.
    pub(super) async fn stop_asked(&mut self) -> Result<(), JournalError> {
        if !std::mem::take(&mut self.stopped) {
            return Ok(());
        }
        let stops = self.parts.journal.stops(AT_ONCE).await?;
        let may_be_more = stops.len() == AT_ONCE;
        self.bring_up(stops.iter().map(|(execution, _)| *execution).collect()).await?;
        let (unreadable, readable): (Vec<_>, Vec<_>) =
            stops.into_iter().partition(|(execution, _)| self.unreadable.contains(execution));
        let has_stopped = !unreadable.is_empty();
        self.end_unread(unreadable).await?;
        let has_stopped = self.apply(readable).await?.contains(&true) || has_stopped;
        // One that can't be stopped must not keep the driver busy.
        self.stopped |= may_be_more && has_stopped;
        Ok(())
    }

    /// Ends executions that can't be read. What is known of them are the executions that they wait for.
    async fn end_unread(&mut self, signals: Vec<(i64, Signal)>) -> Result<(), JournalError> {
        if signals.is_empty() {
            return Ok(());
        }
        let at = whole_millis(self.parts.clock.now());
        let ended: Vec<i64> = signals.iter().map(|(execution, _)| *execution).collect();
        let stops = ended.iter().flat_map(|execution| self.nested.all_stops(*execution)).collect();
        let records = signals.into_iter().map(|(execution, signal)| {
            let standing = Standing::Ended(Status::Aborted);
            Record { execution, signal: Some(signal), at, standing }
        });
        let changes = Changes { records: records.collect(), stops, told: None };
        self.stopped |= !changes.stops.is_empty();
        self.parts.journal.append(self.parts.engine, changes).await?;
        for execution in ended {
            tracing::warn!(execution, "an execution that can't be read was stopped");
            self.unreadable.remove(&execution);
            self.evicted.remove(&execution);
            self.nested.note_end(execution);
        }
        Ok(())
    }
}
