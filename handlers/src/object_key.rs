//! Keys of objects: made of Slack's ids only, never of what a user wrote.

use std::fmt;

/// Longer than any id of Slack, and short enough for S3's keys (1,024 bytes) and for names of files (255).
const MAX_ID_LENGTH: usize = 100;

/// The key of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectKey(String);

/// An id that is not one: it holds a character that no id of Slack has, or does not end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {what} is not an id of Slack: up to {MAX_ID_LENGTH} letters, digits, '.', '-' and '_' make one")]
pub struct NotAnId {
    /// Which id.
    pub what: &'static str,
}

impl ObjectKey {
    /// Where a file's bytes lie.
    pub fn file(team: &str, channel: &str, message_ts: &str, file: &str) -> Result<Self, NotAnId> {
        joined("files", &ids(team, channel, message_ts, file)).map(Self)
    }

    /// Where a file's metadata document lies.
    pub fn metadata(team: &str, channel: &str, message_ts: &str, file: &str) -> Result<Self, NotAnId> {
        Self::of_ids("metadata", &ids(team, channel, message_ts, file))
    }

    /// Where a workspace's board of deployments lies.
    pub fn board(team: &str) -> Result<Self, NotAnId> {
        Self::of_ids("board", &[("team id", team)])
    }

    /// Where a deployment that waits for an approval lies.
    pub fn approval(execution: &str) -> Result<Self, NotAnId> {
        Self::of_ids("approvals", &[("execution's name", execution)])
    }

    /// Where the counted reactions on a message lie.
    pub fn tally(team: &str, channel: &str, message_ts: &str) -> Result<Self, NotAnId> {
        Self::of_ids("tallies", &[("team id", team), ("channel id", channel), ("message's ts", message_ts)])
    }

    /// The key, as S3 takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of_ids(kind: &str, ids: &[(&'static str, &str)]) -> Result<Self, NotAnId> {
        Ok(Self(format!("{}.json", joined(kind, ids)?)))
    }
}

fn ids<'a>(
    team: &'a str,
    channel: &'a str,
    message_ts: &'a str,
    file: &'a str,
) -> [(&'static str, &'a str); 4] {
    [("team id", team), ("channel id", channel), ("message's ts", message_ts), ("file id", file)]
}

/// A folder and ids, with slashes between.
fn joined(kind: &str, ids: &[(&'static str, &str)]) -> Result<String, NotAnId> {
    let mut key = kind.to_owned();
    for (what, id) in ids {
        let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        // `.` and `..` are names of folders.
        let is_long = id.len() > MAX_ID_LENGTH;
        if !is_plain || is_long || !id.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
            return Err(NotAnId { what });
        }
        key.extend(["/", id]);
    }
    Ok(key)
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
