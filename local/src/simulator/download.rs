//! Slack's file host.

use axum::body::Body;
use axum::http::{Response as Reply, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use super::login_page::login_page;
use super::world::World;
use super::{FileSource, Token};

/// How much of a file on disk is in memory for each download.
const PIECE: usize = 64 * 1024;

/// The file that an address means: its first part is the workspace's id and the file's.
pub(super) fn file_id<'address>(world: &World, address: &'address str) -> Option<&'address str> {
    let key = address.split('/').next()?;
    key.strip_prefix(world.settings.team_id.as_str())?.strip_prefix('-')
}

/// Answers one download.
pub(super) async fn download(world: &World, file: &str, token: Token) -> Response {
    let may_read = world.settings.scopes.iter().any(|scope| scope == "files:read");
    if token != Token::Right || !may_read {
        return login_page();
    }
    let found = world.content().file(file).ok().filter(|file| !file.deleted).cloned();
    let Some(file) = found else { return missing() };
    let body = match file.source {
        FileSource::Bytes(bytes) => Body::from(bytes),
        FileSource::Path(path) => match File::open(path).await {
            // No more than was said, should the file grow meanwhile.
            Ok(open) => Body::from_stream(ReaderStream::with_capacity(open.take(file.size), PIECE)),
            Err(error) => {
                tracing::warn!(%error, "the simulator cannot read a file that it was given");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        },
        FileSource::External(_) => return missing(),
    };
    let sent = Reply::builder()
        .header(header::CONTENT_TYPE, file.mimetype)
        .header(header::CONTENT_LENGTH, file.size)
        .header(header::CONTENT_DISPOSITION, "attachment")
        .body(body);
    // A media type that is no header value is the only way here.
    sent.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, Html("<!DOCTYPE html>\n<title>File not found | Slack</title>\n")).into_response()
}
