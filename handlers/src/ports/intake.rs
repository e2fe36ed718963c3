//! Where ingest hands over the events that a flow wants.

use ackflow_flows::StartRequest;
use async_trait::async_trait;

use super::PortError;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Its execution exists, or will.
    Accepted,
    /// It was accepted before.
    Duplicate,
}

/// Takes events in. Exactly one execution comes of each, however often it is handed over.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Takes an event in. Durable when this returns; an error says that nothing is certain, and that the event is to
    /// be handed over again.
    async fn take(&self, start: &StartRequest) -> Result<Taken, PortError>;
}
