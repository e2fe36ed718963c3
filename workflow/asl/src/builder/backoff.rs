//! How long to wait between retries.

use crate::{JitterStrategy, state::Retrier};

/// Retries with exponential backoff and full jitter: each wait is anything from zero to the interval.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// Seconds before the first retry.
    pub interval_seconds: u64,
    /// By what the interval grows with each retry.
    pub rate: f64,
    /// The longest interval, in seconds.
    pub max_delay_seconds: u64,
    /// How often to retry.
    pub max_attempts: u64,
}

impl Backoff {
    pub(super) fn retrier(self, errors: impl IntoIterator<Item = &'static str>) -> Retrier {
        Retrier {
            error_equals: errors.into_iter().map(str::to_owned).collect(),
            interval_seconds: self.interval_seconds,
            max_attempts: self.max_attempts,
            backoff_rate: self.rate,
            max_delay_seconds: Some(self.max_delay_seconds),
            jitter_strategy: Some(JitterStrategy::Full),
        }
    }
}
