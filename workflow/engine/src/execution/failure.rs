//! Errors: retried, caught, or the end of the execution.

use std::sync::Arc;

use ackflow_asl::{Catcher, DataError, Entropy, ErrorName, JitterStrategy, Retrier, State};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    Effect, Execution, Outcome,
    branch::{Activity, BranchId, state_of},
};

impl Execution {
    /// The branch's state failed: it is tried again, or a catcher says where to go on, or the branch fails.
    pub(super) fn fail_state(&mut self, id: BranchId, error: &str, cause: &str) {
        let machine = Arc::clone(&self.machine);
        let state = state_of(&machine, &self.branches, id);
        if matches!(state, State::Map(_) | State::Parallel(_)) {
            self.stop_children(id);
        }
        let (retry, catch) = retry_and_catch(state);
        if self.try_again(id, retry, error) {
            return;
        }
        let caught = catch.iter().find(|catcher| ErrorName::matches(&catcher.error_equals, error));
        let (error, cause) = match caught.map(|catcher| self.go_to(id, catcher, error, cause)) {
            Some(Ok(())) => return,
            // The error output could not be put where the catcher wants it: that is the error now.
            Some(Err(failure)) => (failure.error.to_string(), failure.cause),
            None => (error.to_owned(), cause.to_owned()),
        };
        self.branch_mut(id).activity = Activity::Failed;
        self.fail_branch(id, &error, &cause);
    }

    /// Uses the first retrier that is for this error, if it has an attempt left.
    fn try_again(&mut self, id: BranchId, retry: &[Retrier], error: &str) -> bool {
        let Some((index, retrier)) =
            retry.iter().enumerate().find(|(_, retrier)| ErrorName::matches(&retrier.error_equals, error))
        else {
            return false;
        };
        let branch = self.branch_mut(id);
        branch.retries.resize(retry.len(), 0);
        let used = branch.retries[index];
        if used >= retrier.max_attempts {
            return false;
        }
        branch.retries[index] += 1;
        let delay = self.delay(retrier, used);
        let due = self.now.checked_add(delay).unwrap_or(jiff::Timestamp::MAX);
        self.set_timer(id, due);
        self.branch_mut(id).activity = Activity::Backoff { due };
        true
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
        SignedDuration::from_millis(millis as i64)
    }

    /// Goes on where a catcher says, with the error output in the state's input.
    fn go_to(&mut self, id: BranchId, catcher: &Catcher, error: &str, cause: &str) -> Result<(), DataError> {
        let failure = ErrorName::output(error, cause);
        let input = self.branches[&id].input.clone();
        let output = match &catcher.result_path {
            None => failure,
            Some(None) => input,
            Some(Some(path)) => path.put(input, failure)?,
        };
        self.exit(id, output, Some(&catcher.next))
    }

    /// A branch failed: so does the state that it belongs to, or the execution.
    fn fail_branch(&mut self, id: BranchId, error: &str, cause: &str) {
        let branch = &self.branches[&id];
        let previous = branch.previous;
        let Some((parent, index)) = branch.parent else { return self.fail_execution(previous, error, cause) };
        let machine = Arc::clone(&self.machine);
        let state = state_of(&machine, &self.branches, parent);
        self.branch_mut(parent).previous = previous;
        if matches!(state, State::Map(_)) {
            let details = json!({ "name": self.branches[&parent].state, "index": index });
            self.record(parent, "MapIterationFailed", details);
            self.record(parent, "MapStateFailed", Value::Null);
        } else {
            self.record(parent, "ParallelStateFailed", json!({ "error": error, "cause": cause }));
        }
        if self.handles(parent, state, error) {
            self.fail_state(parent, error, cause);
        } else {
            // The branches stay as they are: a redrive goes on from the failed ones and keeps the finished ones.
            self.fail_branch(parent, error, cause);
        }
    }

    fn handles(&self, id: BranchId, state: &State, error: &str) -> bool {
        let (retry, catch) = retry_and_catch(state);
        let retries = &self.branches[&id].retries;
        let retried = retry
            .iter()
            .position(|retrier| ErrorName::matches(&retrier.error_equals, error))
            .is_some_and(|index| retries.get(index).copied().unwrap_or(0) < retry[index].max_attempts);
        retried || catch.iter().any(|catcher| ErrorName::matches(&catcher.error_equals, error))
    }

    /// Stops and forgets everything below a Map or Parallel state.
    fn stop_children(&mut self, parent: BranchId) {
        let children: Vec<BranchId> = self
            .branches
            .iter()
            .filter(|(_, branch)| branch.parent.is_some_and(|(id, _)| id == parent))
            .map(|(id, _)| *id)
            .collect();
        for child in children {
            self.stop_children(child);
            self.stop(child);
            self.branches.remove(&child);
        }
    }

    /// Stops what a branch is waiting for.
    fn stop(&mut self, id: BranchId) {
        self.clear_timer(id);
        self.ready.retain(|ready| *ready != id);
        if let Some(task) = self.branches[&id].task_call().map(|call| call.task) {
            self.tasks.remove(&task);
            self.effects.push(Effect::Cancel { task });
        }
    }

    /// The execution fails.
    pub(super) fn fail_execution(&mut self, previous: u64, error: &str, cause: &str) {
        self.abort_all();
        let details = json!({ "error": error, "cause": cause });
        self.history.push(self.now, previous, "ExecutionFailed", None, details);
        self.outcome = Some(Outcome::Failed { error: error.to_owned(), cause: cause.to_owned() });
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
