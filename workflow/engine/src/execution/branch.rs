//! A branch: where one line of states stands.

use std::sync::Arc;

use ackflow_asl::{State, StateMachine, States};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    Execution, TaskCall,
    branches::Branches,
    map_run::{MapRun, is_map_run},
    pending::Pending,
};
use crate::Details;

/// Branches are numbered as they start.
pub(super) type BranchId = usize;

/// The top level of the execution.
pub(super) const ROOT: BranchId = 0;

/// One line of states.
#[derive(Debug)]
pub(super) struct Branch {
    /// The branch whose Map or Parallel state this one belongs to, and its index there.
    pub(super) parent: Option<(BranchId, usize)>,
    /// The index of the state it is at, in its block.
    pub(super) at: usize,
    /// That state's name.
    pub(super) state: Arc<str>,
    /// The same, as the details of events hold it.
    pub(super) name: Arc<Value>,
    /// That state's input.
    pub(super) input: Arc<Value>,
    /// Whether the input has passed the check of its size: it was another state's output.
    pub(super) is_checked: bool,
    /// When it entered the state.
    pub(super) entered_at: Timestamp,
    /// The event with which it entered the state.
    pub(super) entered: u64,
    /// The event before that one.
    pub(super) entered_after: u64,
    /// The last event of this line.
    pub(super) previous: u64,
    /// The variables that its states see: a branch of a Map or Parallel state starts with those around it.
    pub(super) variables: Arc<Map<String, Value>>,
    /// How often each retrier of the state has been used.
    pub(super) retries: Vec<u64>,
    /// What it does there.
    pub(super) activity: Activity,
    /// The Map Run whose items are read, or whose results are written.
    pub(super) map_run: Option<Box<MapRun>>,
    /// Whether it is a child execution of a distributed Map, or within one: it leaves no events.
    pub(super) is_quiet: bool,
    /// How many events it would have left.
    pub(super) quiet_events: u64,
}

impl Branch {
    /// The task it waits for, if it does.
    pub(super) fn task_call(&self) -> Option<&TaskCall> {
        match &self.activity {
            Activity::Task(pending) => Some(&pending.call),
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
    Task(Pending),
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

/// What has branches.
#[derive(Debug)]
pub(super) enum FanOutKind {
    /// A Parallel state.
    Parallel,
    /// An inline Map.
    Map,
    /// A distributed Map.
    MapRun(Box<MapRun>),
}

/// A Map or Parallel state at work.
#[derive(Debug)]
pub(super) struct FanOut {
    /// Whose branches they are.
    pub(super) kind: FanOutKind,
    /// What an `ItemSelector` sees; `null` without one.
    pub(super) seen: Arc<Value>,
    /// A Map's items; a Parallel's input, once for each branch.
    pub(super) items: Vec<Arc<Value>>,
    /// The branches that have started and not ended well.
    pub(super) children: Vec<Option<BranchId>>,
    /// The next one to start.
    pub(super) next: usize,
    /// What the branches gave.
    pub(super) results: Vec<Option<Arc<Value>>>,
    /// How many have not ended well, those not yet started among them.
    pub(super) unfinished: usize,
}

/// The block of states that a branch runs through.
pub(super) fn states_of<'m>(machine: &'m StateMachine, branches: &Branches, branch: BranchId) -> &'m States {
    let Some((parent, index)) = branches[branch].parent else { return &machine.states };
    match state_of(machine, branches, parent) {
        State::Map(map) => &map.item_processor,
        State::Parallel(parallel) => &parallel.branches[index],
        _ => unreachable!("only Map and Parallel states have branches"),
    }
}

/// The state that a branch is at.
pub(super) fn state_of<'m>(machine: &'m StateMachine, branches: &Branches, branch: BranchId) -> &'m State {
    &states_of(machine, branches, branch).states[branches[branch].at]
}

/// The index of a block's state.
fn index_of(block: &States, state: &str) -> usize {
    block.states.get_index_of(state).expect("a definition's states lead to states of the same block")
}

impl Execution {
    /// Adds a branch that is ready to enter the first state of a block.
    pub(super) fn spawn(
        &mut self,
        parent: Option<(BranchId, usize)>,
        block: &States,
        input: Arc<Value>,
        previous: u64,
    ) -> BranchId {
        let start_at = block.start_at.as_str();
        let (state, name) = self.name(start_at);
        let around = parent.map(|(parent, _)| &self.branches[parent]);
        let is_child = around.is_some_and(|around| is_map_run(&around.activity));
        // A child execution sees no variables of its parent's.
        let variables = around.filter(|_| !is_child).map(|around| Arc::clone(&around.variables));
        let is_quiet = is_child || around.is_some_and(|around| around.is_quiet);
        let branch = Branch {
            parent,
            at: index_of(block, start_at),
            state,
            name,
            input,
            is_checked: false,
            entered_at: self.now,
            entered: 0,
            entered_after: previous,
            previous,
            variables: variables.unwrap_or_default(),
            retries: Vec::new(),
            activity: Activity::Ready,
            map_run: None,
            is_quiet,
            quiet_events: 0,
        };
        let id = self.branches.add(branch);
        self.ready.push_back(id);
        id
    }

    /// Sends the branch on to another state of its block.
    pub(super) fn go_on(&mut self, id: BranchId, state: &str, input: Arc<Value>) {
        let at = index_of(states_of(&self.machine, &self.branches, id), state);
        let (state, name) = self.name(state);
        let branch = self.branch_mut(id);
        branch.at = at;
        branch.state = state;
        branch.name = name;
        branch.input = input;
        branch.is_checked = true;
        branch.activity = Activity::Ready;
        self.ready.push_back(id);
    }

    /// A state's name, and the same as the details of events hold it: one of each is shared by all that tell of it.
    fn name(&mut self, state: &str) -> (Arc<str>, Arc<Value>) {
        if let Some((state, name)) = self.names.get_key_value(state) {
            return (Arc::clone(state), Arc::clone(name));
        }
        let (state, name): (Arc<str>, _) = (state.into(), Arc::new(Value::from(state)));
        self.names.insert(Arc::clone(&state), Arc::clone(&name));
        (state, name)
    }

    /// The branch with this id.
    pub(super) fn branch_mut(&mut self, id: BranchId) -> &mut Branch {
        self.branches.get_mut(id).expect("a branch outlives what refers to it")
    }

    /// Has the branch woken at `due`.
    pub(super) fn set_timer(&mut self, id: BranchId, due: Timestamp) {
        self.timers.insert((due, id));
    }

    /// Forgets the branch's timer, if it has one.
    pub(super) fn clear_timer(&mut self, id: BranchId) {
        if let Activity::Task(Pending { due: Some(due), .. })
        | Activity::Wait { due }
        | Activity::Backoff { due } = self.branches[id].activity
        {
            self.timers.remove(&(due, id));
        }
    }

    /// Adds an event to the branch's line.
    pub(super) fn record(&mut self, id: BranchId, event_type: &'static str, details: Details) -> u64 {
        let branch = self.branches.get_mut(id).expect("a branch outlives what refers to it");
        if branch.is_quiet {
            branch.quiet_events += 1;
            return branch.previous;
        }
        let event = self.history.push(self.now, branch.previous, event_type, Some(&branch.state), details);
        branch.previous = event;
        event
    }
}
