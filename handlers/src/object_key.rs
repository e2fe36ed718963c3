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
        Self::of("files", team, channel, message_ts, file).map(Self)
    }

    /// Where a file's metadata document lies.
    pub fn metadata(team: &str, channel: &str, message_ts: &str, file: &str) -> Result<Self, NotAnId> {
        Ok(Self(format!("{}.json", Self::of("metadata", team, channel, message_ts, file)?)))
    }

    /// The key, as S3 takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(kind: &str, team: &str, channel: &str, message_ts: &str, file: &str) -> Result<String, NotAnId> {
        let ids =
            [("team id", team), ("channel id", channel), ("message's ts", message_ts), ("file id", file)];
        for (what, id) in ids {
            let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
            // `.` and `..` are names of folders.
            let is_long = id.len() > MAX_ID_LENGTH;
            if !is_plain || is_long || !id.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
                return Err(NotAnId { what });
            }
        }
        Ok(format!("{kind}/{team}/{channel}/{message_ts}/{file}"))
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
