//! What each type of state does when a branch enters it, and how a branch leaves it.

use std::sync::Arc;

use ackflow_asl::{
    Choice, DataError, Expression, Fail, Kind, Pass, Path, QueryLanguage, Scope, State, Succeed, Template,
    Wait, parse_timestamp,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    Execution, Outcome,
    branch::{Activity, BranchId, state_of},
    data::{Left, MAX_SECONDS, OutputProcessing, Place, Sight, Work},
    failure::Failure,
};
use crate::Details;

impl Execution {
    /// A branch enters the state it is at.
    pub(super) fn enter(&mut self, id: BranchId) {
        let (event, _) = event_names(state_of(&self.machine, &self.branches, id));
        let now = self.now;
        let retries = self.retries_before();
        let branch = self.branch_mut(id);
        branch.entered_at = now;
        branch.entered_after = branch.previous;
        branch.retries = retries;
        let details = Details::empty().with("name", Arc::clone(&branch.name));
        let details = details.with("input", Arc::clone(&branch.input));
        let entered = self.record(id, event, details);
        self.branch_mut(id).entered = entered;
        self.work(id);
    }

    /// The state does its work, for the first time or again.
    pub(super) fn work(&mut self, id: BranchId) {
        let machine = Arc::clone(&self.machine);
        let input = Arc::clone(&self.branches[id].input);
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
        if let Err(error) = done {
            self.fail_on_data(id, &error);
        }
    }

    fn choose(&mut self, id: BranchId, choice: &Choice, input: Arc<Value>) -> Result<(), DataError> {
        let seen = self.see(id, &choice.input_path, input)?;
        let mut chosen = None;
        for (at, rule) in choice.choices.iter().enumerate() {
            let holds = |scope: &Scope<'_>| rule.rule.holds(at, scope);
            if self.scoped(id, rule.rule.reads_context(), Sight::of(&seen), holds)? {
                chosen = Some((&rule.next, rule.output.as_ref(), rule.assign.as_ref(), Place::Rule(at)));
                break;
            }
        }
        let default = || {
            let (output, assign) = (choice.output.as_ref(), choice.assign.as_ref());
            choice.default.as_ref().map(|next| (next, output, assign, Place::State))
        };
        let Some((next, output, assign, place)) = chosen.or_else(default) else {
            // As AWS has it, although the specification speaks of `States.NoChoiceMatched`.
            let cause = "Failed to transition out of the state. The state does not point to a next state.";
            return Err(DataError::runtime(cause));
        };
        let processing = OutputProcessing::without_result(&choice.output_path, output, assign, place);
        self.leave(id, Work::Seen(seen), &processing, Some(next))
    }

    fn pass(&mut self, id: BranchId, pass: &Pass, input: Arc<Value>) -> Result<(), DataError> {
        let work = match &pass.result {
            Some(result) if self.language(id) == QueryLanguage::JsonPath => {
                self.select(id, &pass.input_path, input)?;
                self.inspect(|data| data.result = Some(result.to_string()));
                Work::Result(Arc::new(result.clone()))
            }
            _ => self.pass_on(id, pass, input)?,
        };
        let processing = OutputProcessing {
            selector: None,
            result_path: &pass.result_path,
            output_path: &pass.output_path,
            output: pass.output.as_ref(),
            assign: pass.assign.as_ref(),
            place: Place::State,
        };
        self.leave(id, work, &processing, pass.next.as_deref())
    }

    /// What a Pass state without a fixed result works on.
    fn pass_on(&mut self, id: BranchId, pass: &Pass, input: Arc<Value>) -> Result<Work, DataError> {
        let seen = self.see(id, &pass.input_path, input)?;
        if self.language(id) == QueryLanguage::Jsonata {
            return Ok(Work::Seen(seen));
        }
        let given = match &pass.parameters {
            Some(parameters) => Arc::new(self.render(id, parameters, "Parameters", Sight::of(&seen))?),
            None => seen,
        };
        self.inspect(|data| data.after_parameters = Some(given.to_string()));
        Ok(Work::Result(given))
    }

