//! What a test of one state sets and sees. The state is run as any other; then the execution stops.

use std::sync::Arc;

use ackflow_asl::{QueryLanguage, StateMachine, map_run::Tolerance};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    Execution, Outcome, Start, TaskCall,
    branch::{Activity, BranchId, ROOT},
    failure::Failure,
};
use crate::{TaskError, test_state::InspectionData};

/// A test of the state that the machine starts at.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    /// Parts of the context object, in the place of the execution's own; those of `State` one by one.
    pub(crate) context: Map<String, Value>,
    /// The variables that the state sees.
    pub(crate) variables: Map<String, Value>,
    /// How often each retrier of the state has been used.
    pub(crate) retries: Vec<u64>,
    /// What became of the data on its way.
    pub(crate) data: InspectionData,
    /// What the state failed with last, be it caught or not.
    pub(crate) failure: Option<TaskError>,
    /// Where the state leads.
    pub(crate) next: Option<String>,
}

/// What the tested state waits for.
#[derive(Debug)]
pub(crate) enum Awaited {
    /// A task: its own, or one that reads the items of a distributed Map.
    Task(TaskCall),
    /// What its branches give.
    Branches,
    /// A time.
    Time(Timestamp),
    /// The time to try it again.
    Retry,
}

impl Probe {
    /// Puts the parts of the context object that the test gives in their place.
    pub(super) fn set_context(&self, context: &mut Map<String, Value>) {
        for (part, given) in &self.context {
            match (context.get_mut(part), given) {
                (Some(Value::Object(own)), Value::Object(given)) if part == "State" => {
                    own.extend(given.clone());
                }
                _ => {
                    context.insert(part.clone(), given.clone());
                }
            }
        }
    }

    /// The state failed; the indexes are those of the retrier and of the catcher that are for the error.
    pub(super) fn failed(
        &mut self,
        failure: &Failure,
        retry_index: Option<usize>,
        catch_index: Option<usize>,
    ) {
        self.failure =
            Some(TaskError { error: failure.error().to_owned(), cause: failure.cause().to_owned() });
        if retry_index.or(catch_index).is_some() {
            let details = self.data.error_details.get_or_insert_default();
            (details.retry_index, details.catch_index) = (retry_index, catch_index);
        }
    }
}

impl Execution {
    /// Tests the first state: it moves on until it waits for something.
    pub(crate) fn test(machine: Arc<StateMachine>, start: Start, probe: Probe) -> Self {
        let mut execution = Self::new(machine, &start);
        let variables = Arc::new(probe.variables.clone());
        execution.probe = Some(Box::new(probe));
        execution.begin(start.input);
        execution.branch_mut(ROOT).variables = variables;
        execution.advance();
        execution
    }

    /// What the tested state waits for; `None` once it has ended.
    pub(crate) fn awaited(&self) -> Option<Awaited> {
        if self.outcome.is_some() {
            return None;
        }
        match &self.branches.get(ROOT)?.activity {
            Activity::Task(pending) => Some(Awaited::Task(pending.call.clone())),
            Activity::FanOut(_) => Some(Awaited::Branches),
            Activity::Wait { due } => Some(Awaited::Time(*due)),
            Activity::Backoff { .. } => Some(Awaited::Retry),
            Activity::Ready | Activity::Failed | Activity::Aborted => None,
        }
    }

    /// What the branches of the tested Map or Parallel state give, or what they fail with.
    pub(crate) fn answer_branches(&mut self, answer: Result<Value, TaskError>) {
        match answer {
            Ok(result) => {
                if let Err(error) = self.join(ROOT, result) {
                    self.fail_on_data(ROOT, &error);
                }
            }
            Err(TaskError { error, cause }) => self.fail_state(ROOT, &Failure::new(&error, &cause)),
        }
    }

    /// How many iterations of the tested Map may fail; `None` where it does not say.
    pub(crate) fn tested_tolerance(&self) -> Option<Tolerance> {
        let data = &self.probe.as_ref()?.data;
        let (count, percentage) = (data.tolerated_failure_count, data.tolerated_failure_percentage);
        (count.is_some() || percentage.is_some()).then_some(Tolerance { count, percentage })
    }

    /// What the test saw.
    pub(crate) fn into_probe(self) -> Probe {
        self.probe.map(|probe| *probe).unwrap_or_default()
    }

    /// How often the retriers of the state at hand were used before it was entered.
    pub(super) fn retries_before(&self) -> Vec<u64> {
        self.probe.as_ref().map(|probe| probe.retries.clone()).unwrap_or_default()
    }

    /// Shows data on its way to a test.
    pub(super) fn inspect(&mut self, note: impl FnOnce(&mut InspectionData)) {
        if let Some(probe) = &mut self.probe {
            note(&mut probe.data);
        }
    }

    /// The same, where the state is written in JSONPath: JSONata knows no such stage.
    pub(super) fn inspect_paths(&mut self, id: BranchId, note: impl FnOnce(&mut InspectionData)) {
        if self.probe.is_some() && self.language(id) == QueryLanguage::JsonPath {
            self.inspect(note);
        }
    }

    /// Shows a test what the state hands on to its task or its branches.
    pub(super) fn inspect_arguments(&mut self, id: BranchId, given: &Value) {
        if self.probe.is_none() {
            return;
        }
        let language = self.language(id);
        self.inspect(|data| match language {
            QueryLanguage::Jsonata => data.after_arguments = Some(given.to_string()),
            QueryLanguage::JsonPath => data.after_parameters = Some(given.to_string()),
        });
    }

    /// The tested state is left: the test ends here.
    pub(super) fn leave_probe(&mut self, id: BranchId, output: Arc<Value>, next: Option<&str>) {
        let variables = Arc::clone(&self.branches[id].variables);
        if let Some(probe) = &mut self.probe {
            probe.next = next.map(str::to_owned);
            probe.variables.clone_from(&variables);
        }
        self.outcome = Some(Outcome::Succeeded { output });
    }
}
