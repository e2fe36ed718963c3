//! Tasks that start executions of other machines: `arn:aws:states:::states:startExecution`.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html>

use std::collections::{BTreeSet, HashMap, VecDeque};

use ackflow_asl::ErrorName;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::pool::{TaskKey, failed};
use crate::{
    Effect, ExecutionRow, HistoryEvent, NewExecution, Outcome, Signal, TaskCall, TaskError,
    execution::context,
    journal::{Awaited, Awaiting, NewChild, Stop},
};

/// When a task that starts an execution ends.
#[derive(Clone, Copy)]
enum Form {
    /// When the execution has started.
    RequestResponse,
    /// When the execution has ended: with its output as JSON, or as text.
    Sync { as_json: bool },
    /// When somebody answers with the task's token.
    WaitForTaskToken,
}

impl Form {
    fn of(resource: &str) -> Option<Self> {
        let (partition, form) = resource.split_once(":states:::states:startExecution")?;
        if !partition.starts_with("arn:aws") {
            return None;
        }
        match form {
            "" => Some(Self::RequestResponse),
            ".sync" => Some(Self::Sync { as_json: false }),
            ".sync:2" => Some(Self::Sync { as_json: true }),
            ".waitForTaskToken" => Some(Self::WaitForTaskToken),
            _ => None,
        }
    }
}

/// Whether a task starts an execution.
pub(super) fn starts_execution(call: &TaskCall) -> bool {
    Form::of(&call.resource).is_some()
}

/// The executions that tasks are to start, and those whose end they wait for.
#[derive(Default)]
pub(super) struct Nested {
    /// The calls that are to start one, each with the execution that it is of.
    queue: VecDeque<(i64, TaskCall)>,
    /// Which tasks wait for an execution's end.
    awaited: HashMap<i64, BTreeSet<Awaiting>>,
    /// The execution that a task waits for.
    child_of: HashMap<TaskKey, i64>,
    /// Those that have ended and whose tasks are to be told.
    ended: VecDeque<i64>,
}

impl Nested {
    /// Whether something is to be started or told.
    pub(super) fn has_work(&self) -> bool {
        !self.queue.is_empty() || !self.ended.is_empty()
    }

    /// Whether something is to be started for one of these tasks.
    pub(super) fn has_to_start(&self, tasks: &[Awaiting]) -> bool {
        let mut queued = self.queue.iter().map(|(parent, call)| (*parent, call.task));
        queued.any(|key| tasks.iter().any(|it| (it.parent, it.task) == key))
    }

    pub(super) fn queue(&mut self, parent: i64, call: TaskCall) {
        self.queue.push_back((parent, call));
    }

    pub(super) fn next_to_start(&mut self) -> Option<(i64, TaskCall)> {
        self.queue.pop_front()
    }

    /// Starts nothing for a task any more.
    pub(super) fn cancel(&mut self, (execution, task): TaskKey) {
        self.queue.retain(|(parent, call)| (*parent, call.task) != (execution, task));
    }

    /// The executions that are to be stopped, since the tasks that waited for them are cancelled.
    pub(super) fn stops(&self, parent: i64, effects: &[Effect]) -> impl Iterator<Item = Stop> {
        effects.iter().filter_map(move |effect| {
            let Effect::Cancel { task } = effect else { return None };
            self.child_of.get(&(parent, *task)).copied().map(Stop::of)
        })
    }

    /// The executions that are to be stopped, since the one whose tasks wait for them ends unread.
    pub(super) fn all_stops(&self, parent: i64) -> impl Iterator<Item = Stop> {
        let children = self.child_of.iter().filter(move |((execution, _), _)| *execution == parent);
        children.map(|(_, child)| Stop::of(*child))
    }

    /// Has a task wait for an execution's end.
    pub(super) fn await_end(&mut self, Awaited { child, awaiting, has_ended }: Awaited) {
        self.awaited.entry(child).or_default().insert(awaiting);
        self.child_of.insert((awaiting.parent, awaiting.task), child);
        if has_ended {
            self.ended.push_back(child);
        }
    }

