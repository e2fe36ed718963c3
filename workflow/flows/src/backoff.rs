//! How long the flows go on trying.

use ackflow_asl::builder::Backoff;

/// Blips: six tries within about a minute.
pub(crate) const SOON: Backoff =
    Backoff { interval_seconds: 1, rate: 2.0, max_delay_seconds: 30, max_attempts: 5 };

/// Outages: tries for up to 23 hours, about half of that with the jitter.
pub(crate) const FOR_A_DAY: Backoff =
    Backoff { interval_seconds: 60, rate: 2.0, max_delay_seconds: 3600, max_attempts: 28 };

/// Blips and outages: a few tries at once, then one every few minutes, for about a day.
pub(crate) const PERSISTENTLY: Backoff =
    Backoff { interval_seconds: 1, rate: 2.0, max_delay_seconds: 600, max_attempts: 280 };
