//! `AwaitDecision`: keeps the token of a deployment that waits, for whoever presses a button.

use std::sync::Arc;

use ackflow_asl::{Call, Failure};
use ackflow_flows::{AwaitDecision, AwaitDecisionError};
use ackflow_schemas::devops::{Approval, DeployRequest};
use async_trait::async_trait;

use crate::{
    board::Board,
    document_store::{DocumentError, DocumentStore},
    object_key::ObjectKey,
    ports::{Clock, ObjectStore},
    steps::StepHandler,
};

/// Keeps tokens in a bucket.
pub struct AwaitDecisionHandler {
    board: Board,
    documents: DocumentStore,
}

impl AwaitDecisionHandler {
    /// A handler that writes to a bucket.
    pub fn new(objects: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>) -> Self {
        Self { documents: DocumentStore::new(Arc::clone(&objects)), board: Board::new(objects, clock) }
    }
}

#[async_trait]
impl StepHandler<AwaitDecision> for AwaitDecisionHandler {
    async fn run(&self, call: Call<DeployRequest>) -> Result<(), Failure<AwaitDecisionError>> {
        let Call { execution, token, input: DeployRequest { order } } = call;
        let missing = "The task has no token: its state must wait for one (`.waitForTaskToken`).";
        let token = token.ok_or_else(|| Failure::new(AwaitDecisionError::TokenMissing, missing))?;
        self.board.await_approval(&execution, &order).await.map_err(|error| failure(&error))?;
        let key = ObjectKey::approval(&execution).map_err(|error| failure(&error.into()))?;
        // A new token is a new question: a decision that was given to an older one was not heard.
        let ask = |before: Option<&Approval>| {
            let is_asked = before.is_some_and(|before| before.token == token);
            (!is_asked).then(|| Approval {
                order: order.clone(),
                token: token.clone(),
                decision: None,
                press: None,
            })
        };
        self.documents.change(&key, ask).await.map_err(|error| failure(&error))?;
        Ok(())
    }
}

fn failure(error: &DocumentError) -> Failure<AwaitDecisionError> {
    error.failure(AwaitDecisionError::StorageUnavailable, AwaitDecisionError::BoardUnreadable)
}
