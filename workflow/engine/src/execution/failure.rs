//! Errors: retried, caught, or the end of the execution.

use std::sync::Arc;

use ackflow_asl::{Catcher, DataError, Entropy, ErrorName, JitterStrategy, QueryLanguage, Retrier, State};
use jiff::SignedDuration;
use serde_json::Value;

use super::{
    Effect, Execution, Outcome,
    branch::{Activity, Branch, BranchId, state_of},
    data::{Left, Place, Sight},
    map_run::{self, is_map_run},
};
use crate::Details;

/// What went wrong in a state.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    error: String,
    cause: String,
    /// Whether the task itself failed, not what was made of its input or result.
    of_task: bool,
    /// Whether it is a heartbeat that stayed away. AWS tells of that as any other timeout, but a retrier or catcher may
    /// name it.
    of_heartbeat: bool,
    /// Whether nothing is against it: what the states are given can't be worked with.
    is_fatal: bool,
}

impl Failure {
    pub(super) fn new(error: &str, cause: &str) -> Self {
        Self {
            error: error.to_owned(),
            cause: cause.to_owned(),
            of_task: false,
            of_heartbeat: false,
            is_fatal: false,
        }
    }

    pub(super) fn of_task(error: &str, cause: &str) -> Self {
        Self { of_task: true, ..Self::new(error, cause) }
    }

    /// The same, of a heartbeat.
    pub(super) fn of_heartbeat(self) -> Self {
        Self { of_heartbeat: true, ..self }
    }

    /// Whether a retrier or catcher is for it.
    fn is_among(&self, error_equals: &[String]) -> bool {
        if self.is_fatal {
            return false;
        }
        // The documentation says that States.ALL does not match a payload over the limit. Where it is the result
        // of a task, AWS does match it, as was recorded.
        let is_long_result = self.of_task && self.error == ErrorName::DATA_LIMIT_EXCEEDED;
        let is_any = |name: &String| name == ErrorName::ALL;
        let is_heartbeat = |name: &String| self.of_heartbeat && name == ErrorName::HEARTBEAT_TIMEOUT;
        ErrorName::matches(error_equals, &self.error)
            || (is_long_result && error_equals.iter().any(is_any))
            || error_equals.iter().any(is_heartbeat)
    }

    /// The error's name.
    pub(super) fn error(&self) -> &str {
        &self.error
    }

    /// What happened.
    pub(super) fn cause(&self) -> &str {
        &self.cause
    }

    /// As the details of an event; what is empty is left out.
    pub(super) fn details(&self) -> Details {
        let fields = [("error", &self.error), ("cause", &self.cause)].into_iter();
        let fields = fields.filter(|(_, text)| !text.is_empty());
        fields.fold(Details::empty(), |details, (name, text)| details.with(name, Value::from(text.as_str())))
    }
}

/// The errors whose cause does not tell where they happened.
const WITHOUT_PLACE: [&str; 4] = [
    ErrorName::DATA_LIMIT_EXCEEDED,
    ErrorName::ITEM_READER_FAILED,
    ErrorName::RESULT_WRITER_FAILED,
    ErrorName::EXCEED_TOLERATED_FAILURE_THRESHOLD,
];