    /// An execution has ended.
    pub(super) fn note_end(&mut self, execution: i64) {
        if self.awaited.contains_key(&execution) {
            self.ended.push_back(execution);
        }
    }

    pub(super) fn next_ended(&mut self) -> Option<i64> {
        self.ended.pop_front()
    }

    /// Which tasks wait for an execution's end.
    pub(super) fn awaiting(&self, child: i64) -> Vec<Awaiting> {
        self.awaited.get(&child).into_iter().flatten().copied().collect()
    }

    /// Forgets an execution whose tasks were told.
    pub(super) fn forget(&mut self, child: i64) {
        for Awaiting { parent, task, .. } in self.awaited.remove(&child).unwrap_or_default() {
            self.child_of.remove(&(parent, task));
        }
    }
}

/// The execution that a call asks for. `digests` says what the engine's machines are known by to the journal.
pub(super) fn new_child(
    digests: &HashMap<String, String>,
    parent: i64,
    call: &TaskCall,
    at: Timestamp,
) -> Result<NewChild, TaskError> {
    let arn = call.input["StateMachineArn"].as_str().ok_or_else(|| without_machine(call))?;
    let flow = machine_name(arn);
    let machine = digests.get(flow).ok_or_else(|| unknown_machine(arn, digests))?;
    let execution = NewExecution {
        machine: machine.clone(),
        flow: flow.to_owned(),
        name: name(call)?,
        input: input(&call.input["Input"]).to_string(),
        at,
        seed: rand::random(),
    };
    let awaiting = match Form::of(&call.resource) {
        Some(Form::Sync { as_json }) => Some(Awaiting { parent, task: call.task, as_json }),
        _ => None,
    };
    Ok(NewChild { execution, awaiting })
}

/// What to signal to the task of a call whose execution is there; `None` where another has its name.
pub(super) fn started(call: &TaskCall, child: Option<&ExecutionRow>) -> Signal {
    let task = call.task;
    let Some(child) = child else { return failed(task, name_taken(call)) };
    let output = json!({
        "ExecutionArn": context(&child.start)["Execution"]["Id"],
        "StartDate": child.start.at.as_millisecond(),
    });
    match Form::of(&call.resource) {
        Some(Form::Sync { .. } | Form::WaitForTaskToken) => Signal::TaskSubmitted { task, output },
        Some(Form::RequestResponse) | None => Signal::TaskSucceeded { task, output },
    }
}

/// What to signal to a task that waited for an execution: what `DescribeExecution` says of that. Its fields and the form
/// of its times are what AWS gives.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
pub(super) fn ended(
    Awaiting { task, as_json, .. }: Awaiting,
    child: &ExecutionRow,
    outcome: &Outcome,
    history: &[HistoryEvent],
) -> Signal {
    match outcome {
        Outcome::Succeeded { output } => {
            let written = |value: &Value| if as_json { value.clone() } else { value.to_string().into() };
            let status = child.status.name();
            let fields = [
                ("Input", written(&child.start.input)),
                ("Output", written(output)),
                ("OutputDetails", json!({ "Included": true })),
                ("RedriveStatus", "NOT_REDRIVABLE".into()),
                ("RedriveStatusReason", format!("Execution is {status} and cannot be redriven").into()),
            ];
            Signal::TaskSucceeded { task, output: description(child, history, fields) }
        }
        Outcome::Failed { error, cause } | Outcome::Aborted { error, cause } => {
            task_failed(task, child, history, error, cause)
        }
        Outcome::TimedOut => task_failed(task, child, history, ErrorName::TIMEOUT, ""),
    }
}

fn task_failed(
    task: u64,
    child: &ExecutionRow,
    history: &[HistoryEvent],
    error: &str,
    cause: &str,
) -> Signal {
    let input = child.start.input.to_string();
    let fields =
        [("Cause", cause), ("Error", error), ("Input", input.as_str()), ("RedriveStatus", "REDRIVABLE")];
    let said = fields.into_iter().filter(|(_, text)| !text.is_empty());
    let cause = description(child, history, said.map(|(field, text)| (field, text.into()))).to_string();
    failed(task, TaskError { error: ErrorName::TASK_FAILED.to_owned(), cause })
}

