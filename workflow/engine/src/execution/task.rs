//! Task states: a task is scheduled, and then gives its result, fails or takes too long.

use std::sync::Arc;

use ackflow_asl::{DataError, ErrorName, State, Task};
use serde_json::{Value, json};

use super::{
    Effect, Execution, TaskCall,
    branch::{Activity, BranchId, state_of},
    data::{LOCAL_REGION, OutputProcessing, exceeds_limit},
    failure::Failure,
};

impl Execution {
    pub(super) fn schedule(&mut self, id: BranchId, task: &Task, input: Value) -> Result<(), DataError> {
        let seen = self.select(id, &task.input_path, input)?;
        let timeout = self.seconds(id, task.timeout_seconds, task.timeout_seconds_path.as_ref(), &seen)?;
        let heartbeat =
            self.seconds(id, task.heartbeat_seconds, task.heartbeat_seconds_path.as_ref(), &seen)?;
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
            token: self.token(number),
            input,
        };
        let kind = TaskKind::of(&task.resource);
        self.record(id, kind.event("Scheduled"), kind.scheduled(&call, timeout, heartbeat));
        self.record(id, kind.event("Started"), kind.details());
        // Only what waits for an answer from outside sends heartbeats; none can arrive here yet.
        let heartbeat = heartbeat.filter(|_| kind.sends_heartbeats());
        let patience = timeout.into_iter().chain(heartbeat).min();
        let due = patience.and_then(|seconds| self.after(i64::try_from(seconds).unwrap_or(i64::MAX)));
        if let Some(due) = due {
            self.set_timer(id, due);
        }
        self.tasks.insert(number, id);
        self.branch_mut(id).activity = Activity::Task { call: call.clone(), due, is_submitted: false };
        self.effects.push(Effect::Run(call));
        Ok(())
    }

    /// What one attempt of a task is known by, inside and outside.
    pub(super) fn token(&self, number: u64) -> String {
        format!("{}:{number}", self.token_prefix)
    }

    /// A task's token is handed out. `None` when the task has ended, or was submitted before.
    pub(super) fn task_submitted(&mut self, task: u64, output: &Value) -> Option<()> {
        let id = *self.tasks.get(&task)?;
        let Activity::Task { is_submitted: is_submitted @ false, .. } = &mut self.branch_mut(id).activity
        else {
            return None;
        };
        *is_submitted = true;
        let kind = self.task_kind(id);
        self.record(id, kind.event("Submitted"), with(kind.details(), "output", output));
        Some(())
    }

    /// A branch's task gave its result.
    pub(super) fn task_succeeded(&mut self, id: BranchId, result: Value) {
        let machine = Arc::clone(&self.machine);
        let State::Task(task) = state_of(&machine, &self.branches, id) else {
            unreachable!("only Task states run tasks");
        };
        let kind = TaskKind::of(&task.resource);
        if let Err(failure) = exceeds_limit(kind.name(), &result) {
            return self.task_failed(id, failure.error, &failure.cause);
        }
        self.record(id, kind.event("Succeeded"), with(kind.details(), "output", &result));
        let processing = OutputProcessing {
            selector: task.result_selector.as_ref(),
            result_path: &task.result_path,
            output_path: &task.output_path,
        };
        if let Err(failure) = self.leave(id, result, &processing, task.next.as_deref()) {
            self.fail_state(id, &failure.into());
        }
    }

    /// A branch's task failed.
    pub(super) fn task_failed(&mut self, id: BranchId, error: &str, cause: &str) {
        let kind = self.task_kind(id);
        let mut details = with(kind.details(), "error", &json!(error));
        details["cause"] = json!(cause);
        self.record(id, kind.event("Failed"), details);
        self.fail_state(id, &Failure::of_task(error, cause));
    }

    /// A branch's task took too long.
    pub(super) fn task_timed_out(&mut self, id: BranchId) {
        let kind = self.task_kind(id);
        self.record(id, kind.event("TimedOut"), with(kind.details(), "error", &json!(ErrorName::TIMEOUT)));
        self.fail_state(id, &Failure::of_task(ErrorName::TIMEOUT, ""));
    }

    fn task_kind(&self, id: BranchId) -> TaskKind {
        let call = self.branches[&id].task_call().expect("the branch has run a task");
        TaskKind::of(&call.resource)
    }
}

/// The flow, the execution and the number of the task that a token is of; `None` for what was never a token.
pub(crate) fn task_of_token(token: &str) -> Option<(&str, &str, u64)> {
    let (execution, task) = token.rsplit_once(':')?;
    let (flow, name) = execution.split_once(':')?;
    Some((flow, name, task.parse().ok()?))
}

/// Whose events tell of a task.
enum TaskKind {
    /// A Lambda function, or an activity, named by its ARN: they have events of their own.
    Own { prefix: &'static str, resource: String },
    /// Any other integration.
    Service { service: String, action: String },
}

impl TaskKind {
    fn of(resource: &str) -> Self {
        if let Some(integration) = resource.strip_prefix("arn:aws:states:::") {
            // `aws-sdk:s3:getObject` is the action getObject of aws-sdk:s3, `states:startExecution.sync:2`
            // the action startExecution.sync:2 of states.
            let from = if integration.starts_with("aws-sdk:") { "aws-sdk:".len() } else { 0 };
            let colon = integration[from..].find(':').map_or(integration.len(), |at| from + at);
            let action = integration.get(colon + 1..).unwrap_or_default();
            return Self::Service { service: integration[..colon].to_owned(), action: action.to_owned() };
        }
        let prefix = if resource.contains(":activity:") { "Activity" } else { "LambdaFunction" };
        Self::Own { prefix, resource: resource.to_owned() }
    }

    /// What AWS calls it in the cause of an error.
    fn name(&self) -> &str {
        match self {
            Self::Own { resource, .. } => resource,
            Self::Service { service, .. } => service,
        }
    }

    fn sends_heartbeats(&self) -> bool {
        match self {
            Self::Own { prefix, .. } => *prefix == "Activity",
            Self::Service { action, .. } => action.ends_with(".waitForTaskToken"),
        }
    }

    fn event(&self, what: &str) -> String {
        match self {
            Self::Own { prefix, .. } => format!("{prefix}{what}"),
            Self::Service { .. } => format!("Task{what}"),
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::Own { .. } => Value::Null,
            Self::Service { service, action } => json!({ "resourceType": service, "resource": action }),
        }
    }

    fn scheduled(&self, call: &TaskCall, timeout: Option<u64>, heartbeat: Option<u64>) -> Value {
        let mut details = match self {
            Self::Own { resource, .. } => json!({ "resource": resource, "input": call.input }),
            Self::Service { .. } => {
                let details = with(self.details(), "region", &json!(LOCAL_REGION));
                with(details, "parameters", &call.input)
            }
        };
        if let Some(seconds) = timeout {
            details["timeoutInSeconds"] = json!(seconds);
        }
        if let Some(seconds) = heartbeat {
            details["heartbeatInSeconds"] = json!(seconds);
        }
        details
    }
}

/// Details with one more field.
fn with(mut details: Value, field: &str, value: &Value) -> Value {
    details[field] = value.clone();
    details
}
