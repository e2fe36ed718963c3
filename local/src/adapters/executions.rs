//! Starts executions on the local engine.

use std::sync::Arc;

use ackflow_engine::Engine;
use ackflow_flows::StartRequest;
use ackflow_handlers::ports::{Executions, PortError};
use async_trait::async_trait;

/// The local engine, as ingest sees it.
#[derive(Clone, Debug)]
pub struct EngineExecutions {
    engine: Arc<Engine>,
}

impl EngineExecutions {
    /// Starts on this engine.
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

#[async_trait]
impl Executions for EngineExecutions {
    async fn start(&self, start: &StartRequest) -> Result<(), PortError> {
        let started = self.engine.start(&start.flow, &start.name, start.input.clone()).await;
        started.map(drop).map_err(|error| PortError::new("the engine", error))
    }
}
