//! What each type of state does when a branch enters it, and how a branch leaves it.

use std::sync::Arc;

use ackflow_asl::{
    Choice, DataError, ErrorName, Expression, Fail, Pass, Path, State, Succeed, Wait, parse_timestamp,
};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Value, json};

use super::{
    Execution, Outcome,
    branch::{Activity, BranchId, state_of},
    data::OutputProcessing,
    failure::Failure,
};

impl Execution {
    /// A branch enters the state it is at.
    pub(super) fn enter(&mut self, id: BranchId) {
        let kind = type_name(state_of(&self.machine, &self.branches, id));
        let now = self.now;
        let branch = self.branch_mut(id);
        branch.entered_at = now;
        branch.retries.clear();
        let details = json!({ "name": branch.state, "input": branch.input });
        self.record(id, format!("{kind}StateEntered"), details);
        self.work(id);
    }

    /// The state does its work, for the first time or again.
    pub(super) fn work(&mut self, id: BranchId) {
        let machine = Arc::clone(&self.machine);
        let input = self.branches[&id].input.clone();
        let done = match state_of(&machine, &self.branches, id) {
            State::Task(task) => self.schedule(id, task, input),
            State::Map(map) => self.start_map(id, map, input),
            State::Parallel(parallel) => self.start_parallel(id, parallel, input),
            State::Choice(choice) => self.choose(id, choice, input),
            State::Pass(pass) => self.pass(id, pass, input),
            State::Wait(wait) => self.wait(id, wait, input),
            State::Succeed(succeed) => self.succeed(id, succeed, input),
            State::Fail(fail) => self.fail(id, fail, &input),
        };
        if let Err(failure) = done {
            self.fail_state(id, &failure.into());
        }
    }

    fn choose(&mut self, id: BranchId, choice: &Choice, input: Value) -> Result<(), DataError> {
        let seen = self.select(id, &choice.input_path, input)?;
        for rule in &choice.choices {
            if self.scoped(id, &seen, |scope| rule.rule.holds(scope))? {
                let output = self.select(id, &choice.output_path, seen)?;
                return self.exit(id, output, Some(&rule.next));
            }
        }
        let Some(default) = &choice.default else {
            let state = &self.branches[&id].state;
            let cause = format!("No rule of the Choice state '{state}' holds, and it has no Default.");
            return Err(DataError { error: ErrorName::NO_CHOICE_MATCHED, cause });
        };
        let output = self.select(id, &choice.output_path, seen)?;
        self.exit(id, output, Some(default))
    }

    fn pass(&mut self, id: BranchId, pass: &Pass, input: Value) -> Result<(), DataError> {
        let seen = self.select(id, &pass.input_path, input)?;
        let result = match (&pass.result, &pass.parameters) {
            (Some(result), _) => result.clone(),
            (None, Some(parameters)) => self.render(id, parameters, &seen)?,
            (None, None) => seen,
        };
        let processing = OutputProcessing {
            selector: None,
            result_path: &pass.result_path,
            output_path: &pass.output_path,
        };
        self.leave(id, result, &processing, pass.next.as_deref())
    }

    fn wait(&mut self, id: BranchId, wait: &Wait, input: Value) -> Result<(), DataError> {
        let seen = self.select(id, &wait.input_path, input)?;
        let due = if let Some(path) = &wait.timestamp_path {
            self.find(id, path, &seen)?.as_str().and_then(parse_timestamp)
        } else if let Some(timestamp) = &wait.timestamp {
            parse_timestamp(timestamp)
        } else {
            let seconds = self.seconds(id, wait.seconds, wait.seconds_path.as_ref(), &seen)?.unwrap_or(0);
            self.after(i64::try_from(seconds).unwrap_or(i64::MAX))
        };
        let Some(due) = due.and_then(next_whole_milli) else {
            let state = &self.branches[&id].state;
            let cause = format!("The Wait state '{state}' was given no time that can be waited for.");
            return Err(DataError { error: ErrorName::RUNTIME, cause });
        };
        self.set_timer(id, due);
        self.branch_mut(id).activity = Activity::Wait { due };
        Ok(())
    }

