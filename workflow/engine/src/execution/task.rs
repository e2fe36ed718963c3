//! Task states: a task is scheduled, and then gives its result, fails or takes too long.

use std::{ops::RangeInclusive, sync::Arc};

use ackflow_asl::{DataError, ErrorName, Kind, Path, State, Task, Template};
use serde_json::{Value, json};

use super::{
    Effect, Execution, TaskCall,
    branch::{Activity, BranchId, state_of},
    context_object::LOCAL_REGION,
    data::{MAX_SECONDS, OutputProcessing, Place, Sight, Work, exceeds_limit},
    failure::Failure,
    pending::{Errand, Pending},
};
use crate::Details;

impl Execution {
    pub(super) fn schedule(&mut self, id: BranchId, task: &Task, input: Arc<Value>) -> Result<(), DataError> {
        let seen = self.see(id, &task.input_path, input)?;
        let (timeout, heartbeat) = self.timeouts(id, task, &seen)?;
        let credentials = match &task.credentials {
            Some(credentials) => Some(self.credentials(id, credentials, &seen)?),
            None => None,
        };
        let (parameters, arguments) = (task.parameters.as_ref(), task.arguments.as_ref());
        let given = self.arguments(id, parameters, arguments, "Arguments", &seen)?;
        let input = given.map_or(seen, Arc::new);
        self.inspect_arguments(id, &input);
        self.check_size(id, &input)?;
        check_format(&task.resource, &input)?;
        let call = self.call(id, &task.resource, Value::clone(&input));
        let kind = TaskKind::of(&task.resource);
        let mut scheduled = kind.scheduled(input, timeout, heartbeat);
        if let Some(credentials) = credentials {
            scheduled = scheduled.with("taskCredentials", task_credentials(credentials));
        }
        self.record(id, kind.events().scheduled, scheduled);
        // An activity's task starts when a worker asks for it.
        if !call.is_activity() {
            self.record(id, kind.events().started, kind.details());
        }
        let heartbeat = heartbeat.filter(|_| call.awaits_answer());
        self.run(id, call, Errand::Work, timeout, heartbeat);
        Ok(())
    }

    /// After how many seconds the task, and a heartbeat of it, is overdue.
    fn timeouts(
        &mut self,
        id: BranchId,
        task: &Task,
        seen: &Value,
    ) -> Result<(Option<u64>, Option<u64>), DataError> {
        let (given, path) = (task.timeout_seconds.as_ref(), task.timeout_seconds_path.as_ref());
        let timeout = self.seconds(id, "TimeoutSeconds", given, path, seen)?;
        let (given, path) = (task.heartbeat_seconds.as_ref(), task.heartbeat_seconds_path.as_ref());
        let heartbeat = self.seconds(id, "HeartbeatSeconds", given, path, seen)?;
        if let (Some(timeout), Some(heartbeat)) = (timeout, heartbeat)
            && heartbeat >= timeout
        {
            return Err(DataError::runtime(format!(
                "The heartbeat's {heartbeat} seconds must be less than the timeout's {timeout} seconds."
            )));
        }
        Ok((timeout, heartbeat))
    }

    /// Seconds that are given or computed, or read from the input.
    fn seconds(
        &mut self,
        id: BranchId,
        field: &str,
        given: Option<&Template>,
        path: Option<&Path>,
        input: &Value,
    ) -> Result<Option<u64>, DataError> {
        const RANGE: RangeInclusive<u64> = 1..=MAX_SECONDS;
        match (path, given) {
            (Some(path), _) => {
                let found = self.find(id, path, input)?;
                let seconds = found.as_u64().filter(|seconds| RANGE.contains(seconds));
                seconds.map(Some).ok_or_else(|| {
                    DataError::runtime(format!(
                        "The {field}Path parameter must reference a whole number from 1 to {MAX_SECONDS}: \
                         {path} == {found}"
                    ))
                })
            }
            (None, Some(given)) => self.whole_number(id, given, field, &RANGE, input).map(Some),
            (None, None) => Ok(None),
        }
    }