/// What a state has against an error.
#[derive(Clone, Copy)]
enum Remedy<'s> {
    /// The retrier of this index has an attempt left.
    Retry(usize, &'s Retrier),
    Catch(usize, &'s Catcher),
}

impl Execution {
    /// The state can't go on with its data.
    pub(super) fn fail_on_data(&mut self, id: BranchId, error: &DataError) {
        let failure = self.evaluation_failed(id, error);
        if error.location.is_some() {
            self.record_failed_query(id);
        }
        self.fail_state(id, &failure);
    }

    /// As AWS has it: a Map whose query fails tells so by an event of its own. So does a Parallel here, until it has
    /// started: of one that has, nothing was recorded.
    fn record_failed_query(&mut self, id: BranchId) {
        let has_started = matches!(self.branches[id].activity, Activity::FanOut(_));
        let event = match state_of(&self.machine, &self.branches, id) {
            State::Map(_) => "MapStateFailed",
            State::Parallel(_) if !has_started => "ParallelStateFailed",
            _ => return,
        };
        self.record(id, event, Details::default());
    }

    /// The failure that an error of the state's data is. Where it is a query's, an event tells of it.
    pub(super) fn evaluation_failed(&mut self, id: BranchId, error: &DataError) -> Failure {
        let failure = self.placed(id, error);
        if let Some(location) = &error.location {
            let branch = self.branch_mut(id);
            let details = failure.details().with("location", Value::from(location.as_str()));
            let details = details.with("state", Arc::clone(&branch.name));
            // As AWS links it: a state that fails at once was never entered, so to speak.
            if branch.previous == branch.entered {
                branch.previous = branch.entered_after;
            }
            self.record(id, "EvaluationFailed", details);
        }
        failure
    }

    /// An error of a state's data, with the state in its cause as AWS writes it; in a test of the state, without.
    fn placed(&self, id: BranchId, error: &DataError) -> Failure {
        if WITHOUT_PLACE.contains(&error.error) || self.probe.is_some() {
            return Failure::new(error.error, &error.cause);
        }
        let Branch { state, entered, .. } = &self.branches[id];
        let place = format!(
            "An error occurred while executing the state '{state}' (entered at the event id #{entered})"
        );
        let failure = Failure::new(error.error, &format!("{place}. {}", error.cause));
        Failure { is_fatal: error.error == ErrorName::RUNTIME, ..failure }
    }

    /// The branch's state failed: it is tried again, or a catcher says where to go on, or the branch fails.
    pub(super) fn fail_state(&mut self, id: BranchId, failure: &Failure) {
        let machine = Arc::clone(&self.machine);
        let state = state_of(&machine, &self.branches, id);
        self.stop_children(id);
        let remedy = self.remedy(id, state, failure);
        self.inspect_failure(state, failure, remedy);
        match remedy {
            Some(remedy) => self.mend(id, remedy, failure),
            None => self.give_up(id, failure),
        }
    }

    /// The first retrier that is for this error, if it has an attempt left; else the first catcher.
    fn remedy<'s>(&self, id: BranchId, state: &'s State, failure: &Failure) -> Option<Remedy<'s>> {
        let (retry, catch) = retry_and_catch(state);
        let used = |index: usize| self.branches[id].retries.get(index).copied().unwrap_or(0);
        let first = retry.iter().enumerate().find(|(_, retrier)| failure.is_among(&retrier.error_equals));
        match first {
            Some((index, retrier)) if used(index) < retrier.max_attempts => {
                Some(Remedy::Retry(index, retrier))
            }
            _ => {
                let mut catch = catch.iter().enumerate();
                let first = catch.find(|(_, catcher)| failure.is_among(&catcher.error_equals));
                first.map(|(index, catcher)| Remedy::Catch(index, catcher))
            }
        }
    }

    /// Shows a test which retrier and which catcher are for the error.
    fn inspect_failure(&mut self, state: &State, failure: &Failure, remedy: Option<Remedy<'_>>) {
        let Some(probe) = &mut self.probe else { return };
        let (retry, _) = retry_and_catch(state);
        let retry_index = retry.iter().position(|retrier| failure.is_among(&retrier.error_equals));
        let catch_index = match remedy {
            Some(Remedy::Catch(index, _)) => Some(index),
            _ => None,
        };
        probe.failed(failure, retry_index, catch_index);
    }

    fn mend(&mut self, id: BranchId, remedy: Remedy<'_>, failure: &Failure) {
        match remedy {
            Remedy::Retry(index, retrier) => self.try_again(id, index, retrier),
            Remedy::Catch(index, catcher) => {
                if let Err(error) = self.go_to(id, index, catcher, failure) {
                    // The error output could not be put where the catcher wants it: that is the error now.
                    let failure = self.evaluation_failed(id, &error);
                    self.give_up(id, &failure);
                }
            }
        }
    }

    /// The branch fails: nothing is against it.
    pub(super) fn give_up(&mut self, id: BranchId, failure: &Failure) {
        self.branch_mut(id).activity = Activity::Failed;
        self.fail_branch(id, failure);
    }

    fn try_again(&mut self, id: BranchId, index: usize, retrier: &Retrier) {
        let counts = &mut self.branch_mut(id).retries;
        if counts.len() <= index {
            counts.resize(index + 1, 0);
        }
        let used = counts[index];
        counts[index] += 1;
        let delay = self.delay(retrier, used);
        self.inspect(|data| {
            let details = data.error_details.get_or_insert_default();
            details.retry_backoff_interval_seconds = Some(delay.as_secs().unsigned_abs());
        });
        let due = self.due(delay);
        self.set_timer(id, due);
        self.branch_mut(id).activity = Activity::Backoff { due };
    }

    /// How long to wait before the next attempt, after so many retries.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a delay of seconds, capped below what an i64 of milliseconds holds"
    )]
    fn delay(&mut self, retrier: &Retrier, used: u64) -> SignedDuration {
        const LONGEST_SECONDS: f64 = 31_622_400.0; // what MaxDelaySeconds may be at most
        let grown = retrier.interval_seconds as f64 * retrier.backoff_rate.powf(used as f64);
        let cap = retrier.max_delay_seconds.map_or(LONGEST_SECONDS, |seconds| seconds as f64);
        let millis = (grown.min(cap) * 1000.0) as u64;
        let millis = match retrier.jitter_strategy {
            Some(JitterStrategy::Full) => self.draws.next_u64() % (millis + 1),
            Some(JitterStrategy::None) | None => millis,
        };
        SignedDuration::from_millis(millis.cast_signed())
    }

    /// Goes on where a catcher says, with the error output in the state's input.
    fn go_to(
        &mut self,
        id: BranchId,
        index: usize,
        catcher: &Catcher,
        failure: &Failure,
    ) -> Result<(), DataError> {
        let place = Place::Catcher(index);
        let error_output = ErrorName::output(&failure.error, &failure.cause);
        let input = Arc::clone(&self.branches[id].input);
        let is_jsonata = self.language(id) == QueryLanguage::Jsonata;
        let sight = if is_jsonata {
            Sight { error_output: Some(&error_output), ..Sight::of(&input) }
        } else {
            Sight::of(&error_output)
        };
        let assigned = self.assigned(id, catcher.assign.as_ref(), place, sight)?;
        let output = match (&catcher.output, &catcher.result_path) {
            (Some(output), _) => Arc::new(self.output(id, output, place, sight)?),
            (None, None) => Arc::new(error_output),
            (None, Some(None)) => input,
            (None, Some(Some(path))) => Arc::new(path.put(Value::clone(&input), error_output)?),
        };
        self.exit(id, Left { output, assigned }, Some(&catcher.next))
    }

    /// A branch failed: so does the state that it belongs to, or the execution.
    fn fail_branch(&mut self, id: BranchId, failure: &Failure) {
        let branch = &self.branches[id];
        let previous = branch.previous;
        let Some((parent, index)) = branch.parent else { return self.fail_execution(previous, failure) };
        if !is_map_run(&self.branches[parent].activity) {
            // AWS ends the execution at once: no event tells of the states around.
            if failure.is_fatal && !self.branches[id].is_quiet {
                return self.fail_execution(previous, failure);
            }
            self.abort(id, parent);
            let previous = self.branches[id].previous;
            self.branch_mut(parent).previous = previous;
            if matches!(state_of(&self.machine, &self.branches, parent), State::Map(_)) {
                self.record_iteration(parent, "MapIterationFailed", index, previous);
            }
            return self.fail_fan_out(parent, failure);
        }
        if self.child_ended(parent, index, Err(failure)) {
            return self.fail_map_run(parent, &map_run::exceeded());
        }
        self.stop_children(id);
        self.branches.remove(id);
        self.child_settled(parent, index, previous, None);
    }

    /// Tells of the Task of a Parallel's branch that ends with it.
    fn abort(&mut self, id: BranchId, parent: BranchId) {
        let is_parallel = matches!(state_of(&self.machine, &self.branches, parent), State::Parallel(_));
        if is_parallel && matches!(state_of(&self.machine, &self.branches, id), State::Task(_)) {
            self.record(id, "TaskStateAborted", Details::default());
        }
    }

    /// The Map Run fails, and the state with it.
    pub(super) fn fail_map_run(&mut self, id: BranchId, failure: &Failure) {
        self.branch_mut(id).map_run = None;
        self.record(id, "MapRunFailed", failure.details());
        self.fail_fan_out(id, failure);
    }

    /// A Map or Parallel state failed since one of its branches did, or since the Map Run did.
    fn fail_fan_out(&mut self, id: BranchId, failure: &Failure) {
        let machine = Arc::clone(&self.machine);
        let state = state_of(&machine, &self.branches, id);
        let remedy = self.remedy(id, state, failure);
        self.inspect_failure(state, failure, remedy);
        if !matches!(remedy, Some(Remedy::Retry(..))) {
            let is_map = matches!(state, State::Map(_));
            let event = if is_map { "MapStateFailed" } else { "ParallelStateFailed" };
            self.record(id, event, Details::default());
        }
        match remedy {
            Some(remedy) => {
                self.stop_children(id);
                self.mend(id, remedy, failure);
            }
            // The branches stay as they are: a redrive goes on from the failed ones and keeps the finished ones.
            None if matches!(self.branches[id].activity, Activity::FanOut(_)) => {
                self.fail_branch(id, failure);
            }
            None => self.give_up(id, failure),
        }
    }

    /// Stops and forgets everything below a Map or Parallel state.
    fn stop_children(&mut self, parent: BranchId) {
        let Activity::FanOut(fan_out) = &mut self.branch_mut(parent).activity else { return };
        for child in std::mem::take(&mut fan_out.children).into_iter().flatten() {
            self.stop_children(child);
            self.stop(child);
            self.branches.remove(child);
        }
    }

    /// Stops what a branch is waiting for.
    fn stop(&mut self, id: BranchId) {
        self.clear_timer(id);
        if let Some(task) = self.branches[id].task_call().map(|call| call.task)
            && self.tasks.remove(&task).is_some()
        {
            self.effects.push(Effect::Cancel { task });
        }
    }

    /// The execution fails.
    pub(super) fn fail_execution(&mut self, previous: u64, failure: &Failure) {
        self.abort_all();
        self.history.push(self.now, previous, "ExecutionFailed", None, failure.details());
        let Failure { error, cause, .. } = failure.clone();
        self.outcome = Some(Outcome::Failed { error, cause });
    }

    /// The execution has taken too long.
    pub(super) fn time_out(&mut self) {
        self.abort_all();
        let details = Details::empty().with("error", Value::from(ErrorName::TIMEOUT));
        self.history.push(self.now, 0, "ExecutionTimedOut", None, details);
        self.outcome = Some(Outcome::TimedOut);
    }

    /// Somebody stopped the execution. `None` when it has ended.
    pub(super) fn be_stopped(&mut self, error: &str, cause: &str) -> Option<()> {
        if self.outcome.is_some() {
            return None;
        }
        self.abort_all();
        let details = Failure::new(error, cause).details();
        self.history.push(self.now, 0, "ExecutionAborted", None, details);
        self.outcome = Some(Outcome::Aborted { error: error.to_owned(), cause: cause.to_owned() });
        Some(())
    }

    fn abort_all(&mut self) {
        let ids: Vec<BranchId> = self.branches.iter().map(|(id, _)| id).collect();
        for id in ids {
            let is_open = !matches!(self.branches[id].activity, Activity::FanOut(_) | Activity::Failed);
            if is_open {
                self.stop(id);
                self.branch_mut(id).activity = Activity::Aborted;
            }
        }
        self.ready.clear();
    }
}

fn retry_and_catch(state: &State) -> (&[Retrier], &[Catcher]) {
    match state {
        State::Task(task) => (&task.retry, &task.catch),
        State::Map(map) => (&map.retry, &map.catch),
        State::Parallel(parallel) => (&parallel.retry, &parallel.catch),
        _ => (&[], &[]),
    }
}
