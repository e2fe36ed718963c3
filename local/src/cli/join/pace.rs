//! Keeps calls apart, so that Slack need not refuse any.

use std::time::Duration;

use ackflow_handlers::{SlackError, ports::Clock};

use crate::clock::SystemClock;

/// How long to wait before each further try of a call that Slack did not answer, in intervals: about 40 seconds in all
/// at 50 calls a minute.
const WAITS: [u32; 3] = [1, 5, 25];

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

    /// Makes a call, and makes it again a few times while Slack can't be reached.
    pub(super) async fn persist<T, F: Future<Output = Result<T, SlackError>>>(
        &self,
        call: impl Fn() -> F,
    ) -> Result<T, SlackError> {
        for intervals in WAITS {
            match call().await {
                Err(SlackError::Unavailable { .. }) => SystemClock.sleep(self.interval * intervals).await,
                answered => return answered,
            }
        }
        call().await
    }
}
