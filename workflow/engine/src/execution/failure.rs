//! Errors: retried, caught, or the end of the execution.

use std::sync::Arc;

use ackflow_asl::{Catcher, DataError, Entropy, ErrorName, JitterStrategy, Retrier, State};
use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::{
    Effect, Execution, Outcome,
    branch::{Activity, BranchId, state_of},
};

/// What went wrong in a state.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    error: String,
    cause: String,
    /// Whether the task itself failed, not what was made of its input or result.
    of_task: bool,
}

impl Failure {
    pub(super) fn new(error: &str, cause: &str) -> Self {
        Self { error: error.to_owned(), cause: cause.to_owned(), of_task: false }
    }

    pub(super) fn of_task(error: &str, cause: &str) -> Self {
        Self { of_task: true, ..Self::new(error, cause) }
    }

    /// Whether a retrier or catcher is for it.
    fn is_among(&self, error_equals: &[String]) -> bool {
        // The documentation says that States.ALL does not match a payload over the limit. Where it is the result
        // of a task, AWS does match it, as was recorded.
        let is_long_result = self.of_task && self.error == ErrorName::DATA_LIMIT_EXCEEDED;
        let is_any = |name: &String| name == ErrorName::ALL;
        ErrorName::matches(error_equals, &self.error) || (is_long_result && error_equals.iter().any(is_any))
    }

    /// As the details of an event; what is empty is left out.
    fn details(&self) -> Value {
        let fields = [("error", &self.error), ("cause", &self.cause)].into_iter();
        let fields = fields.filter(|(_, text)| !text.is_empty());
        Value::Object(
            fields.map(|(name, text)| (name.to_owned(), text.as_str().into())).collect::<Map<_, _>>(),
        )
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self::new(error.error, &error.cause)
    }
}

/// What a state has against an error.
#[derive(Clone, Copy)]
enum Remedy<'s> {
    /// The retrier of this index has an attempt left.
    Retry(usize, &'s Retrier),
    Catch(&'s Catcher),
}

impl Execution {
    /// The branch's state failed: it is tried again, or a catcher says where to go on, or the branch fails.
    pub(super) fn fail_state(&mut self, id: BranchId, failure: &Failure) {
        let machine = Arc::clone(&self.machine);
        let state = state_of(&machine, &self.branches, id);
        self.stop_children(id);
        match self.remedy(id, state, failure) {
            Some(remedy) => self.mend(id, remedy, failure),
            None => self.give_up(id, failure),
        }
    }

    /// The first retrier that is for this error, if it has an attempt left; else the first catcher.
    fn remedy<'s>(&self, id: BranchId, state: &'s State, failure: &Failure) -> Option<Remedy<'s>> {
        let (retry, catch) = retry_and_catch(state);
        let used = |index: usize| self.branches[&id].retries.get(index).copied().unwrap_or(0);
        let first = retry.iter().enumerate().find(|(_, retrier)| failure.is_among(&retrier.error_equals));
        match first {
            Some((index, retrier)) if used(index) < retrier.max_attempts => {
                Some(Remedy::Retry(index, retrier))
            }
            _ => catch.iter().find(|catcher| failure.is_among(&catcher.error_equals)).map(Remedy::Catch),
        }
    }

    fn mend(&mut self, id: BranchId, remedy: Remedy<'_>, failure: &Failure) {
        match remedy {
            Remedy::Retry(index, retrier) => self.try_again(id, index, retrier),
            Remedy::Catch(catcher) => {
                if let Err(error) = self.go_to(id, catcher, failure) {
                    // The error output could not be put where the catcher wants it: that is the error now.
                    self.give_up(id, &error.into());
                }
            }
        }
    }

    fn give_up(&mut self, id: BranchId, failure: &Failure) {
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
        let due = self.now.checked_add(delay).unwrap_or(jiff::Timestamp::MAX);
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
    fn go_to(&mut self, id: BranchId, catcher: &Catcher, failure: &Failure) -> Result<(), DataError> {
        let error_output = ErrorName::output(&failure.error, &failure.cause);
        let input = self.branches[&id].input.clone();
        let output = match &catcher.result_path {
            None => error_output,
            Some(None) => input,
            Some(Some(path)) => path.put(input, error_output)?,
        };
        self.exit(id, output, Some(&catcher.next))
    }

    /// A branch failed: so does the state that it belongs to, or the execution.
    fn fail_branch(&mut self, id: BranchId, failure: &Failure) {
        let branch = &self.branches[&id];
        let previous = branch.previous;
        let Some((parent, index)) = branch.parent else { return self.fail_execution(previous, failure) };
        let machine = Arc::clone(&self.machine);
        let state = state_of(&machine, &self.branches, parent);
        self.branch_mut(parent).previous = previous;
        let is_map = matches!(state, State::Map(_));
        if is_map {
            self.record_iteration(parent, "MapIterationFailed", index, previous);
        }
        let remedy = self.remedy(parent, state, failure);
        if !matches!(remedy, Some(Remedy::Retry(..))) {
            let event = if is_map { "MapStateFailed" } else { "ParallelStateFailed" };
            self.record(parent, event, Value::Null);
        }
        match remedy {
            Some(remedy) => {
                self.stop_children(parent);
                self.mend(parent, remedy, failure);
            }
            // The branches stay as they are: a redrive goes on from the failed ones and keeps the finished ones.
            None => self.fail_branch(parent, failure),
        }
    }

    /// Stops and forgets everything below a Map or Parallel state.
    fn stop_children(&mut self, parent: BranchId) {
        let Activity::FanOut(fan_out) = &mut self.branch_mut(parent).activity else { return };
        for child in std::mem::take(&mut fan_out.children) {
            self.stop_children(child);
            self.stop(child);
            self.branches.remove(&child);
        }
    }

    /// Stops what a branch is waiting for.
    fn stop(&mut self, id: BranchId) {
        self.clear_timer(id);
        if let Some(task) = self.branches[&id].task_call().map(|call| call.task)
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
        self.history.push(self.now, 0, "ExecutionTimedOut", None, Value::Null);
        self.outcome = Some(Outcome::TimedOut);
    }

    fn abort_all(&mut self) {
        let ids: Vec<BranchId> = self.branches.keys().copied().collect();
        for id in ids {
            let is_open = !matches!(self.branches[&id].activity, Activity::FanOut(_) | Activity::Failed);
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
