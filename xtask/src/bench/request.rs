//! Single requests to a server under test, by hand: a client library would be more to compile than all of xtask.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use miette::{IntoDiagnostic, Result, miette};

use super::event::Signed;

/// An answer's status and body.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Posts an event.
pub(super) fn post(port: u16, event: &Signed) -> Result<Answer> {
    let Signed { body, timestamp, signature } = event;
    let length = body.len();
    send(
        port,
        &format!(
            "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\
             X-Slack-Request-Timestamp: {timestamp}\r\nX-Slack-Signature: {signature}\r\n\r\n{body}"
        ),
    )
}

/// Posts a JSON document.
pub(super) fn post_json(port: u16, path: &str, body: &str) -> Result<Answer> {
    let length = body.len();
    send(
        port,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        ),
    )
}

/// Gets a page.
pub(super) fn get(port: u16, path: &str) -> Result<Answer> {
    send(port, &format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"))
}

fn send(port: u16, request: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).into_diagnostic()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).into_diagnostic()?;
    stream.write_all(request.as_bytes()).into_diagnostic()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).into_diagnostic()?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| miette!("the answer is not HTTP: {head}"))?;
    Ok(Answer { status, body: body.to_owned() })
}
