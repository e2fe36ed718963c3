//! What the driver does for tasks that start executions.

use super::Driver;
use crate::{
    JournalError, Status,
    engine::{nested, pool::failed, whole_millis},
    journal::Awaited,
};

impl Driver {
    /// Starts the executions that tasks ask for.
    pub(super) async fn start_children(&mut self) -> Result<(), JournalError> {
        let now = whole_millis(self.parts.clock.now());
        let (mut calls, mut children, mut signals) = (Vec::new(), Vec::new(), Vec::new());
        while let Some((parent, call)) = self.nested.next_to_start() {
            match nested::new_child(&self.parts.digests, parent, &call, now) {
                Ok(child) => {
                    calls.push((parent, call, child.awaiting));
                    children.push(child);
                }
                Err(error) => signals.push((parent, failed(call.task, error))),
            }
        }
        if !children.is_empty() {
            let started = self.parts.journal.start_children(children).await?;
            for ((parent, call, awaiting), child) in calls.into_iter().zip(started) {
                signals.push((parent, nested::started(&call, child.as_ref())));
                if let (Some(awaiting), Some(child)) = (awaiting, child) {
                    let has_ended = child.status != Status::Running;
                    self.nested.await_end(Awaited { child: child.id, awaiting, has_ended });
                }
            }
            self.more = true;
        }
        self.apply(signals).await?;
        Ok(())
    }

    /// Tells tasks that the executions they waited for have ended.
    pub(super) async fn tell_parents(&mut self) -> Result<(), JournalError> {
        while let Some(child) = self.nested.next_ended() {
            let parents = self.nested.awaiting(child).into_iter().map(|awaiting| awaiting.parent);
            self.bring_up(parents.collect()).await?;
            // Where a crash came between the start and its signal, that is made up for first.
            self.start_children().await?;
            let awaiting = self.nested.awaiting(child);
            // It may have been redriven meanwhile.
            let Some(row) = self.parts.journal.ended(child).await? else { continue };
            let (execution, history) = match self.parts.journal.replay(&row).await {
                Ok(replayed) => replayed,
                // The tasks wait for a version that can read it.
                Err(error @ JournalError::Unreadable { .. }) => {
                    tracing::error!(%error, "nobody can be told how an execution ended");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let Some(outcome) = execution.outcome() else { continue };
            let tell = awaiting.into_iter().map(|it| (it.parent, nested::ended(it, &row, outcome, &history)));
            self.apply(tell.collect()).await?;
            self.parts.journal.forget_awaited(child).await?;
            self.nested.forget(child);
        }
        Ok(())
    }
}
