//! What the workspace was asked.

use axum::http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};

/// One request received. It says whether the token came along, never what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The `Host` header.
    pub host: String,
    /// Whether the request carried the bot token.
    pub token: Token,
}

/// What a request said in its `Authorization` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Nothing.
    Absent,
    /// Something else than the bot token as a bearer token.
    Wrong,
    /// The bot token.
    Right,
}

impl Token {
    pub(super) fn of(headers: &HeaderMap, bot_token: &SecretString) -> Self {
        let Some(sent) = headers.get(header::AUTHORIZATION) else { return Self::Absent };
        let right = format!("Bearer {}", bot_token.expose_secret());
        if sent.as_bytes() == right.as_bytes() { Self::Right } else { Self::Wrong }
    }
}
