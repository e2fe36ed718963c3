//! What a test of one state is asked for, in the field names of AWS's API.

use serde::{Deserialize, Serialize};

/// One state to test.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TestStateRequest {
    /// The state; with a `stateName`, the machine that it is in.
    pub definition: String,
    /// The role of the test. It is shown in the context object; nothing here assumes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The state's input, as JSON; `{}` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// How much is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspection_level: Option<InspectionLevel>,
    /// Whether AWS may show secrets of an HTTP Task's connection. There are none here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reveal_secrets: Option<bool>,
    /// The variables that the state sees, as a JSON object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<String>,
    /// Which state of the machine is tested, however deep it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_name: Option<String>,
    /// What the state's work gives, in the place of that work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mock: Option<MockInput>,
    /// The context object, or parts of it, as JSON; only with a mock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// What happened before the test; only with a mock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_configuration: Option<TestStateConfiguration>,
}

/// How much of a test is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum InspectionLevel {
    /// The state's output.
    #[default]
    Info,
    /// The data on its way, too.
    Debug,
    /// The request and the response of an HTTP Task, too.
    Trace,
}

/// What the work of a Task, Map or Parallel state gives: a result or an error.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MockInput {
    /// The result, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_output: Option<MockErrorOutput>,
    /// How the result is checked against the API of the service that it would come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_validation_mode: Option<FieldValidationMode>,
}

/// An error of a mock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MockErrorOutput {
    /// Its name, as `ErrorEquals` matches it.
    pub error: String,
    /// What happened, for people.
    pub cause: String,
}

/// How a mocked result is checked. The results of these operations are, of optimized and of SDK integrations:
///
/// - `dynamodb`: `getItem`, `putItem`, `updateItem`, `deleteItem`, `query`, `scan`
/// - `eventbridge`, `events`: `putEvents`
/// - `kms`: `encrypt`, `decrypt`
/// - `lambda`: `invoke`, `getFunction`
/// - `s3`: `getObject`, `putObject`, `headObject`, `deleteObject`, `listObjectsV2`
/// - `secretsmanager`: `getSecretValue`
/// - `sfn`, `states`: `startExecution`, `describeExecution`
/// - `sns`: `publish`
/// - `sqs`: `sendMessage`, `receiveMessage`
/// - `ssm`: `getParameter`
///
/// A result of any other is not, nor is one of `.sync` or `.waitForTaskToken`: it is not what the call gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FieldValidationMode {
    /// What the API always gives must be there, and what is there must be of the API's type.
    #[default]
    Strict,
    /// What is there must be of the API's type.
    Present,
    /// Not at all.
    None,
}

/// What happened before the test.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestStateConfiguration.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TestStateConfiguration {
    /// How often the retrier that is for the mocked error has been used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retrier_retry_count: Option<u64>,
    /// The state within a Map or Parallel state that the mocked error comes from. Nothing depends on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_caused_by_state: Option<String>,
    /// How many iterations of a Map failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_iteration_failure_count: Option<usize>,
    /// What the `ItemReader` of a distributed Map reads: the text of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_item_reader_data: Option<String>,
}
