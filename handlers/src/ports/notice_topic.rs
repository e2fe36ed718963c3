//! The topic that notices are published to.

use ackflow_schemas::notice::Notice;
use async_trait::async_trait;

use super::PortError;

/// The topic of notices. Delivers at least once.
#[async_trait]
pub trait NoticeTopic: Send + Sync {
    /// Publishes a notice. Durable when this returns.
    async fn publish(&self, notice: &Notice) -> Result<(), PortError>;
}
