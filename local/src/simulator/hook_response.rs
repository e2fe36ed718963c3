//! What apps post to the response URLs of interactions and slash commands.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::world::World;

/// Whom a response URL was made for.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    channel: String,
    user: String,
}

/// What an app posted to a response URL.
#[derive(Clone, Debug, PartialEq)]
pub struct HookResponse {
    /// Where the button was pressed or the command typed.
    pub channel: String,
    /// Who did it.
    pub user: String,
    /// What the app posted.
    pub body: Value,
}

impl World {
    /// A new response URL. The kind is the first part of its path: `actions` or `commands`.
    pub(super) fn response_url(&self, kind: &str, channel: &str, user: &str) -> String {
        let mut content = self.content();
        let path = format!("/{kind}/{}/{}", self.settings.team_id, content.new_id(""));
        content.hooks.insert(path.clone(), Hook { channel: channel.into(), user: user.into() });
        format!("{}{path}", self.origin)
    }
}

/// Keeps what is posted to a response URL. The channel is not changed by it.
pub(super) async fn respond(State(world): State<Arc<World>>, uri: Uri, body: Bytes) -> Response {
    let mut content = world.content();
    let Some(Hook { channel, user }) = content.hooks.get(uri.path()).cloned() else {
        return (StatusCode::NOT_FOUND, "no_service").into_response();
    };
    match serde_json::from_slice::<Value>(&body) {
        Ok(body) if body.is_object() => {
            content.responses.push(HookResponse { channel, user, body });
            "ok".into_response()
        }
        _ => (StatusCode::BAD_REQUEST, "invalid_payload").into_response(),
    }
}
