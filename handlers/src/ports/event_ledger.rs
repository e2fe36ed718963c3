//! Which events have been seen, and which of them have started their flow.

use ackflow_flows::StartRequest;
use async_trait::async_trait;

use super::PortError;

/// What a claim found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The event is new; it is ours now.
    New,
    /// It was claimed before, and is not known to have started its flow.
    Claimed,
    /// It has started its flow.
    Started,
}

/// What became of an event that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is kept.
    Pending,
    /// Another delivery of it has started its flow meanwhile.
    Started,
}

/// The ledger of events, by the name of the execution that each starts. Remembers for three days.
#[async_trait]
pub trait EventLedger: Send + Sync {
    /// Claims an event, unless it was claimed before.
    async fn claim(&self, name: &str) -> Result<Claim, PortError>;

    /// Notes that the event has started its flow.
    async fn mark_started(&self, name: &str) -> Result<(), PortError>;

    /// Keeps what is to be started, for the redriver. Durable when this returns.
    async fn keep_pending(&self, start: &StartRequest) -> Result<Kept, PortError>;

    /// What was kept and not started yet, oldest first.
    async fn pending(&self, limit: usize) -> Result<Vec<StartRequest>, PortError>;
}
