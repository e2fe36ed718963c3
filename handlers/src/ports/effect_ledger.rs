//! Guards what must happen at most once in the outside world.

use std::time::Duration;

use async_trait::async_trait;

use super::PortError;

/// What the ledger knows of an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Nobody has begun it; it is ours now.
    First,
    /// Somebody began it and did not say how it ended. It is ours now, but it may have happened: look first.
    Uncertain,
    /// Somebody else is at it.
    Busy,
    /// It has happened, and this was noted of it.
    Done(String),
}

/// The ledger of effects.
#[async_trait]
pub trait EffectLedger: Send + Sync {
    /// Begins an effect. Others are kept off for as long as the lease.
    async fn begin(&self, id: &str, lease: Duration) -> Result<Guard, PortError>;

    /// Gives the effect up, certain that it has not happened: the next may begin it at once, as the first.
    async fn release(&self, id: &str) -> Result<(), PortError>;

    /// Says that the effect has happened, and notes something of it: where it can be seen, say. Said again, it changes the
    /// note.
    async fn finish(&self, id: &str, note: &str) -> Result<(), PortError>;

    /// What was noted of an effect that has happened.
    async fn note(&self, id: &str) -> Result<Option<String>, PortError>;
}
