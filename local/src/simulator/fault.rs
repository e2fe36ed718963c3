//! What may go wrong, on demand.

use std::future::ready;
use std::io;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, HttpBody};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::json;

use super::login_page::login_page;

/// How long a connection stays up after the last bytes before a drop, so that they are on their way.
const BEFORE_DROP: Duration = Duration::from_millis(20);

/// The most surplus bytes sent in one piece.
const PIECE: usize = 64 * 1024;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429, and when to come back.
    RateLimited {
        /// The `Retry-After` header.
        retry_after_seconds: u64,
    },
    /// This HTTP status.
    ServerError(u16),
    /// The answer's length is announced, so many bytes of it come, and the connection goes. At least one byte is
    /// always missing.
    DropConnection {
        /// How many bytes come.
        after_bytes: u64,
    },
    /// The login page, with status 200.
    LoginPage,
    /// 302 to this address.
    RedirectTo(String),
    /// The right answer and so many bytes more, with no length announced.
    ExtraBytes(u64),
    /// Status 200 and nothing.
    Empty,
    /// Slack's refusal of this name: `"ok": false`.
    SlackError(String),
    /// The right answer, this late.
    Delay(Duration),
    /// What was asked for is done, a message posted, and the connection goes without an answer: the caller cannot
    /// know.
    PostThenDrop,
}

impl Fault {
    /// Lets this happen to a request. `answer` is what would happen without; it is not begun if the fault precludes
    /// it.
    pub(super) async fn befall(self, answer: impl Future<Output = Response>) -> Response {
        match self {
            Self::RateLimited { retry_after_seconds } => {
                let refusal = Json(json!({"ok": false, "error": "ratelimited"}));
                let later = [(header::RETRY_AFTER, retry_after_seconds.to_string())];
                (StatusCode::TOO_MANY_REQUESTS, later, refusal).into_response()
            }
            Self::ServerError(status) => {
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
            }
            Self::DropConnection { after_bytes } => cut(answer.await, after_bytes),
            Self::LoginPage => login_page(),
            Self::RedirectTo(url) => (StatusCode::FOUND, [(header::LOCATION, url)]).into_response(),
            Self::ExtraBytes(surplus) => lengthen(answer.await, surplus),
            Self::Empty => StatusCode::OK.into_response(),
            Self::SlackError(name) => Json(json!({"ok": false, "error": name})).into_response(),
            Self::Delay(wait) => {
                tokio::time::sleep(wait).await;
                answer.await
            }
            Self::PostThenDrop => {
                drop(answer.await);
                // A body that fails at once takes the connection with it before the head is sent.
                Response::new(Body::from_stream(stream::once(ready(Err::<Bytes, _>(dropped())))))
            }
        }
    }
}

fn dropped() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "the simulator was asked to drop this connection")
}

fn cut(answer: Response, after_bytes: u64) -> Response {
    let (mut head, body) = answer.into_parts();
    let mut left = after_bytes;
    if let Some(length) = body.size_hint().exact() {
        head.headers.entry(header::CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    let announced =
        head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if let Some(length) = announced {
        left = left.min(u64::saturating_sub(length, 1));
    }
    let kept = body.into_data_stream().scan(left, |left, piece| {
        ready(match piece {
            Ok(_) if *left == 0 => None,
            Ok(mut bytes) => {
                bytes.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= u64::try_from(bytes.len()).unwrap_or(*left);
                Some(Ok(bytes))
            }
            Err(error) => Some(Err(io::Error::other(error))),
        })
    });
    let end = stream::once(async {
        tokio::time::sleep(BEFORE_DROP).await;
        Err(dropped())
    });
    Response::from_parts(head, Body::from_stream(kept.chain(end)))
}

fn lengthen(answer: Response, surplus: u64) -> Response {
    let (mut head, body) = answer.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    let more = stream::unfold(surplus, |left| {
        let next = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
        let rest = left.saturating_sub(u64::try_from(next).unwrap_or(left));
        ready((left > 0).then(|| (Ok(Bytes::from(vec![0; next])), rest)))
    });
    Response::from_parts(head, Body::from_stream(body.into_data_stream().chain(more)))
}
