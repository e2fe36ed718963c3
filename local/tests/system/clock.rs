//! A virtual clock that can be stopped while a test still has something to do.

use std::time::Duration;

use ackflow::clock::VirtualClock;
use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::watch;

/// A clock that jumps to whatever time is waited for, unless it is stopped: then the engine's and the queue's
/// timers stay where they are.
pub(crate) struct StageClock {
    clock: VirtualClock,
    stopped: watch::Sender<bool>,
}

impl StageClock {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self { clock: VirtualClock::at(now), stopped: watch::Sender::new(false) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        ackflow_engine::Clock::now(&self.clock)
    }

    /// No timer goes off from now on.
    pub(crate) fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Timers go off again.
    pub(crate) fn go_on(&self) {
        self.stopped.send_replace(false);
    }
}

#[async_trait]
impl ackflow_handlers::ports::Clock for StageClock {
    fn now(&self) -> Timestamp {
        self.now()
    }

    async fn sleep(&self, duration: Duration) {
        ackflow_handlers::ports::Clock::sleep(&self.clock, duration).await;
    }
}

#[async_trait]
impl ackflow_engine::Clock for StageClock {
    fn now(&self) -> Timestamp {
        self.now()
    }

    async fn sleep_until(&self, due: Timestamp, busy: bool) {
        let mut stopped = self.stopped.subscribe();
        // The sender lives as long as the clock.
        let _ = stopped.wait_for(|stopped| !stopped).await;
        self.clock.sleep_until(due, busy).await;
    }
}
