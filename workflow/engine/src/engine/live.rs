//! An execution in memory.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::{
    Effect, Execution, Signal, TaskCall,
    journal::{Standing, Status},
};

pub(super) struct Live {
    pub(super) flow: String,
    pub(super) name: String,
    pub(super) execution: Execution,
    /// When its timer is set for.
    pub(super) due: Option<Timestamp>,
    /// Whether it is in the line of those that may leave memory.
    pub(super) is_idle: bool,
    /// The tasks that run or are about to.
    running: HashSet<u64>,
    /// The activities' tasks that no worker has taken yet.
    open: HashSet<u64>,
}

impl Live {
    pub(super) fn new(flow: String, name: String, execution: Execution) -> Self {
        let calls = execution.running_tasks();
        let (open, running): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.is_activity());
        Self {
            running: running.into_iter().map(|call| call.task).collect(),
            open: open.into_iter().map(|call| call.task).collect(),
            flow,
            name,
            execution,
            due: None,
            is_idle: false,
        }
    }

    /// Applies a signal, and keeps account of the tasks that begin and end with it. `None` says that it is about
    /// nothing any more.
    pub(super) fn apply(&mut self, signal: &Signal, at: Timestamp) -> Option<Vec<Effect>> {
        let effects = self.execution.apply(signal, at);
        if let Signal::TaskSucceeded { task, .. }
        | Signal::TaskFailed { task, .. }
        | Signal::TaskSubmitted { task, .. }
        | Signal::TaskStarted { task, .. } = signal
        {
            self.forget(*task);
        }
        for effect in effects.iter().flatten() {
            match effect {
                Effect::Run(call) => {
                    let tasks = if call.is_activity() { &mut self.open } else { &mut self.running };
                    tasks.insert(call.task);
                }
                Effect::Cancel { task } => self.forget(*task),
            }
        }
        effects
    }

    fn forget(&mut self, task: u64) {
        self.running.remove(&task);
        self.open.remove(&task);
    }

    /// Whether it has tasks that run or are about to.
    pub(super) fn is_active(&self) -> bool {
        !self.running.is_empty()
    }

    /// Its tasks that run, are about to, or wait for a worker.
    pub(super) fn tasks(&self) -> impl Iterator<Item = u64> {
        self.running.iter().chain(&self.open).copied()
    }

    /// The call of an activity's task that no worker has taken yet.
    pub(super) fn open_task(&self, task: u64) -> Option<TaskCall> {
        if !self.open.contains(&task) {
            return None;
        }
        self.execution.running_tasks().into_iter().find(|call| call.task == task)
    }

    /// Where it stands, for the journal.
    pub(super) fn standing(&self) -> Standing {
        match self.execution.outcome() {
            Some(outcome) => Standing::Ended(Status::of(outcome)),
            None if self.running.is_empty() && self.open.is_empty() => {
                Standing::Waits(self.execution.next_due())
            }
            None => Standing::Runs,
        }
    }
}
