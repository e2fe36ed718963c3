//! What the workspace was asked.

use axum::http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};

use super::Workspace;

/// One request received. It says whether the token came along, never what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The `Host` header.
    pub host: String,
    /// Which token the request carried.
    pub token: Token,
}

/// What a request said in its `Authorization` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Nothing.
    Absent,
    /// Something else than a token of the workspace as a bearer token.
    Wrong,
    /// The bot token.
    Right,
    /// The admin's user token.
    User,
}

impl Token {
    pub(super) fn of(headers: &HeaderMap, settings: &Workspace) -> Self {
        let Some(sent) = headers.get(header::AUTHORIZATION) else { return Self::Absent };
        let is = |token: &SecretString| {
            let right = format!("Bearer {}", token.expose_secret());
            sent.as_bytes() == right.as_bytes()
        };
        if is(&settings.bot_token) {
            Self::Right
        } else if settings.user_token.as_ref().is_some_and(is) {
            Self::User
        } else {
            Self::Wrong
        }
    }
}
