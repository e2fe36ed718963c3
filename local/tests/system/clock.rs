//! A virtual clock that can be stopped while a test still has something to do.

use std::time::Duration;

use ackflow::clock::VirtualClock;
use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::watch;

/// A clock that jumps to whatever time the engine and the queue wait for, as far as it may.
pub(crate) struct StageClock {
    clock: VirtualClock,
    /// The last time that it jumps to by itself.
    limit: watch::Sender<Timestamp>,
}

impl StageClock {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self { clock: VirtualClock::at(now), limit: watch::Sender::new(Timestamp::MAX) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        ackflow_engine::Clock::now(&self.clock)
    }

    /// No timer goes off from now on.
    pub(crate) fn stop(&self) {
        self.limit.send_replace(Timestamp::MIN);
    }

    /// Timers go off again.
    pub(crate) fn go_on(&self) {
        self.go_on_until(Timestamp::MAX);
    }

    /// Timers that are due by this time go off, and no later ones.
    pub(crate) fn go_on_until(&self, time: Timestamp) {
        self.limit.send_replace(time);
    }

    /// So much time passes at once. What is due by then goes off, even if the clock is stopped.
    pub(crate) async fn advance(&self, time: Duration) {
        ackflow_handlers::ports::Clock::sleep(&self.clock, time).await;
        // Whoever waits looks at the time again.
        self.limit.send_modify(|_| {});
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
        let mut limit = self.limit.subscribe();
        // The sender lives as long as the clock.
        let _ = limit.wait_for(|limit| due <= *limit || due <= self.now()).await;
        self.clock.sleep_until(due, busy).await;
    }
}
