//! Clocks: the machine's, and one for tests that never waits.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

/// What the handlers and the engine need of a clock.
pub trait Clock: ackflow_handlers::ports::Clock + ackflow_engine::Clock {}

impl<T: ackflow_handlers::ports::Clock + ackflow_engine::Clock> Clock for T {}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl ackflow_handlers::ports::Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[async_trait]
impl ackflow_engine::Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep_until(&self, due: Timestamp, _busy: bool) {
        // Again and again, since the machine's time may be set while this waits.
        while let Ok(wait) = Duration::try_from(due.duration_since(Timestamp::now()))
            && !wait.is_zero()
        {
            tokio::time::sleep(wait.min(Duration::from_mins(1))).await;
        }
    }
}

/// A clock that stands still until somebody waits for it, and then is there at once.
#[derive(Debug)]
pub struct VirtualClock {
    now: Mutex<Timestamp>,
}

impl VirtualClock {
    /// A clock that shows this time.
    pub fn at(now: Timestamp) -> Self {
        Self { now: Mutex::new(now) }
    }

    fn advance_to(&self, time: Timestamp) {
        let mut now = self.now.lock().expect("no thread panics while it holds the time");
        *now = time.max(*now);
    }

    fn read(&self) -> Timestamp {
        *self.now.lock().expect("no thread panics while it holds the time")
    }
}

#[async_trait]
impl ackflow_handlers::ports::Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.read()
    }

    async fn sleep(&self, duration: Duration) {
        let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        self.advance_to(self.read().saturating_add(duration).unwrap_or(Timestamp::MAX));
        tokio::task::yield_now().await;
    }
}

#[async_trait]
impl ackflow_engine::Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.read()
    }

    async fn sleep_until(&self, due: Timestamp, busy: bool) {
        if busy && due > self.read() {
            return std::future::pending().await;
        }
        self.advance_to(due);
        tokio::task::yield_now().await;
    }
}
