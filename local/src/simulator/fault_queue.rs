//! Which faults are still to come, and for whom.

use std::collections::{HashMap, VecDeque};

use super::Fault;

/// Which requests a fault befalls.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Calls of this Web API method, as in `chat.postMessage`.
    Method(String),
    /// Downloads of the file with this id.
    File(String),
    /// Downloads of any file that has no fault of its own waiting.
    AnyFile,
}

/// The faults to come, by target, in order.
#[derive(Debug, Default)]
pub(super) struct FaultQueue(HashMap<Target, VecDeque<Fault>>);

impl FaultQueue {
    pub(super) fn add(&mut self, target: Target, times: usize, fault: Fault) {
        self.0.entry(target).or_default().extend(std::iter::repeat_n(fault, times));
    }

    pub(super) fn next(&mut self, target: &Target) -> Option<Fault> {
        self.0.get_mut(target)?.pop_front()
    }

    pub(super) fn left(&self) -> usize {
        self.0.values().map(VecDeque::len).sum()
    }
}
