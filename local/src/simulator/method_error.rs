//! How the Web API says no.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::UnknownId;

/// A refusal: status 200, `"ok": false` and a short name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MethodError(Value);

impl MethodError {
    pub(super) fn named(name: &str) -> Self {
        Self(json!({"ok": false, "error": name}))
    }

    pub(super) fn missing_argument(name: &str) -> Self {
        let message = format!("[ERROR] missing required field: {name}");
        Self(json!({
            "ok": false,
            "error": "invalid_arguments",
            "response_metadata": {"messages": [message]},
        }))
    }

    /// A refusal that has a reason for each of several users.
    pub(super) fn with_errors(name: &str, errors: &[Value]) -> Self {
        Self(json!({"ok": false, "error": name, "errors": errors}))
    }

    pub(super) fn missing_scope(needed: &str, provided: &[String]) -> Self {
        let provided = provided.join(",");
        Self(json!({"ok": false, "error": "missing_scope", "needed": needed, "provided": provided}))
    }
}

impl From<UnknownId> for MethodError {
    fn from(unknown: UnknownId) -> Self {
        Self::named(match unknown {
            UnknownId::Channel(_) => "channel_not_found",
            UnknownId::Message { .. } => "message_not_found",
            UnknownId::File(_) => "file_not_found",
            UnknownId::Reaction { .. } => "no_reaction",
        })
    }
}

impl IntoResponse for MethodError {
    fn into_response(self) -> Response {
        Json(self.0).into_response()
    }
}