    fn wait(&mut self, id: BranchId, wait: &Wait, input: Arc<Value>) -> Result<(), DataError> {
        let seen = self.see(id, &wait.input_path, input)?;
        let duration = match (&wait.timestamp_path, &wait.timestamp) {
            (Some(path), _) => self.timestamp_at(id, path, &seen)?.duration_since(self.now),
            (None, Some(timestamp)) => self.timestamp(id, timestamp, &seen)?.duration_since(self.now),
            (None, None) => {
                let seconds = match (&wait.seconds_path, &wait.seconds) {
                    (Some(path), _) => self.seconds_to_wait(id, path, &seen)?,
                    (None, Some(seconds)) => {
                        self.whole_number(id, seconds, "Seconds", &(0..=MAX_SECONDS), &seen)?
                    }
                    (None, None) => 0,
                };
                SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
            }
        };
        let due = self.due(check_wait(duration)?);
        self.set_timer(id, due);
        self.branch_mut(id).activity = Activity::Wait { due };
        Ok(())
    }

    /// The time at a Wait's `TimestampPath`.
    fn timestamp_at(&mut self, id: BranchId, path: &Path, seen: &Value) -> Result<Timestamp, DataError> {
        let missing = |_| {
            DataError::runtime(format!(
                "The TimestampPath parameter does not reference an input value: {path}"
            ))
        };
        let found = self.find(id, path, seen).map_err(missing)?;
        let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        parse_timestamp(&text).ok_or_else(|| {
            DataError::runtime(format!(
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format \
                 string: {path} == {text}"
            ))
        })
    }

    /// The time that a Wait's `Timestamp` gives.
    fn timestamp(
        &mut self,
        id: BranchId,
        timestamp: &Template,
        seen: &Value,
    ) -> Result<Timestamp, DataError> {
        let found = self.render_as(id, timestamp, Kind::String, "Timestamp", seen)?;
        let text = found.as_str().unwrap_or_default();
        parse_timestamp(text).ok_or_else(|| {
            DataError::runtime(format!(
                "The Timestamp parameter is not a valid ISO-8601 extended offset date-time format string: {text}"
            ))
        })
    }

    /// The seconds at a Wait's `SecondsPath`.
    fn seconds_to_wait(&mut self, id: BranchId, path: &Path, seen: &Value) -> Result<u64, DataError> {
        let missing = |_| {
            DataError::runtime(format!("The SecondsPath parameter does not reference an input value: {path}"))
        };
        let found = self.find(id, path, seen).map_err(missing)?;
        match (found.as_u64(), found.as_i64()) {
            (Some(seconds), _) => Ok(seconds),
            (None, Some(_)) => Err(DataError::runtime(format!(
                "The SecondsPath parameter references a negative value: {path} == {found}"
            ))),
            (None, None) => Err(DataError::runtime(format!(
                "The SecondsPath parameter cannot be parsed as a long value: {path} == {found}"
            ))),
        }
    }

    /// A Wait state's time has come.
    pub(super) fn wait_over(&mut self, id: BranchId) {
        let machine = Arc::clone(&self.machine);
        let State::Wait(wait) = state_of(&machine, &self.branches, id) else {
            unreachable!("only Wait states wait");
        };
        let input = Arc::clone(&self.branches[id].input);
        let (output, assign) = (wait.output.as_ref(), wait.assign.as_ref());
        let processing = OutputProcessing::without_result(&wait.output_path, output, assign, Place::State);
        let left = self
            .select(id, &wait.input_path, input)
            .and_then(|seen| self.leave(id, Work::Seen(seen), &processing, wait.next.as_deref()));
        if let Err(error) = left {
            self.fail_on_data(id, &error);
        }
    }

    fn succeed(&mut self, id: BranchId, succeed: &Succeed, input: Arc<Value>) -> Result<(), DataError> {
        let seen = self.see(id, &succeed.input_path, input)?;
        let (path, output) = (&succeed.output_path, succeed.output.as_ref());
        let processing = OutputProcessing::without_result(path, output, None, Place::State);
        self.leave(id, Work::Seen(seen), &processing, None)
    }

    fn fail(&mut self, id: BranchId, fail: &Fail, input: &Value) -> Result<(), DataError> {
        self.inspect_paths(id, |data| data.after_input_path = Some(input.to_string()));
        let error = self.text(id, "Error", fail.error.as_ref(), fail.error_path.as_ref(), input)?;
        let cause = self.text(id, "Cause", fail.cause.as_ref(), fail.cause_path.as_ref(), input)?;
        self.fail_state(id, &Failure::new(&error.unwrap_or_default(), &cause.unwrap_or_default()));
        Ok(())
    }

