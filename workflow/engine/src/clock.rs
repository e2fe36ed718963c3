//! Time, so that tests need not wait for it.

use async_trait::async_trait;
use jiff::Timestamp;

/// Reads and waits for wall-clock time.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Returns at `due`, or at once when that has passed.
    ///
    /// `busy` says that tasks are running. A virtual clock moves on to `due` when nothing else can happen
    /// first, and waits for ever while something can; the caller asks again after whatever happens next.
    async fn sleep_until(&self, due: Timestamp, busy: bool);
}
