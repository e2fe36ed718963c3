//! `EndTurn`: a deployment that has ended makes room for the next.

use std::sync::Arc;

use ackflow_asl::{Call, Failure};
use ackflow_flows::{EndTurn, EndTurnError};
use ackflow_schemas::devops::DeployReport;
use async_trait::async_trait;

use crate::{
    board::Board,
    document_store::DocumentError,
    ports::{Clock, ObjectStore},
    steps::StepHandler,
};

/// Takes deployments off the board in a bucket.
pub struct EndTurnHandler {
    board: Board,
}

impl EndTurnHandler {
    /// A handler that changes the board in a bucket.
    pub fn new(objects: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>) -> Self {
        Self { board: Board::new(objects, clock) }
    }
}

#[async_trait]
impl StepHandler<EndTurn> for EndTurnHandler {
    async fn run(
        &self,
        Call { execution, input: report, .. }: Call<DeployReport>,
    ) -> Result<DeployReport, Failure<EndTurnError>> {
        self.board.leave(&execution, &report.order).await.map_err(|error| failure(&error))?;
        Ok(report)
    }
}

fn failure(error: &DocumentError) -> Failure<EndTurnError> {
    error.failure(EndTurnError::StorageUnavailable, EndTurnError::BoardUnreadable)
}
