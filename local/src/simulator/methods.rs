//! The Web API: which methods there are, what they need, and how a call reaches one.

mod auth_test;
mod chat_get_permalink;
mod chat_post_message;
mod conversations_replies;
mod files_info;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::Token;
use super::arguments::Arguments;
use super::method_error::MethodError;
use super::world::World;

/// Over this many bytes a call is refused.
const LARGEST_CALL: usize = 1 << 20;

/// A method of the Web API.
struct Method {
    scope: Option<&'static str>,
    takes_json: bool,
    run: fn(&World, &Arguments) -> Result<Value, MethodError>,
}

fn method(name: &str) -> Option<Method> {
    Some(match name {
        "auth.test" => Method { scope: None, takes_json: true, run: auth_test::run },
        "chat.getPermalink" => Method { scope: None, takes_json: false, run: chat_get_permalink::run },
        "chat.postMessage" => {
            Method { scope: Some("chat:write"), takes_json: true, run: chat_post_message::run }
        }
        "conversations.replies" => {
            Method { scope: Some("channels:history"), takes_json: false, run: conversations_replies::run }
        }
        "files.info" => Method { scope: Some("files:read"), takes_json: false, run: files_info::run },
        _ => return None,
    })
}

/// Answers one call.
pub(super) async fn call(world: &World, name: &str, request: Request) -> Response {
    let Some(method) = method(name) else { return MethodError::named("unknown_method").into_response() };
    match Token::of(request.headers(), &world.settings.bot_token) {
        Token::Absent => return MethodError::named("not_authed").into_response(),
        Token::Wrong => return MethodError::named("invalid_auth").into_response(),
        Token::Right => {}
    }
    let mut response = match run(world, &method, request).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => error.into_response(),
    };
    // Slack tells what the token may do with each answer.
    if let Ok(scopes) = HeaderValue::from_str(&world.settings.scopes.join(",")) {
        response.headers_mut().insert("x-oauth-scopes", scopes);
    }
    response
}

async fn run(world: &World, method: &Method, request: Request) -> Result<Value, MethodError> {
    let scopes = &world.settings.scopes;
    if let Some(needed) = method.scope.filter(|needed| !scopes.iter().any(|scope| scope == needed)) {
        return Err(MethodError::missing_scope(needed, scopes));
    }
    let (head, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_CALL).await.map_err(|_| MethodError::named("invalid_form_data"))?;
    let query = head.uri.query();
    let arguments = Arguments::read(&head.method, &head.headers, query, &body, method.takes_json)?;
    (method.run)(world, &arguments)
}
