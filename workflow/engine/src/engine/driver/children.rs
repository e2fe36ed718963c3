//! What the driver does for tasks that start executions.

use super::{AT_ONCE, Driver};
use crate::{
    ExecutionRow, HistoryEvent, Journal, JournalError, Outcome, Status,
    engine::{nested, pool::failed, whole_millis},
    journal::{Awaited, Told},
};

impl Driver {
    /// Starts the executions that tasks ask for.
    pub(super) async fn start_children(&mut self) -> Result<(), JournalError> {
        let now = whole_millis(self.parts.clock.now());
        let (mut calls, mut children, mut signals) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..AT_ONCE {
            let Some((parent, call)) = self.nested.next_to_start() else { break };
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
        let mut too_early = Vec::new();
        for _ in 0..AT_ONCE {
            let Some(child) = self.nested.next_ended() else { break };
            let awaiting = self.nested.awaiting(child);
            if awaiting.is_empty() {
                continue;
            }
            self.bring_up(awaiting.iter().map(|it| it.parent).collect()).await?;
            // Where a crash came between the start and its signal, that is made up for first.
            if self.nested.has_to_start(&awaiting) {
                too_early.push(child);
            } else if let Some((row, outcome, history)) = end_of(&self.parts.journal, child).await? {
                let signal = |it| nested::ended(it, &row, &outcome, &history);
                let signals = awaiting.into_iter().map(|it| (it.parent, signal(it)));
                self.apply_and_forget(signals.collect(), Some(child)).await?;
                self.nested.forget(child);
            }
        }
        for child in too_early {
            self.nested.note_end(child);
        }
        Ok(())
    }

    /// That the tasks were told how an execution ended. One whose execution can't be read is told by a version that can:
    /// this is kept for it.
    pub(super) fn told(&self, child: i64) -> Told {
        let parents = self.nested.awaiting(child).into_iter().map(|awaiting| awaiting.parent);
        Told { child, but: parents.filter(|parent| self.unreadable.contains(parent)).collect() }
    }
}

/// How an execution ended. `None` for one that was redriven meanwhile, or that can't be read.
async fn end_of(
    journal: &Journal,
    child: i64,
) -> Result<Option<(ExecutionRow, Outcome, Vec<HistoryEvent>)>, JournalError> {
    let Some(row) = journal.ended(child).await? else { return Ok(None) };
    let (outcome, history) = match journal.replay(&row).await {
        Ok((execution, history)) => (execution.outcome().cloned(), history),
        // That it was stopped is known all the same.
        Err(JournalError::Unreadable { .. }) if row.status == Status::Aborted => {
            (Some(journal.aborted(child).await?), Vec::new())
        }
        // The tasks wait for a version that can read it.
        Err(error @ JournalError::Unreadable { .. }) => {
            tracing::error!(%error, "nobody can be told how an execution ended");
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    Ok(outcome.map(|outcome| (row, outcome, history)))
}
