//! Keeps calls apart, so that Slack need not refuse any.

use std::time::Duration;

use ackflow_handlers::ports::Clock;

use crate::clock::SystemClock;

/// The pace of a method's calls.
pub(super) struct Pace {
    interval: Duration,
    has_begun: bool,
}

impl Pace {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, has_begun: false }
    }

    /// Waits before each call but the first.
    pub(super) async fn keep(&mut self) {
        if self.has_begun {
            SystemClock.sleep(self.interval).await;
        }
        self.has_begun = true;
    }
}
