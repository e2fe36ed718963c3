//! The context object: what states see of the execution that they are in.
//!
//! Source: "The Context Object" of the specification, and
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>

use ackflow_asl::{Seed, State, map_run::Item, uuid};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Execution, Start, WorkflowType,
    branch::{Activity, BranchId, FanOut, FanOutKind, state_of},
};

/// The region of what runs here, where AWS would have one.
pub(super) const LOCAL_REGION: &str = "local";

/// The role of what runs here, where AWS would have one.
pub(super) const LOCAL_ROLE: &str = "arn:aws:iam::000000000000:role/local";

impl Execution {
    /// Has the context object tell of the branch's state, and of the item of a Map.
    pub(super) fn update_context(&mut self, id: BranchId, item: Option<Value>) {
        if let Some(input) = self.unread_input.take() {
            self.context["Execution"]["Input"] = Value::clone(&input);
        }
        let branch = &self.branches[id];
        let state = state_of(&self.machine, &self.branches, id);
        let mut about = json!({ "EnteredTime": millis(branch.entered_at), "Name": branch.state });
        if matches!(state, State::Task(_) | State::Map(_) | State::Parallel(_)) {
            about["RetryCount"] = json!(branch.retries.iter().sum::<u64>());
        }
        let token = match state {
            // What a Task's parameters are filled in for is the event that comes next.
            State::Task(task) if task.resource.ends_with(".waitForTaskToken") => {
                Some(self.token(self.next_task(id)))
            }
            _ => None,
        };
        let child = if branch.is_quiet { self.child_context(id) } else { None };
        if child.is_some() && self.own_context.is_none() {
            self.own_context = Some(self.context.clone());
        }
        let execution = if child.is_some() { child } else { self.own_context.take() };
        let Value::Object(context) = &mut self.context else { unreachable!("the context is an object") };
        if let Some(Value::Object(execution)) = execution {
            context.extend(execution);
        }
        context.insert("State".to_owned(), about);
        match item {
            Some(item) => context.insert("Map".to_owned(), json!({ "Item": item })),
            None => context.shift_remove("Map"),
        };
        match token {
            Some(token) => context.insert("Task".to_owned(), json!({ "Token": token })),
            None => context.shift_remove("Task"),
        };
        if let Some(probe) = &self.probe {
            probe.set_context(context);
        }
    }

    /// The ARN of the state machine.
    pub(super) fn machine_arn(&self) -> String {
        let (flow, _) = self.token_prefix.split_once(':').unwrap_or_default();
        arn(&format!("stateMachine:{flow}"))
    }

    /// The item of the innermost Map around the branch.
    pub(super) fn map_item(&self, id: BranchId) -> Option<Value> {
        let (parent, index) = self.branches[id].parent?;
        match &self.branches[parent].activity {
            Activity::FanOut(FanOut { kind: FanOutKind::Map, items, .. }) => {
                Some(inline_item(index, &items[index]))
            }
            // A child execution has a context of its own.
            Activity::FanOut(FanOut { kind: FanOutKind::MapRun(_), .. }) => None,
            _ => self.map_item(parent),
        }
    }
}

/// The context object, but for what changes with each state, and for the execution's input, which is `null`. It is
/// kept: a copy of it for each path would be dear.
pub(crate) fn context(start: &Start) -> Value {
    let Start { flow, name, at, workflow_type, .. } = start;
    let id = match workflow_type {
        WorkflowType::Standard => format!("execution:{flow}:{name}"),
        // Names of these may be used again: what tells two of a name apart follows.
        WorkflowType::Express | WorkflowType::SynchronousExpress => {
            format!("express:{flow}:{name}:{}", uuid(&Seed::new(start.seed)))
        }
    };
    let mut execution = json!({
        "Id": arn(&id),
        "Input": null,
        "Name": name,
        "RoleArn": LOCAL_ROLE,
        "StartTime": millis(*at),
    });
    if *workflow_type != WorkflowType::SynchronousExpress {
        execution["RedriveCount"] = json!(0);
    }
    let id = arn(&format!("stateMachine:{flow}"));
    json!({ "Execution": execution, "StateMachine": { "Id": id, "Name": flow } })
}

/// The ARN of something of Step Functions here.
fn arn(resource: &str) -> String {
    format!("arn:aws:states:{LOCAL_REGION}:000000000000:{resource}")
}

/// What the context object tells of an item of an inline Map.
pub(super) fn inline_item(index: usize, value: &Value) -> Value {
    json!({ "Index": index, "Value": value, "Source": Item::STATE_DATA })
}

/// The same of an item of a distributed Map.
pub(super) fn distributed_item(index: usize, Item { key, value, source }: &Item) -> Value {
    match key {
        Some(key) => json!({ "Index": index, "Key": key, "Value": value, "Source": &**source }),
        None => json!({ "Index": index, "Value": value, "Source": &**source }),
    }
}

/// A time as the context object shows it.
pub(super) fn millis(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
