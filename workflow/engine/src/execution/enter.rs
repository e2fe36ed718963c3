//! What each type of state does when a branch enters it, and how a branch leaves it.

use std::sync::Arc;

use ackflow_asl::{Choice, DataError, ErrorName, Fail, Pass, State, Succeed, Task, Template, Wait};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Effect, Execution, Outcome, TaskCall,
    branch::{Activity, BranchId, state_of},
    data::OutputProcessing,
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
            self.fail_state(id, &failure.error, &failure.cause);
        }
    }

    fn schedule(&mut self, id: BranchId, task: &Task, input: Value) -> Result<(), DataError> {
        let seen = self.select(id, &task.input_path, input)?;
        let timeout = match &task.timeout_seconds_path {
            Some(path) => Some(whole_seconds(&self.find(id, path, &seen)?, path)?),
            None => task.timeout_seconds,
        };
        let input = match &task.parameters {
            Some(parameters) => self.render(id, parameters, &seen)?,
            None => seen,
        };
        self.check_size(id, &input)?;
        let number = self.history.next_id();
        let call = TaskCall {
            task: number,
            state: self.branches[&id].state.clone(),
            resource: task.resource.clone(),
            token: format!("{}:{}:{number}", self.start.flow, self.start.name),
            input,
        };
        let kind = TaskKind::of(&task.resource);
        self.record(id, kind.event("Scheduled"), kind.scheduled(&call, timeout));
        self.record(id, kind.event("Started"), kind.details());
        let due = timeout.and_then(|seconds| self.after(i64::try_from(seconds).unwrap_or(i64::MAX)));
        if let Some(due) = due {
            self.set_timer(id, due);
        }
        self.tasks.insert(number, id);
        self.branch_mut(id).activity = Activity::Task { call: call.clone(), due };
        self.effects.push(Effect::Run(call));
        Ok(())
    }

    /// A branch's task gave its result.
    pub(super) fn task_succeeded(&mut self, id: BranchId, result: Value) {
        let machine = Arc::clone(&self.machine);
        let State::Task(task) = state_of(&machine, &self.branches, id) else {
            unreachable!("only Task states run tasks");
        };
        let kind = TaskKind::of(&task.resource);
        self.record(id, kind.event("Succeeded"), with(kind.details(), "output", &result));
        let processing = OutputProcessing {
            selector: task.result_selector.as_ref(),
            result_path: &task.result_path,
            output_path: &task.output_path,
        };
        let sized = self.check_size(id, &result);
        let left = sized.and_then(|()| self.leave(id, result, &processing, task.next.as_deref()));
        if let Err(failure) = left {
            self.fail_state(id, &failure.error, &failure.cause);
        }
    }

    /// A branch's task failed.
    pub(super) fn task_failed(&mut self, id: BranchId, error: &str, cause: &str) {
        let kind = self.task_kind(id);
        let details = with(with(kind.details(), "error", &json!(error)), "cause", &json!(cause));
        self.record(id, kind.event("Failed"), details);
        self.fail_state(id, error, cause);
    }

    /// A branch's task took too long.
    pub(super) fn task_timed_out(&mut self, id: BranchId) {
        let kind = self.task_kind(id);
        self.record(id, kind.event("TimedOut"), with(kind.details(), "error", &json!(ErrorName::TIMEOUT)));
        self.fail_state(id, ErrorName::TIMEOUT, "");
    }

    fn task_kind(&self, id: BranchId) -> TaskKind {
        let call = self.branches[&id].task_call().expect("the branch has run a task");
        TaskKind::of(&call.resource)
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
        let due = if let Some(path) = &wait.seconds_path {
            let seconds = whole_seconds(&self.find(id, path, &seen)?, path)?;
            self.after(i64::try_from(seconds).unwrap_or(i64::MAX))
        } else if let Some(path) = &wait.timestamp_path {
            let found = self.find(id, path, &seen)?;
            found.as_str().and_then(|text| text.parse().ok())
        } else if let Some(timestamp) = &wait.timestamp {
            timestamp.parse().ok()
        } else {
            self.after(i64::try_from(wait.seconds.unwrap_or(0)).unwrap_or(i64::MAX))
        };
        let Some(due): Option<Timestamp> = due else {
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
            self.fail_state(id, &failure.error, &failure.cause);
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
        self.fail_state(id, &error, &cause);
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
        let template = Template::try_from(json!({ "text.$": path })).expect("validated with the document");
        let rendered = self.render(id, &template, input)?;
        rendered["text"].as_str().map(str::to_owned).ok_or_else(|| DataError {
            error: ErrorName::RUNTIME,
            cause: format!("The path '{path}' of a Fail state must give a string."),
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
            return self.child_succeeded(parent, index, branch.previous, output);
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

/// Seconds that a path found.
fn whole_seconds(found: &Value, path: &ackflow_asl::Path) -> Result<u64, DataError> {
    found.as_u64().ok_or_else(|| DataError {
        error: ErrorName::RUNTIME,
        cause: format!("The path '{path}' must give a whole number of seconds, not {found}."),
    })
}

/// Whose events tell of a task: a Lambda function's own, or those of every other integration.
enum TaskKind {
    Lambda { resource: String },
    Service { service: String, action: String },
}

impl TaskKind {
    fn of(resource: &str) -> Self {
        match resource.strip_prefix("arn:aws:states:::").and_then(|rest| rest.split_once(':')) {
            Some((service, action)) => {
                Self::Service { service: service.to_owned(), action: action.to_owned() }
            }
            None => Self::Lambda { resource: resource.to_owned() },
        }
    }

    fn event(&self, what: &str) -> String {
        match self {
            Self::Lambda { .. } => format!("LambdaFunction{what}"),
            Self::Service { .. } => format!("Task{what}"),
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::Lambda { .. } => json!({}),
            Self::Service { service, action } => json!({ "resourceType": service, "resource": action }),
        }
    }

    fn scheduled(&self, call: &TaskCall, timeout: Option<u64>) -> Value {
        let details = match self {
            Self::Lambda { resource } => json!({ "resource": resource, "input": call.input }),
            Self::Service { .. } => with(self.details(), "parameters", &call.input),
        };
        match timeout {
            Some(seconds) => with(details, "timeoutInSeconds", &json!(seconds)),
            None => details,
        }
    }
}

/// Details with one more field.
fn with(mut details: Value, field: &str, value: &Value) -> Value {
    details[field] = value.clone();
    details
}