    /// A Wait state's time has come.
    pub(super) fn wait_over(&mut self, id: BranchId) {
        let machine = Arc::clone(&self.machine);
        let State::Wait(wait) = state_of(&machine, &self.branches, id) else {
            unreachable!("only Wait states wait");
        };
        let input = self.branches[&id].input.clone();
        let left = self
            .select(id, &wait.input_path, input)
            .and_then(|seen| self.select(id, &wait.output_path, seen))
            .and_then(|output| self.exit(id, output, wait.next.as_deref()));
        if let Err(failure) = left {
            self.fail_state(id, &failure.into());
        }
    }

    fn succeed(&mut self, id: BranchId, succeed: &Succeed, input: Value) -> Result<(), DataError> {
        let seen = self.select(id, &succeed.input_path, input)?;
        let output = self.select(id, &succeed.output_path, seen)?;
        self.exit(id, output, None)
    }

    fn fail(&mut self, id: BranchId, fail: &Fail, input: &Value) -> Result<(), DataError> {
        let error = self.text(id, fail.error.as_ref(), fail.error_path.as_ref(), input)?;
        let cause = self.text(id, fail.cause.as_ref(), fail.cause_path.as_ref(), input)?;
        self.fail_state(id, &Failure::new(&error, &cause));
        Ok(())
    }

    /// A text that is given, or read from the input by a path or an intrinsic call.
    fn text(
        &mut self,
        id: BranchId,
        given: Option<&String>,
        path: Option<&String>,
        input: &Value,
    ) -> Result<String, DataError> {
        let Some(path) = path else { return Ok(given.cloned().unwrap_or_default()) };
        let expression = Expression::parse(path).expect("validated with the document");
        let found = self.scoped(id, input, |scope| expression.evaluate("text", scope))?;
        found.as_str().map(str::to_owned).ok_or_else(|| DataError {
            error: ErrorName::RUNTIME,
            cause: format!("The path '{path}' of a Fail state must give a string."),
        })
    }

    /// Seconds that are given, or read from the input.
    pub(super) fn seconds(
        &mut self,
        id: BranchId,
        given: Option<u64>,
        path: Option<&Path>,
        input: &Value,
    ) -> Result<Option<u64>, DataError> {
        let Some(path) = path else { return Ok(given) };
        let found = self.find(id, path, input)?;
        found.as_u64().map(Some).ok_or_else(|| DataError {
            error: ErrorName::RUNTIME,
            cause: format!("The path '{path}' must give a whole number of seconds, not {found}."),
        })
    }

    /// The state is done: its result becomes its output, and the branch goes on.
    pub(super) fn leave(
        &mut self,
        id: BranchId,
        result: Value,
        processing: &OutputProcessing<'_>,
        next: Option<&str>,
    ) -> Result<(), DataError> {
        let output = self.process_output(id, result, processing)?;
        self.exit(id, output, next)
    }

    /// The branch leaves the state with this output.
    pub(super) fn exit(&mut self, id: BranchId, output: Value, next: Option<&str>) -> Result<(), DataError> {
        self.check_size(id, &output)?;
        let kind = type_name(state_of(&self.machine, &self.branches, id));
        let details = json!({ "name": self.branches[&id].state, "output": output });
        self.record(id, format!("{kind}StateExited"), details);
        let Some(next) = next else {
            self.end_branch(id, output);
            return Ok(());
        };
        let branch = self.branch_mut(id);
        next.clone_into(&mut branch.state);
        branch.input = output;
        branch.activity = Activity::Ready;
        self.ready.push_back(id);
        Ok(())
    }

    fn end_branch(&mut self, id: BranchId, output: Value) {
        let branch = self.branches.remove(&id).expect("a branch ends once");
        if let Some((parent, index)) = branch.parent {
            return self.child_succeeded(parent, id, index, branch.previous, output);
        }
        let details = json!({ "output": output });
        self.history.push(self.now, branch.previous, "ExecutionSucceeded", None, details);
        self.outcome = Some(Outcome::Succeeded { output });
    }
}

/// The state's type, as it stands in the document and in event names.
fn type_name(state: &State) -> &'static str {
    match state {
        State::Task(_) => "Task",
        State::Map(_) => "Map",
        State::Parallel(_) => "Parallel",
        State::Choice(_) => "Choice",
        State::Pass(_) => "Pass",
        State::Wait(_) => "Wait",
        State::Succeed(_) => "Succeed",
        State::Fail(_) => "Fail",
    }
}

/// Signals are timed in whole milliseconds: a timer between two of them would be due before it is.
fn next_whole_milli(due: Timestamp) -> Option<Timestamp> {
    due.round(TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::Ceil)).ok()
}
