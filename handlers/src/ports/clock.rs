//! Time, so that tests need not wait for it.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// Reads and waits for wall-clock time.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Waits this long. A virtual clock moves on at once instead.
    async fn sleep(&self, duration: Duration);
}
