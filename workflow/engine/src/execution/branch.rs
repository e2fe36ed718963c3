//! A branch: where one line of states stands.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ackflow_asl::{State, StateMachine, States};
use jiff::Timestamp;
use serde_json::Value;

use super::{Execution, TaskCall};

/// Branches are numbered as they start.
pub(super) type BranchId = u64;

/// The top level of the execution.
pub(super) const ROOT: BranchId = 0;

/// One line of states.
#[derive(Debug)]
pub(super) struct Branch {
    /// The branch whose Map or Parallel state this one belongs to, and its index there.
    pub(super) parent: Option<(BranchId, usize)>,
    /// The name of the state it is at.
    pub(super) state: String,
    /// That state's input.
    pub(super) input: Value,
    /// When it entered the state.
    pub(super) entered_at: Timestamp,
    /// The last event of this line.
    pub(super) previous: u64,
    /// How often each retrier of the state has been used.
    pub(super) retries: Vec<u64>,
    /// What it does there.
    pub(super) activity: Activity,
}

impl Branch {
    /// The task it waits for, if it does.
    pub(super) fn task_call(&self) -> Option<&TaskCall> {
        match &self.activity {
            Activity::Task { call, .. } => Some(call),
            _ => None,
        }
    }
}

/// What a branch does at its state.
#[derive(Debug)]
pub(super) enum Activity {
    /// It is about to enter the state.
    Ready,
    /// It waits for a task, or for an answer with the task's token once that was handed out.
    Task { call: TaskCall, due: Option<Timestamp>, is_submitted: bool },
    /// It waits for a time.
    Wait { due: Timestamp },
    /// It waits for a time to try the state again.
    Backoff { due: Timestamp },
    /// It waits for the branches of its Map or Parallel state.
    FanOut(FanOut),
    /// The state failed, and nothing caught that.
    Failed,
    /// It was stopped since the execution failed elsewhere.
    Aborted,
}

/// A Map or Parallel state at work.
#[derive(Debug)]
pub(super) struct FanOut {
    /// Whether it is a Map.
    pub(super) is_map: bool,
    /// What an `ItemSelector` sees; `null` without one.
    pub(super) seen: Arc<Value>,
    /// A Map's items; a Parallel's input, once for each branch.
    pub(super) items: Vec<Value>,
    /// The branches that have not ended well.
    pub(super) children: BTreeSet<BranchId>,
    /// The next one to start.
    pub(super) next: usize,
    /// What the branches gave.
    pub(super) results: Vec<Option<Value>>,
    /// How many have not ended well, those not yet started among them.
    pub(super) unfinished: usize,
}

/// The block of states that a branch runs through.
pub(super) fn states_of<'m>(
    machine: &'m StateMachine,
    branches: &BTreeMap<BranchId, Branch>,
    branch: BranchId,
) -> &'m States {
    let Some((parent, index)) = branches[&branch].parent else { return &machine.states };
    match state_of(machine, branches, parent) {
        State::Map(map) => &map.item_processor,
        State::Parallel(parallel) => &parallel.branches[index],
        _ => unreachable!("only Map and Parallel states have branches"),
    }
}

/// The state that a branch is at.
pub(super) fn state_of<'m>(
    machine: &'m StateMachine,
    branches: &BTreeMap<BranchId, Branch>,
    branch: BranchId,
) -> &'m State {
    &states_of(machine, branches, branch).states[&branches[&branch].state]
}

impl Execution {
    /// Adds a branch that is ready to enter a state.
    pub(super) fn spawn(
        &mut self,
        parent: Option<(BranchId, usize)>,
        state: String,
        input: Value,
        previous: u64,
    ) -> BranchId {
        let id = self.next_branch;
        self.next_branch += 1;
        let branch = Branch {
            parent,
            state,
            input,
            entered_at: self.now,
            previous,
            retries: Vec::new(),
            activity: Activity::Ready,
        };
        self.branches.insert(id, branch);
        self.ready.push_back(id);
        id
    }

    /// The branch with this id.
    pub(super) fn branch_mut(&mut self, id: BranchId) -> &mut Branch {
        self.branches.get_mut(&id).expect("a branch outlives what refers to it")
    }

    /// Has the branch woken at `due`.
    pub(super) fn set_timer(&mut self, id: BranchId, due: Timestamp) {
        self.timers.insert((due, id));
    }

    /// Forgets the branch's timer, if it has one.
    pub(super) fn clear_timer(&mut self, id: BranchId) {
        if let Activity::Task { due: Some(due), .. } | Activity::Wait { due } | Activity::Backoff { due } =
            self.branches[&id].activity
        {
            self.timers.remove(&(due, id));
        }
    }

    /// Adds an event to the branch's line.
    pub(super) fn record(&mut self, id: BranchId, event_type: impl Into<String>, details: Value) -> u64 {
        let branch = self.branches.get_mut(&id).expect("a branch outlives what refers to it");
        let event = self.history.push(self.now, branch.previous, event_type, Some(&branch.state), details);
        branch.previous = event;
        event
    }
}