    /// A text that is given or computed, or read from the input by a path or an intrinsic call.
    fn text(
        &mut self,
        id: BranchId,
        field: &str,
        given: Option<&Template>,
        path: Option<&String>,
        input: &Value,
    ) -> Result<Option<String>, DataError> {
        let Some(path) = path else {
            let Some(given) = given else { return Ok(None) };
            let text = self.render_as(id, given, Kind::String, field, input)?;
            return Ok(text.as_str().map(str::to_owned));
        };
        let field = format!("{field}Path");
        let expression = Expression::parse(path).map_err(|error| DataError::runtime(error.to_string()))?;
        let reads_context = expression.reads_context();
        let evaluate = |scope: &Scope<'_>| expression.evaluate(&field, scope);
        let found = self.scoped(id, reads_context, Sight::of(input), evaluate)?;
        found.as_str().map(|text| Some(text.to_owned())).ok_or_else(|| {
            DataError::runtime(format!(
                "The {field} parameter does not reference a string: {path} == {found}"
            ))
        })
    }

    /// The state is done: what its work gave becomes its output, and the branch goes on.
    pub(super) fn leave(
        &mut self,
        id: BranchId,
        work: Work,
        processing: &OutputProcessing<'_>,
        next: Option<&str>,
    ) -> Result<(), DataError> {
        let left = self.process_output(id, work, processing)?;
        self.exit(id, left, next)
    }

    /// The branch leaves the state with this output.
    pub(super) fn exit(&mut self, id: BranchId, left: Left, next: Option<&str>) -> Result<(), DataError> {
        let Left { output, assigned } = left;
        self.check_size(id, &output)?;
        let (_, event) = event_names(state_of(&self.machine, &self.branches, id));
        let mut details = Details::empty().with("name", Arc::clone(&self.branches[id].name));
        details = details.with("output", Arc::clone(&output));
        if !assigned.is_empty() {
            details = details.with("assignedVariables", Value::Object(assigned.clone()));
            Arc::make_mut(&mut self.branch_mut(id).variables).extend(assigned);
        }
        self.record(id, event, details);
        if self.probe.is_some() {
            self.leave_probe(id, output, next);
            return Ok(());
        }
        match next {
            Some(next) => self.go_on(id, next, output),
            None => self.end_branch(id, output),
        }
        Ok(())
    }

    fn end_branch(&mut self, id: BranchId, output: Arc<Value>) {
        let branch = self.branches.remove(id).expect("a branch ends once");
        if let Some((parent, index)) = branch.parent {
            return self.child_succeeded(parent, index, branch.previous, output);
        }
        let details = Details::empty().with("output", Arc::clone(&output));
        self.history.push(self.now, branch.previous, "ExecutionSucceeded", None, details);
        self.outcome = Some(Outcome::Succeeded { output });
    }
}

/// The state's type, as it stands in the document.
pub(crate) fn type_name(state: &State) -> &'static str {
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

/// The names of the events with which a state is entered and left.
fn event_names(state: &State) -> (&'static str, &'static str) {
    match state {
        State::Task(_) => ("TaskStateEntered", "TaskStateExited"),
        State::Map(_) => ("MapStateEntered", "MapStateExited"),
        State::Parallel(_) => ("ParallelStateEntered", "ParallelStateExited"),
        State::Choice(_) => ("ChoiceStateEntered", "ChoiceStateExited"),
        State::Pass(_) => ("PassStateEntered", "PassStateExited"),
        State::Wait(_) => ("WaitStateEntered", "WaitStateExited"),
        State::Succeed(_) => ("SucceedStateEntered", "SucceedStateExited"),
        State::Fail(_) => ("FailStateEntered", "FailStateExited"),
    }
}

/// Refuses a wait that AWS refuses: as recorded, it counts a wait's seconds in 32 bits, also those until a timestamp.
fn check_wait(wait: SignedDuration) -> Result<SignedDuration, DataError> {
    const LONGEST: SignedDuration = SignedDuration::from_secs(2_147_483_647);
    if wait <= LONGEST {
        return Ok(wait);
    }
    Err(DataError::runtime(format!(
        "The state would wait for {} seconds, and {} seconds (68 years) are the most. Have it wait for less.",
        wait.as_secs(),
        LONGEST.as_secs()
    )))
}