/// What is said of any execution that has ended, and more; in the order of the fields' names, as AWS has it.
fn description(
    child: &ExecutionRow,
    history: &[HistoryEvent],
    more: impl IntoIterator<Item = (&'static str, Value)>,
) -> Value {
    let context = context(&child.start);
    let redrives = history.iter().filter(|event| event.event_type == "ExecutionRedriven").count();
    let fields = [
        ("ExecutionArn", context["Execution"]["Id"].clone()),
        ("InputDetails", json!({ "Included": true })),
        ("Name", child.start.name.as_str().into()),
        ("RedriveCount", redrives.into()),
        ("StartDate", child.start.at.as_millisecond().into()),
        ("StateMachineArn", context["StateMachine"]["Id"].clone()),
        ("Status", child.status.name().into()),
        ("StopDate", child.ended_at.map(Timestamp::as_millisecond).into()),
    ];
    let mut fields: Vec<_> = fields.into_iter().chain(more).collect();
    fields.sort_by_key(|(field, _)| *field);
    Value::Object(fields.into_iter().map(|(field, value)| (field.to_owned(), value)).collect())
}

/// The name in a machine's ARN, which may name a version or an alias too; or what was given is the name.
fn machine_name(arn: &str) -> &str {
    let name = arn.split_once(":stateMachine:").map_or(arn, |(_, name)| name);
    name.split_once(':').map_or(name, |(name, _)| name)
}

/// The name that is given, or else one that follows from the task's token: a task that is run again after a crash means
/// the same execution.
fn name(call: &TaskCall) -> Result<String, TaskError> {
    match &call.input["Name"] {
        Value::Null => Ok(hex::encode(&Sha256::digest(&call.token)[..16])),
        Value::String(name) if is_name(name) => Ok(name.clone()),
        other => Err(TaskError {
            error: "StepFunctions.InvalidNameException".to_owned(),
            cause: format!(
                "Invalid Name: {other}. It has to be a text of 1 to 80 characters, without white space and \
                 any of {BARRED}"
            ),
        }),
    }
}

/// What the name of an execution may not hold.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
const BARRED: &str = "<>{}[]?*\"#%\\^|~`$&,;:/";

fn is_name(name: &str) -> bool {
    let is_barred = |it: char| it.is_whitespace() || it.is_control() || BARRED.contains(it);
    (1..=80).contains(&name.chars().count()) && !name.contains(is_barred)
}

/// The input that is given: nothing is `{}`, and a text that is JSON is what it says.
fn input(given: &Value) -> Value {
    match given {
        Value::Null => json!({}),
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| given.clone()),
        other => other.clone(),
    }
}

fn without_machine(call: &TaskCall) -> TaskError {
    let cause = format!(
        "The Parameters '{}' could not be used to start the Task: \
         [The field 'StateMachineArn' is required and has to be a text]",
        call.input
    );
    TaskError { error: ErrorName::RUNTIME.to_owned(), cause }
}

fn unknown_machine(arn: &str, digests: &HashMap<String, String>) -> TaskError {
    let mut known: Vec<_> = digests.keys().map(String::as_str).collect();
    known.sort_unstable();
    TaskError {
        error: "StepFunctions.StateMachineDoesNotExistException".to_owned(),
        cause: format!("State Machine Does Not Exist: '{arn}'. There are: {}", known.join(", ")),
    }
}

fn name_taken(call: &TaskCall) -> TaskError {
    TaskError {
        error: "StepFunctions.ExecutionAlreadyExistsException".to_owned(),
        cause: format!(
            "Execution Already Exists: {} of {}, with another input. \
             Give each execution a Name of its own, or none",
            call.input["Name"], call.input["StateMachineArn"]
        ),
    }
}
