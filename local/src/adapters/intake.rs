//! Takes events in on this machine, where ledger and journal are one: the execution is the entry of its event.

use std::sync::Arc;

use ackflow_engine::{Engine, Started};
use ackflow_flows::StartRequest;
use ackflow_handlers::ports::{Intake, PortError, Taken};
use async_trait::async_trait;

/// Starts each event's execution in one durable write. A second one of the same name changes nothing.
#[derive(Clone, Debug)]
pub struct EngineIntake {
    engine: Arc<Engine>,
}

impl EngineIntake {
    /// Starts on this engine.
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

#[async_trait]
impl Intake for EngineIntake {
    async fn take(&self, start: &StartRequest) -> Result<Taken, PortError> {
        match self.engine.start(&start.flow, &start.name, &start.input).await {
            Ok(Started::New) => Ok(Taken::Accepted),
            Ok(Started::Already) => Ok(Taken::Duplicate),
            Err(error) => Err(PortError::new("the engine", error)),
        }
    }
}