    fn credentials(
        &mut self,
        id: BranchId,
        credentials: &Template,
        seen: &Value,
    ) -> Result<Value, DataError> {
        let given = self.render(id, credentials, "Credentials", Sight::of(seen))?;
        if let Some(source) = credentials.as_json().get("RoleArn") {
            self.check_type(id, source, "Credentials/RoleArn", Kind::String, &given["RoleArn"])?;
        }
        Ok(given)
    }

    /// The call of the task that the next event schedules.
    pub(super) fn call(&mut self, id: BranchId, resource: &str, input: Value) -> TaskCall {
        let number = self.next_task(id);
        let state = self.branches[id].state.to_string();
        TaskCall { task: number, state, resource: resource.to_owned(), token: self.token(number), input }
    }

    /// The number of the branch's next task: that of the event that schedules it.
    pub(super) fn next_task(&self, id: BranchId) -> u64 {
        /// More than an execution has events.
        const QUIET: u64 = 1 << 32;
        if self.branches[id].is_quiet { QUIET + self.quiet_tasks } else { self.history.next_id() }
    }

    /// Has a task run.
    pub(super) fn run(
        &mut self,
        id: BranchId,
        call: TaskCall,
        errand: Errand,
        timeout: Option<u64>,
        heartbeat: Option<u64>,
    ) {
        if self.branches[id].is_quiet {
            self.quiet_tasks += 1;
        }
        let deadline = timeout.and_then(|seconds| self.after(i64::try_from(seconds).unwrap_or(i64::MAX)));
        let call_of_effect = call.clone();
        self.tasks.insert(call.task, id);
        self.branch_mut(id).activity =
            Activity::Task(Pending { call, errand, due: None, deadline, heartbeat, is_submitted: false });
        self.await_heartbeat(id);
        self.effects.push(Effect::Run(call_of_effect));
    }

    /// Sets the timer of the branch's task anew: the next heartbeat may take as long as any. That of an activity counts from
    /// when a worker has taken its task.
    fn await_heartbeat(&mut self, id: BranchId) {
        self.clear_timer(id);
        let Activity::Task(pending) = &self.branches[id].activity else { return };
        let heartbeat = pending.heartbeat.filter(|_| pending.is_submitted || !pending.call.is_activity());
        let beat = heartbeat.and_then(|seconds| self.after(i64::try_from(seconds).unwrap_or(i64::MAX)));
        let due = pending.deadline.into_iter().chain(beat).min();
        if let Some(due) = due {
            self.set_timer(id, due);
        }
        if let Activity::Task(pending) = &mut self.branch_mut(id).activity {
            pending.due = due;
        }
    }

    /// What one attempt of a task is known by, inside and outside.
    pub(super) fn token(&self, number: u64) -> String {
        format!("{}:{number}", self.token_prefix)
    }

    /// A task's token is handed out. `None` when the task has ended, or was submitted before.
    pub(super) fn task_submitted(&mut self, task: u64, output: &Value) -> Option<()> {
        let id = self.submit(task)?;
        let kind = self.task_kind(id);
        self.record(id, kind.events().submitted, kind.details().with("output", output.clone()));
        Some(())
    }

    /// A worker has taken an activity's task. `None` when it has ended, or was taken before.
    pub(super) fn task_started(&mut self, task: u64, worker: Option<&str>) -> Option<()> {
        let id = self.submit(task)?;
        self.activity_started(id, worker);
        self.await_heartbeat(id);
        Some(())
    }

    fn activity_started(&mut self, id: BranchId, worker: Option<&str>) {
        let mut details = Details::empty();
        if let Some(worker) = worker {
            details = details.with("workerName", json!(worker));
        }
        self.record(id, "ActivityStarted", details);
    }

    fn submit(&mut self, task: u64) -> Option<BranchId> {
        let id = *self.tasks.get(&task)?;
        match &mut self.branch_mut(id).activity {
            Activity::Task(Pending { is_submitted: is_submitted @ false, .. }) => *is_submitted = true,
            _ => return None,
        }
        Some(id)
    }

    /// Whoever works on a task still does.
    pub(super) fn heartbeat(&mut self, task: u64) -> Option<()> {
        let id = *self.tasks.get(&task)?;
        self.await_heartbeat(id);
        Some(())
    }

