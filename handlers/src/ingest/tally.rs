//! Counts the answers.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::answer::Answer;

/// How many requests were answered in which way.
#[derive(Debug, Default, Serialize)]
pub struct Tally {
    /// Events whose execution was started or kept.
    pub accepted: AtomicU64,
    /// Events that had been accepted before.
    pub duplicates: AtomicU64,
    /// Events that no flow wants.
    pub ignored: AtomicU64,
    /// Requests whose signature or token is wrong.
    pub refused: AtomicU64,
    /// Requests that are too large or too slow, not JSON, or of no known type.
    pub malformed: AtomicU64,
    /// Events that could not be kept, so that Slack sends them again.
    pub unavailable: AtomicU64,
}

impl Tally {
    pub(super) fn count(&self, answer: &Answer) {
        let counter = match answer {
            Answer::Accepted(_) => &self.accepted,
            Answer::Duplicate(_) => &self.duplicates,
            Answer::Ignored(_) => &self.ignored,
            Answer::Refused(_) | Answer::TokenDiffers => &self.refused,
            Answer::TooLarge | Answer::TooSlow | Answer::UnknownType | Answer::Malformed(_) => {
                &self.malformed
            }
            Answer::Unavailable(_) => &self.unavailable,
            Answer::Challenge(_) | Answer::RateLimitNoted | Answer::Present => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
