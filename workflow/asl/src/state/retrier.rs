//! When a state is tried again after an error.

use serde::{Deserialize, Serialize};

/// A retrier ("Retrying after error" of the specification).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Retrier {
    /// The errors it is for.
    pub error_equals: Vec<String>,
    /// Seconds before the first retry.
    #[serde(default = "Retrier::default_interval_seconds")]
    pub interval_seconds: u64,
    /// How often to retry; 0 is never.
    #[serde(default = "Retrier::default_max_attempts")]
    pub max_attempts: u64,
    /// By what the interval grows with each retry.
    #[serde(default = "Retrier::default_backoff_rate")]
    pub backoff_rate: f64,
    /// The longest interval, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_delay_seconds: Option<u64>,
    /// Whether the interval is randomised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_strategy: Option<JitterStrategy>,
}

impl Retrier {
    fn default_interval_seconds() -> u64 {
        1
    }

    fn default_max_attempts() -> u64 {
        3
    }

    fn default_backoff_rate() -> f64 {
        2.0
    }
}

/// `JitterStrategy` of a retrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum JitterStrategy {
    /// Anything from zero to the interval.
    Full,
    /// The interval as computed.
    None,
}
