//! What a test of one state gives, in the field names of AWS's API.

use serde::{Deserialize, Serialize};

use super::InspectionData;

/// What a state did.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html#API_TestState_ResponseElements>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestStateResponse {
    /// The state's output, as JSON; absent where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The error's name, be it caught or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What became of the data on its way, at the levels above `INFO`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspection_data: Option<InspectionData>,
    /// The state that would follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_state: Option<String>,
    /// How the state ended.
    pub status: TestExecutionStatus,
}

/// How a tested state ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TestExecutionStatus {
    /// It did its work.
    Succeeded,
    /// It failed, and nothing would retry or catch that.
    Failed,
    /// It failed, and would be tried again.
    Retriable,
    /// It failed, and a catcher said where to go on.
    CaughtError,
}
