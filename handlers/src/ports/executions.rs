//! Starts executions.

use ackflow_flows::StartRequest;
use async_trait::async_trait;

use super::PortError;

/// The engine, as ingest sees it.
#[async_trait]
pub trait Executions: Send + Sync {
    /// Starts an execution, unless one of this name exists: both are success. Durable when this returns.
    async fn start(&self, start: &StartRequest) -> Result<(), PortError>;
}
