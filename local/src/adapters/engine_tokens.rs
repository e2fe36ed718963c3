//! Answers tasks that wait on this machine's engine.

use std::sync::{Arc, OnceLock, Weak};

use ackflow_engine::Engine;
use ackflow_handlers::ports::{Answered, PortError, TaskTokens};
use async_trait::async_trait;
use serde_json::Value;

const ENGINE: &str = "the engine";

/// The engine, as its own steps see it. Steps are made before the engine that runs them is, and must not keep it.
#[derive(Debug, Default)]
pub struct EngineTokens {
    engine: OnceLock<Weak<Engine>>,
}

impl EngineTokens {
    /// Tells which engine it is, once there is one.
    pub fn bind(&self, engine: &Arc<Engine>) {
        // Said a second time, it would be the same engine.
        let _ = self.engine.set(Arc::downgrade(engine));
    }
}

#[async_trait]
impl TaskTokens for EngineTokens {
    async fn answer(&self, token: &str, output: &Value) -> Result<Answered, PortError> {
        let engine = self.engine.get().and_then(Weak::upgrade);
        let engine =
            engine.ok_or_else(|| PortError::new(ENGINE, "it has not started yet, or has stopped"))?;
        match engine.answer(token, Ok(output.clone())).await {
            Ok(ackflow_engine::Answered::Taken) => Ok(Answered::Taken),
            Ok(ackflow_engine::Answered::NotAwaited) => Ok(Answered::NotAwaited),
            Err(error) => Err(PortError::new(ENGINE, error)),
        }
    }
}
