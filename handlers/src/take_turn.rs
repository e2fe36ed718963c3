//! `TakeTurn`: deployments of one service to one environment go one after the other.

use std::sync::Arc;

use ackflow_asl::{Call, Failure};
use ackflow_flows::{TakeTurn, TakeTurnError};
use ackflow_schemas::devops::ReviewedDeploy;
use async_trait::async_trait;

use crate::{
    board::Board,
    document_store::DocumentError,
    ports::{Clock, ObjectStore},
    steps::StepHandler,
};

/// Takes turns on the board in a bucket.
pub struct TakeTurnHandler {
    board: Board,
}

impl TakeTurnHandler {
    /// A handler that changes the board in a bucket.
    pub fn new(objects: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>) -> Self {
        Self { board: Board::new(objects, clock) }
    }
}

#[async_trait]
impl StepHandler<TakeTurn> for TakeTurnHandler {
    async fn run(
        &self,
        Call { execution, input: deploy, .. }: Call<ReviewedDeploy>,
    ) -> Result<ReviewedDeploy, Failure<TakeTurnError>> {
        let is_its_turn = self.board.take_turn(&execution, &deploy.order).await;
        if is_its_turn.map_err(|error| failure(&error))? {
            return Ok(deploy);
        }
        let order = &deploy.order;
        let cause = format!("Another deployment of {} to {} comes first.", order.service, order.environment);
        Err(Failure::new(TakeTurnError::TurnTaken, cause))
    }
}

fn failure(error: &DocumentError) -> Failure<TakeTurnError> {
    error.failure(TakeTurnError::StorageUnavailable, TakeTurnError::BoardUnreadable)
}
