//! A recorded scenario.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What was asked of AWS, and what came of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Scenario {
    /// The name, and that of its file.
    pub id: String,
    /// What was asked.
    pub kind: Kind,
    /// The features that it uses.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The States Language document, or one state of it.
    #[serde(default)]
    pub definition: Value,
    /// The document, where it is not JSON.
    pub definition_text: Option<String>,
    /// `STANDARD` when absent, or `EXPRESS`.
    #[serde(rename = "type")]
    pub machine_type: Option<String>,
    /// The execution's input.
    #[serde(default = "empty_object")]
    pub input: Value,
    /// When it starts, where that matters.
    pub now: Option<Timestamp>,
    /// How its tasks ended, in the order in which they were scheduled.
    #[serde(default)]
    pub mocks: Vec<Mock>,
    /// What each Lambda function did.
    #[serde(default)]
    pub lambda_handlers: BTreeMap<String, String>,
    /// The objects in Amazon S3: `bucket/key` to text.
    #[serde(default)]
    pub s3_objects: BTreeMap<String, String>,
    /// What AWS gave.
    pub expected: Value,
    /// Words in what was recorded that stand for anything.
    #[serde(default)]
    pub tokens: Vec<String>,
    /// How it was recorded.
    #[serde(default)]
    pub meta: Meta,
    /// The other fields, with the arguments of `TestState`.
    #[serde(flatten)]
    pub arguments: Map<String, Value>,
}

/// What was asked of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An execution of a Standard workflow.
    Execution,
    /// `StartSyncExecution` of an Express workflow.
    ExpressSync,
    /// `StartExecution` of an Express workflow.
    ExpressAsync,
    /// `TestState`.
    TestState,
    /// `ValidateStateMachineDefinition`, or which variables each state reads.
    Validate,
    /// `CreateStateMachine`, which refused.
    CreateError,
}

/// How a task ended.
#[derive(Clone, Debug, Deserialize)]
pub struct Mock {
    /// The state; absent where the recorder lost it.
    pub state: Option<String>,
    /// The task's input.
    #[serde(default)]
    pub input: Value,
    /// What the call itself returned, where the result is a job's or a callback's.
    pub submitted: Option<Value>,
    /// `output`, or `error`, `cause` and `timed_out`; absent where the task was aborted.
    pub outcome: Option<Map<String, Value>>,
}

/// How a scenario was recorded.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Meta {
    /// The recorder sorted the events of a Parallel state, and lost some of what they said.
    #[serde(default)]
    pub parallel_events_sorted: bool,
}

impl Kind {
    /// As scenarios have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Execution => "execution",
            Self::ExpressSync => "express_sync",
            Self::ExpressAsync => "express_async",
            Self::TestState => "test_state",
            Self::Validate => "validate",
            Self::CreateError => "create_error",
        }
    }
}

impl Scenario {
    /// The text of the definition.
    pub fn text(&self) -> String {
        self.definition_text.clone().unwrap_or_else(|| self.definition.to_string())
    }

    /// Whether it is of an Express workflow.
    pub fn is_express(&self) -> bool {
        self.machine_type.as_deref() == Some("EXPRESS")
    }

    /// The recorded events, if there are any.
    pub fn events(&self) -> Option<&Vec<Value>> {
        self.expected["events"].as_array()
    }
}

fn empty_object() -> Value {
    json!({})
}
