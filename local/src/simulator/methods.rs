//! The Web API: which methods there are, what they need, and how a call reaches one.

mod auth_test;
mod chat_delete;
mod chat_get_permalink;
mod chat_post_ephemeral;
mod chat_post_message;
mod chat_update;
mod conversations_history;
mod conversations_info;
mod conversations_invite;
mod conversations_join;
mod conversations_list;
mod conversations_open;
mod conversations_replies;
mod files_info;
mod message_arguments;
mod reactions_get;
mod users_info;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::Token;
use super::arguments::Arguments;
use super::caller::Caller;
use super::method_error::MethodError;
use super::world::World;

/// Over this many bytes a call is refused.
const LARGEST_CALL: usize = 1 << 20;

type Run = fn(&World, &Caller<'_>, &Arguments) -> Result<Value, MethodError>;

/// A method of the Web API.
struct Method {
    /// The scope, if it does not depend on the channel.
    scope: Option<&'static str>,
    takes_json: bool,
    takes_user_token: bool,
    run: Run,
}

impl Method {
    fn new(run: Run) -> Self {
        Self { scope: None, takes_json: false, takes_user_token: false, run }
    }

    fn needs(self, scope: &'static str) -> Self {
        Self { scope: Some(scope), ..self }
    }

    fn takes_json(self) -> Self {
        Self { takes_json: true, ..self }
    }

    fn takes_user_token(self) -> Self {
        Self { takes_user_token: true, ..self }
    }
}

fn method(name: &str) -> Option<Method> {
    Some(match name {
        "auth.test" => Method::new(auth_test::run).takes_json().takes_user_token(),
        "chat.delete" => Method::new(chat_delete::run).needs("chat:write").takes_json().takes_user_token(),
        "chat.getPermalink" => Method::new(chat_get_permalink::run),
        "chat.postEphemeral" => Method::new(chat_post_ephemeral::run).needs("chat:write").takes_json(),
        "chat.postMessage" => Method::new(chat_post_message::run).needs("chat:write").takes_json(),
        "chat.update" => Method::new(chat_update::run).needs("chat:write").takes_json(),
        "conversations.history" => Method::new(conversations_history::run),
        "conversations.info" => Method::new(conversations_info::run).takes_user_token(),
        "conversations.invite" => Method::new(conversations_invite::run).takes_json().takes_user_token(),
        "conversations.join" => Method::new(conversations_join::run).needs("channels:join").takes_json(),
        "conversations.list" => Method::new(conversations_list::run).takes_user_token(),
        "conversations.open" => Method::new(conversations_open::run).needs("im:write").takes_json(),
        "conversations.replies" => Method::new(conversations_replies::run),
        "files.info" => Method::new(files_info::run).needs("files:read"),
        "reactions.get" => Method::new(reactions_get::run).needs("reactions:read").takes_user_token(),
        "users.info" => Method::new(users_info::run).needs("users:read").takes_user_token(),
        _ => return None,
    })
}

/// Answers one call.
pub(super) async fn call(world: &World, name: &str, request: Request) -> Response {
    let Some(method) = method(name) else { return MethodError::named("unknown_method").into_response() };
    let caller = match Caller::of(Token::of(request.headers(), &world.settings), &world.settings) {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    let mut response = match run(world, &method, &caller, request).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => error.into_response(),
    };
    // Slack tells what the token may do with each answer.
    if let Ok(scopes) = HeaderValue::from_str(&caller.scopes.join(",")) {
        response.headers_mut().insert("x-oauth-scopes", scopes);
    }
    response
}

async fn run(
    world: &World,
    method: &Method,
    caller: &Caller<'_>,
    request: Request,
) -> Result<Value, MethodError> {
    if caller.token == Token::User && !method.takes_user_token {
        return Err(MethodError::named("simulator_takes_the_bot_token_only"));
    }
    if let Some(needed) = method.scope {
        caller.needs(&[needed])?;
    }
    let (head, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_CALL).await.map_err(|_| MethodError::named("invalid_form_data"))?;
    let query = head.uri.query();
    let arguments = Arguments::read(&head.method, &head.headers, query, &body, method.takes_json)?;
    (method.run)(world, caller, &arguments)
}
