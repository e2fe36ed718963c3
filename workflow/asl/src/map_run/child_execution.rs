//! What became of one child execution of a Map Run.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// A child execution of a Map Run: it ran for one item, or for one batch.
#[derive(Clone, Debug, PartialEq)]
pub struct ChildExecution {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub execution_arn: String,
    /// The ARN of what it runs: the state machine's, a slash, and the Map's label.
    pub state_machine_arn: String,
    /// How it ended.
    pub status: ChildStatus,
    /// Its input.
    pub input: Value,
    /// Its output, if it succeeded.
    pub output: Option<Value>,
    /// Its error, if it failed.
    pub error: Option<String>,
    /// The error's cause.
    pub cause: Option<String>,
    /// When it started.
    pub start: Option<Timestamp>,
    /// When it ended.
    pub stop: Option<Timestamp>,
}

/// How a child execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChildStatus {
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
    /// It took too long.
    TimedOut,
    /// It was stopped, such as when the Map Run failed.
    Aborted,
    /// It was not started, since the Map Run had failed.
    Pending,
}

impl ChildExecution {
    /// The execution as a result file shows it: its fields sorted, input and output as text.
    pub(super) fn record(&self) -> Value {
        let (redrive, reason) = match self.status {
            ChildStatus::Succeeded => {
                (Some("NOT_REDRIVABLE"), Some("Execution is SUCCEEDED and cannot be redriven"))
            }
            ChildStatus::Failed | ChildStatus::TimedOut | ChildStatus::Aborted => {
                (Some("REDRIVABLE_BY_MAP_RUN"), None)
            }
            ChildStatus::Pending => (None, None),
        };
        let date = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let mut record = json!({
            "Cause": self.cause,
            "Error": self.error,
            "ExecutionArn": self.execution_arn,
            "Input": self.input.to_string(),
            "InputDetails": { "Included": true },
            "Name": self.name,
            "Output": self.output.as_ref().map(Value::to_string),
            "OutputDetails": { "Included": true },
            "RedriveCount": 0,
            "RedriveStatus": redrive,
            "RedriveStatusReason": reason,
            "StartDate": self.start.map(date),
            "StateMachineArn": self.state_machine_arn,
            "Status": self.status,
            "StopDate": self.stop.map(date),
        });
        if let Some(fields) = record.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        record
    }
}

impl ChildStatus {
    /// The result files that list it: they have the name of a status, and failures share theirs.
    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Failed | Self::TimedOut | Self::Aborted => "FAILED",
            Self::Pending => "PENDING",
        }
    }
}
