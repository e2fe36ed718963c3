//! What becomes of a state's data on its way.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A state's data at each stage that it went through, as JSON.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InspectionData {
    /// The state's input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// JSONata: what the task, or each branch, is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_arguments: Option<String>,
    /// JSONPath: what the state sees of its input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_input_path: Option<String>,
    /// JSONPath: what the task, or each branch, is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_parameters: Option<String>,
    /// What the state's work gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// JSONPath: what is kept of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_result_selector: Option<String>,
    /// JSONPath: the input with the result in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_result_path: Option<String>,
    /// JSONPath: the items of a Map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_items_path: Option<String>,
    /// What a Map's `ItemSelector` makes of each item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_item_selector: Option<String>,
    /// The inputs of a distributed Map's child executions, where an `ItemBatcher` makes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_item_batcher: Option<String>,
    /// The items that an `ItemReader` finds by its `ItemsPointer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_items_pointer: Option<String>,
    /// How many iterations of a Map may fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_count: Option<usize>,
    /// The same, of a hundred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_percentage: Option<f64>,
    /// How many iterations of a Map run at once; 0 is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<u64>,
    /// The variables after the state, as a JSON object; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<String>,
    /// Which retrier and which catcher were for the state's error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_details: Option<InspectionErrorDetails>,
    /// What an HTTP Task would send, at the level `TRACE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<InspectionDataRequest>,
    /// What came back, at the level `TRACE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<InspectionDataResponse>,
}

/// Which retrier and which catcher were for an error, counted from 0.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionErrorDetails.html>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InspectionErrorDetails {
    /// The catcher that said where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catch_index: Option<usize>,
    /// The retrier, be it with an attempt left or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_index: Option<usize>,
    /// How long it would wait for the next attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_backoff_interval_seconds: Option<u64>,
}

/// An HTTP Task's request, without what its connection would add.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionDataRequest.html>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InspectionDataRequest {
    /// Such as `https`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Such as `POST`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Where to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its headers, as a JSON object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<String>,
    /// Its body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// An HTTP Task's response.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionDataResponse.html>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InspectionDataResponse {
    /// Such as `https`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Such as `200`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<String>,
    /// Such as `OK`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// Its headers, as a JSON object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<String>,
    /// Its body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl InspectionData {
    /// Shows the request and the response of an HTTP Task, from what it is given and what it gives.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>
    pub(super) fn trace_http(&mut self) {
        let given = self.after_arguments.as_ref().or(self.after_parameters.as_ref());
        let Some(given) = parsed(given) else { return };
        let url = text(&given["ApiEndpoint"]);
        let protocol = url.as_deref().and_then(|url| url.split_once("://"));
        let protocol = protocol.map(|(scheme, _)| scheme.to_owned());
        self.request = Some(InspectionDataRequest {
            protocol: protocol.clone(),
            method: text(&given["Method"]),
            url,
            headers: text(&given["Headers"]),
            body: text(&given["RequestBody"]),
        });
        self.response = parsed(self.result.as_ref()).map(|result| InspectionDataResponse {
            protocol,
            status_code: text(&result["StatusCode"]),
            status_message: text(&result["StatusText"]),
            headers: text(&result["Headers"]),
            body: text(&result["ResponseBody"]),
        });
    }
}

fn parsed(json: Option<&String>) -> Option<Value> {
    serde_json::from_str(json?).ok()
}

/// A string as it is, `null` as nothing, and anything else as JSON.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