    /// A branch's task gave its result.
    pub(super) fn task_succeeded(&mut self, id: BranchId, result: Value) {
        let done = match self.errand(id) {
            Errand::Work => self.work_done(id, Arc::new(result)),
            Errand::ReadItems => self.items_read(id, &result),
            Errand::WriteResults => self.results_written(id),
        };
        if let Err(error) = done {
            self.fail_on_data(id, &error);
        }
    }

    fn work_done(&mut self, id: BranchId, result: Arc<Value>) -> Result<(), DataError> {
        let machine = Arc::clone(&self.machine);
        let State::Task(task) = state_of(&machine, &self.branches, id) else {
            unreachable!("only Task states work for a result");
        };
        self.inspect(|data| data.result = Some(result.to_string()));
        let kind = TaskKind::of(&task.resource);
        if let Err(failure) = exceeds_limit(kind.name(), &result) {
            self.task_failed(id, failure.error, &failure.cause);
            return Ok(());
        }
        self.record(id, kind.events().succeeded, kind.details().with("output", Arc::clone(&result)));
        let processing = OutputProcessing {
            selector: task.result_selector.as_ref(),
            result_path: &task.result_path,
            output_path: &task.output_path,
            output: task.output.as_ref(),
            assign: task.assign.as_ref(),
            place: Place::State,
        };
        self.leave(id, Work::Result(result), &processing, task.next.as_deref())
    }

    fn errand(&self, id: BranchId) -> Errand {
        match &self.branches[id].activity {
            Activity::Task(pending) => pending.errand,
            _ => unreachable!("a task that has ended was waited for"),
        }
    }

    /// A branch's task failed.
    pub(super) fn task_failed(&mut self, id: BranchId, error: &str, cause: &str) {
        match self.errand(id) {
            Errand::Work => {}
            Errand::ReadItems => {
                return self.fail_map_run(id, &Failure::new(ErrorName::ITEM_READER_FAILED, cause));
            }
            Errand::WriteResults => {
                return self.fail_map_run(id, &Failure::new(ErrorName::RESULT_WRITER_FAILED, cause));
            }
        }
        let kind = self.task_kind(id);
        let failure = Failure::of_task(error, cause);
        self.record(id, kind.events().failed, kind.add_to(failure.details()));
        self.fail_state(id, &failure);
    }

    /// A branch's task took too long, or a heartbeat did.
    pub(super) fn task_timed_out(&mut self, id: BranchId) {
        let is_heartbeat = match &self.branches[id].activity {
            Activity::Task(pending) => pending.deadline.is_none_or(|deadline| self.now < deadline),
            _ => false,
        };
        let kind = self.task_kind(id);
        let details = kind.details().with("error", Value::from(ErrorName::TIMEOUT));
        self.record(id, kind.events().timed_out, details);
        let failure = Failure::of_task(ErrorName::TIMEOUT, "");
        self.fail_state(id, &if is_heartbeat { failure.of_heartbeat() } else { failure });
    }

    fn task_kind(&self, id: BranchId) -> TaskKind {
        let call = self.branches[id].task_call().expect("the branch has run a task");
        TaskKind::of(&call.resource)
    }
}

/// The flow, the execution and the number of the task that a token is of; `None` for what was never a token.
pub(crate) fn task_of_token(token: &str) -> Option<(&str, &str, u64)> {
    let (execution, task) = token.rsplit_once(':')?;
    let (flow, name) = execution.split_once(':')?;
    Some((flow, name, task.parse().ok()?))
}

/// The integration of a resource in any partition of AWS: `lambda:invoke` of `arn:aws:states:::lambda:invoke`.
fn integration(resource: &str) -> Option<&str> {
    let (partition, integration) = resource.strip_prefix("arn:")?.split_once(":states:::")?;
    partition.starts_with("aws").then_some(integration)
}

/// Whose events tell of a task.
enum TaskKind {
    /// A Lambda function, or an activity, named by its ARN: they have events of their own.
    Own { events: &'static EventNames, resource: String },
    /// Any other integration.
    Service { service: String, action: String },
}

impl TaskKind {
    fn of(resource: &str) -> Self {
        if let Some(integration) = integration(resource) {
            // `aws-sdk:s3:getObject` is the action getObject of aws-sdk:s3, `states:startExecution.sync:2`
            // the action startExecution.sync:2 of states.
            let from = if integration.starts_with("aws-sdk:") { "aws-sdk:".len() } else { 0 };
            let colon = integration[from..].find(':').map_or(integration.len(), |at| from + at);
            let action = integration.get(colon + 1..).unwrap_or_default();
            return Self::Service { service: integration[..colon].to_owned(), action: action.to_owned() };
        }
        let events = if resource.contains(":activity:") { &ACTIVITY_EVENTS } else { &LAMBDA_EVENTS };
        Self::Own { events, resource: resource.to_owned() }
    }

