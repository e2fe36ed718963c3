//! What the driver does to have executions in memory, and to have them leave it.

use std::sync::Arc;

use ackflow_asl::StateMachine;
use jiff::Timestamp;

use super::Driver;
use crate::{
    Effect, ExecutionRow, JournalError,
    engine::live::Live,
    journal::{Changes, Record, Recorded, Standing},
};

impl Driver {
    /// How many more executions with work at hand may be in memory.
    pub(super) fn room(&self) -> usize {
        self.parts.settings.max_active_executions.saturating_sub(self.active)
    }

    /// Takes executions from the journal into memory, as many as there is room for.
    pub(super) async fn admit(&mut self) -> Result<(), JournalError> {
        if self.draining {
            return Ok(());
        }
        if std::mem::take(&mut self.redriven) {
            self.take_up_redriven().await?;
        }
        let room = self.room();
        if self.more && room > 0 {
            let backlog = self.parts.journal.running(self.cursor, room).await?;
            self.more = backlog.executions.len() == room;
            self.cursor = backlog.up_to;
            self.take_up(backlog.executions).await?;
        }
        Ok(())
    }

    async fn take_up_redriven(&mut self) -> Result<(), JournalError> {
        let (later, now): (Vec<_>, Vec<_>) =
            self.parts.journal.take_redriven().await?.into_iter().partition(|it| it.row.id > self.cursor);
        self.more |= !later.is_empty();
        self.take_up(now).await
    }

    /// Brings up the executions that only waited and whose time has come, while there is room.
    pub(super) async fn wake(&mut self) -> Result<(), JournalError> {
        if self.draining {
            return Ok(());
        }
        let now = self.parts.clock.now();
        let due = self.parked.iter().take_while(|(due, _)| *due <= now).take(self.room());
        let due: Vec<_> = due.copied().collect();
        for timer in &due {
            self.parked.remove(timer);
        }
        self.bring_up(due.into_iter().map(|(_, execution)| execution).collect()).await
    }

    /// Has executions in memory: those that left it, and those whose turn to be taken there is to come. What is known to
    /// be unreadable is not tried again.
    pub(super) async fn bring_up(&mut self, mut executions: Vec<i64>) -> Result<(), JournalError> {
        executions.retain(|execution| !self.is_known(*execution));
        executions.sort_unstable();
        executions.dedup();
        if executions.is_empty() {
            return Ok(());
        }
        let recorded = self.parts.journal.under_way(executions).await?;
        self.take_up(recorded).await
    }

    /// Whether an execution is in memory, or can't be.
    fn is_known(&self, execution: i64) -> bool {
        self.live.contains_key(&execution) || self.unreadable.contains(&execution)
    }

    /// Rebuilds executions that are not in memory, and goes on with them.
    async fn take_up(&mut self, mut all: Vec<Recorded>) -> Result<(), JournalError> {
        // An answer may have had one taken up before its turn.
        all.retain(|recorded| !self.is_known(recorded.row.id));
        let (mut rebuilt, mut records) = (Vec::new(), Vec::new());
        for recorded in all {
            match self.rebuild(&recorded).await {
                Ok((live, at)) => {
                    records.extend(unrecorded(&recorded, &live, at));
                    rebuilt.push((recorded, live));
                }
                // The others go on; this one stays as it is in the journal, for a version that can read it.
                Err(error @ JournalError::Unreadable { .. }) => {
                    let (flow, name) = (&recorded.row.start.flow, &recorded.row.start.name);
                    tracing::error!(flow, name, %error, "an execution can't go on, and may be stopped");
                    self.unreadable.insert(recorded.row.id);
                }
                Err(error) => return Err(error),
            }
        }
        if !records.is_empty() {
            let changes = Changes { records, ..Changes::default() };
            self.parts.journal.append(self.parts.engine, changes).await?;
        }
        for (recorded, live) in rebuilt {
            self.go_on(&recorded, live);
        }
        Ok(())
    }

    /// The execution as it was when it was last heard of, and when that was.
    async fn rebuild(&mut self, recorded: &Recorded) -> Result<(Live, Timestamp), JournalError> {
        let machine = self.machine(&recorded.row).await?;
        // What is before the last signal was told when it happened.
        let (mut execution, at) = recorded.rebuild(machine, |execution| drop(execution.take_history()))?;
        if recorded.is_waiting || self.evicted.contains(&recorded.row.id) {
            execution.take_history();
        }
        let start = &recorded.row.start;
        Ok((Live::new(start.flow.clone(), start.name.clone(), execution), at))
    }

    async fn machine(&mut self, row: &ExecutionRow) -> Result<Arc<StateMachine>, JournalError> {
        if let Some(machine) = self.machines.get(&row.machine) {
            return Ok(Arc::clone(machine));
        }
        let machine = Arc::new(self.parts.journal.machine(row).await?);
        self.machines.insert(row.machine.clone(), Arc::clone(&machine));
        Ok(machine)
    }

    fn go_on(&mut self, recorded: &Recorded, live: Live) {
        let id = recorded.row.id;
        if let Some(due) = live.execution.next_due() {
            self.parked.remove(&(due, id));
        }
        self.evicted.remove(&id);
        self.active += usize::from(live.is_active());
        let calls = live.execution.running_tasks();
        self.live.insert(id, live);
        self.act(id, calls.into_iter().map(Effect::Run).collect());
        self.tell(id);
        self.settle(id);
    }

    /// Has one leave memory that can't go on, though it could be read. Its tasks are cancelled, as by a crash. The others
    /// go on; this one stays as it is in the journal.
    pub(super) fn give_up(&mut self, id: i64, reason: &str) {
        let Some(live) = self.live.remove(&id) else { return };
        let (flow, name) = (&live.flow, &live.name);
        tracing::error!(flow, name, reason, "an execution can't go on, and may be stopped");
        self.unreadable.insert(id);
        // It may have been about to be stopped.
        self.stopped = true;
        live.due.map(|due| self.timers.remove(&(due, id)));
        self.act(id, live.tasks().map(|task| Effect::Cancel { task }).collect());
    }

    /// Has those leave memory that have waited longest, but for so many. What is left of one is its timer.
    pub(super) fn evict(&mut self) {
        while self.idle.len() > self.parts.settings.max_idle_executions {
            let Some(id) = self.idle.pop_front() else { return };
            if self.live.get(&id).is_some_and(|live| live.is_idle)
                && let Some(live) = self.live.remove(&id)
            {
                if let Some(due) = live.due {
                    self.timers.remove(&(due, id));
                    self.parked.insert((due, id));
                }
                if let Standing::Runs = live.standing() {
                    self.evicted.insert(id);
                }
            }
        }
    }
}

/// What the journal does not know yet of an execution that was rebuilt: that it has ended, or only waits.
fn unrecorded(recorded: &Recorded, live: &Live, at: Timestamp) -> Option<Record> {
    let execution = recorded.row.id;
    match live.standing() {
        Standing::Runs => None,
        Standing::Waits(_) if recorded.is_waiting => None,
        standing => Some(Record { execution, signal: None, at, standing }),
    }
}
