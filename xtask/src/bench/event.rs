//! The events that are sent: wanted by the document pipeline, each of them unique, signed as Slack signs.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use miette::{IntoDiagnostic, Result};
use serde_json::Value;
use sha2::Sha256;

/// The signing secret of every server under test.
pub(super) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Stands in the template wherever an event differs from all others.
const NUMBER: &str = "{number}";

/// Stands in the template for where Slack's files are.
const FILES: &str = "{files}";

/// The number of the first event: as many digits as those after it, so that all bodies are of one length.
const FIRST: u64 = 10_000_000;

/// A message with a file and hashtags, of which each number makes another.
pub(super) struct Template {
    pieces: Vec<String>,
    next: u64,
}

/// Events that are ready to be sent, written to a folder.
pub(super) struct Batch {
    pub(super) first: u64,
    pub(super) count: u64,
    pub(super) timestamp: u64,
}

/// One event and its headers.
pub(super) struct Signed {
    pub(super) body: String,
    pub(super) timestamp: u64,
    pub(super) signature: String,
}

impl Template {
    /// The template, with Slack's files at this URL.
    pub(super) fn new(files: &str) -> Result<Self> {
        let readable: Value = serde_json::from_str(include_str!("event.json")).into_diagnostic()?;
        let compact = readable.to_string().replace(FILES, files);
        Ok(Self { pieces: compact.split(NUMBER).map(str::to_owned).collect(), next: FIRST })
    }

    /// The next event, signed for now.
    pub(super) fn sign_one(&mut self) -> Signed {
        let body = self.pieces.join(&self.next.to_string());
        self.next += 1;
        let timestamp = now();
        let signature = format!("v0={}", signature(&key(), timestamp, &body));
        Signed { body, timestamp, signature }
    }

    /// Signs the next events for now: `signatures` holds 64 digits for each, `pieces` what stands before, between
    /// and after the numbers, a line each.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count, far from the limits"
    )]
    pub(super) fn sign_batch(&mut self, count: f64, folder: &Path) -> Result<Batch> {
        let count = count.ceil() as u64;
        let batch = Batch { first: self.next, count, timestamp: now() };
        let key = key();
        let mut signatures = BufWriter::new(fs::File::create(folder.join("signatures")).into_diagnostic()?);
        for number in batch.first..batch.first + count {
            let body = self.pieces.join(&number.to_string());
            signatures.write_all(signature(&key, batch.timestamp, &body).as_bytes()).into_diagnostic()?;
        }
        signatures.flush().into_diagnostic()?;
        fs::write(folder.join("pieces"), self.pieces.join("\n")).into_diagnostic()?;
        self.next += count;
        Ok(batch)
    }
}

pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn key() -> Hmac<Sha256> {
    Hmac::new_from_slice(SECRET.as_bytes()).expect("HMAC takes a key of any length")
}

/// Source: <https://docs.slack.dev/authentication/verifying-requests-from-slack>
fn signature(key: &Hmac<Sha256>, timestamp: u64, body: &str) -> String {
    let mut mac = key.clone();
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