    /// What AWS calls it in the cause of an error.
    fn name(&self) -> &str {
        match self {
            Self::Own { resource, .. } => resource,
            Self::Service { service, .. } => service,
        }
    }

    fn events(&self) -> &'static EventNames {
        match self {
            Self::Own { events, .. } => events,
            Self::Service { .. } => &TASK_EVENTS,
        }
    }

    /// What each of its events tells.
    fn details(&self) -> Details {
        self.add_to(Details::default())
    }

    fn add_to(&self, details: Details) -> Details {
        match self {
            Self::Own { .. } => details,
            Self::Service { service, action } => {
                details.with("resourceType", json!(service)).with("resource", json!(action))
            }
        }
    }

    fn scheduled(&self, input: Arc<Value>, timeout: Option<u64>, heartbeat: Option<u64>) -> Details {
        let mut details = match self {
            Self::Own { resource, .. } => {
                Details::empty().with("resource", json!(resource)).with("input", input)
            }
            Self::Service { .. } => {
                self.details().with("region", json!(LOCAL_REGION)).with("parameters", input)
            }
        };
        if let Some(seconds) = timeout {
            details = details.with("timeoutInSeconds", json!(seconds));
        }
        if let Some(seconds) = heartbeat {
            details = details.with("heartbeatInSeconds", json!(seconds));
        }
        details
    }
}

/// The names of the events that tell of a task.
struct EventNames {
    scheduled: &'static str,
    started: &'static str,
    submitted: &'static str,
    succeeded: &'static str,
    failed: &'static str,
    timed_out: &'static str,
}

macro_rules! event_names {
    ($prefix:literal) => {
        EventNames {
            scheduled: concat!($prefix, "Scheduled"),
            started: concat!($prefix, "Started"),
            submitted: concat!($prefix, "Submitted"),
            succeeded: concat!($prefix, "Succeeded"),
            failed: concat!($prefix, "Failed"),
            timed_out: concat!($prefix, "TimedOut"),
        }
    };
}

static TASK_EVENTS: EventNames = event_names!("Task");
static LAMBDA_EVENTS: EventNames = event_names!("LambdaFunction");
static ACTIVITY_EVENTS: EventNames = event_names!("Activity");

/// The fields of integrations that map names to lists of texts.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html>
const LISTS_OF_TEXTS: [(&str, &str); 2] =
    [(":apigateway:invoke", "Headers"), (":apigateway:invoke", "QueryParameters")];

/// What the resources of the integration with AWS Lambda have in them.
const LAMBDA_INVOKE: &str = ":states:::lambda:invoke";

/// Refuses what AWS refuses to start an integration with.
fn check_format(resource: &str, input: &Value) -> Result<(), DataError> {
    let is_list = |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
    let is_invalid = |field: &str| match &input[field] {
        Value::Null => false,
        Value::Object(fields) => !fields.values().all(is_list),
        _ => true,
    };
    let mut fields = LISTS_OF_TEXTS.iter().filter(|(of, _)| resource.contains(of));
    let payload = &input["Payload"];
    let problem = if let Some((_, field)) = fields.find(|(_, field)| is_invalid(field)) {
        format!("The value of the field '{field}' has an invalid format")
    } else if resource.contains(LAMBDA_INVOKE) && (payload.is_number() || payload.is_boolean()) {
        "The value for the field 'Payload' must be a STRING".to_owned()
    } else {
        return Ok(());
    };
    let cause = format!("The Parameters '{input}' could not be used to start the Task: [{problem}]");
    Err(DataError::runtime(cause))
}

/// Credentials as an event shows them: its field names begin with a small letter.
fn task_credentials(credentials: Value) -> Value {
    match credentials {
        Value::Object(mut fields) => json!({ "roleArn": fields.remove("RoleArn") }),
        other => other,
    }
}
