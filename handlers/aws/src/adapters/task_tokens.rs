//! Answers tasks of Step Functions that wait for their token.

use ackflow_handlers::ports::{Answered, PortError, TaskTokens};
use async_trait::async_trait;
use aws_sdk_sfn::{
    Client, error::DisplayErrorContext, operation::send_task_success::SendTaskSuccessError as Refusal,
};
use serde_json::Value;

const ENGINE: &str = "Step Functions";

/// The tasks that wait in the deployed state machines.
#[derive(Clone, Debug)]
pub struct StepFunctionsTokens {
    client: Client,
}

impl StepFunctionsTokens {
    /// Answers tasks in this client's account and region.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

#[async_trait]
impl TaskTokens for StepFunctionsTokens {
    async fn answer(&self, token: &str, output: &Value) -> Result<Answered, PortError> {
        let answer = self.client.send_task_success().task_token(token).output(output.to_string());
        let Err(error) = answer.send().await else { return Ok(Answered::Taken) };
        match error.as_service_error() {
            // `TaskTimedOut` says that the token has expired, or that the task has ended: it was answered before.
            // Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html>
            Some(Refusal::TaskTimedOut(_) | Refusal::TaskDoesNotExist(_) | Refusal::InvalidToken(_)) => {
                Ok(Answered::NotAwaited)
            }
            _ => Err(PortError::new(ENGINE, DisplayErrorContext(error))),
        }
    }
}
