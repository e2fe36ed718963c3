//! The tasks of activities, and the workers that ask for them.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html>

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::oneshot;

use super::pool::TaskKey;

/// An activity's task, as a worker is given it.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityTask {
    /// What to answer it with, and to send heartbeats with.
    pub token: String,
    /// Its input.
    pub input: Value,
}

/// A worker that asks for a task.
#[derive(Debug)]
pub(super) struct Ask {
    /// The activity's ARN.
    pub(super) activity: String,
    /// What the worker calls itself.
    pub(super) worker: Option<String>,
    /// How long it waits for one.
    pub(super) until: Timestamp,
    /// Told the task, or that there is none.
    pub(super) tell: oneshot::Sender<Option<ActivityTask>>,
}

/// Tasks that no worker has taken yet. Their inputs are in their executions, which may have left memory.
#[derive(Default)]
pub(super) struct Activities {
    /// By the activity's ARN, those of the oldest execution first.
    open: BTreeMap<String, BTreeSet<TaskKey>>,
    /// In the order in which they asked.
    asking: Vec<Ask>,
}

impl Activities {
    pub(super) fn add(&mut self, activity: String, key: TaskKey) {
        self.open.entry(activity).or_default().insert(key);
    }

    pub(super) fn remove(&mut self, key: TaskKey) {
        self.open.retain(|_, tasks| {
            tasks.remove(&key);
            !tasks.is_empty()
        });
    }

    pub(super) fn ask(&mut self, ask: Ask) {
        self.asking.push(ask);
    }

    /// The worker who asked first of those for whom there is a task, and that task.
    pub(super) fn next(&mut self) -> Option<(Ask, TaskKey)> {
        self.asking.retain(|ask| !ask.tell.is_closed());
        let index = self.asking.iter().position(|ask| self.open.contains_key(&ask.activity))?;
        let key = *self.open[&self.asking[index].activity].first()?;
        Some((self.asking.remove(index), key))
    }

    /// Whether somebody asks for a task that there is.
    pub(super) fn has_next(&self) -> bool {
        self.asking.iter().any(|ask| !ask.tell.is_closed() && self.open.contains_key(&ask.activity))
    }

    /// When the first worker has waited long enough.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.asking.iter().map(|ask| ask.until).min()
    }

    /// Tells those who have waited long enough that there is no task.
    pub(super) fn dismiss(&mut self, now: Timestamp) {
        for ask in self.asking.extract_if(.., |ask| ask.until <= now) {
            // Who asked may have gone away.
            let _ = ask.tell.send(None);
        }
    }
}
