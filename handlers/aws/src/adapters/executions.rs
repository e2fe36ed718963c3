//! Starts executions of Step Functions.

use std::collections::HashMap;

use ackflow_flows::StartRequest;
use ackflow_handlers::ports::{Executions, PortError};
use async_trait::async_trait;
use aws_sdk_sfn::{Client, error::DisplayErrorContext, operation::start_execution::StartExecutionError};

const ENGINE: &str = "Step Functions";

/// Starts executions of the deployed state machines.
#[derive(Clone, Debug)]
pub struct StepFunctions {
    client: Client,
    /// The ARN of each flow's state machine.
    machines: HashMap<String, String>,
}

impl StepFunctions {
    /// Starts executions of these state machines, by the names of their flows.
    pub fn new(client: Client, machines: HashMap<String, String>) -> Self {
        Self { client, machines }
    }
}

#[async_trait]
impl Executions for StepFunctions {
    async fn start(&self, start: &StartRequest) -> Result<(), PortError> {
        let machine = self.machines.get(&start.flow).ok_or_else(|| {
            PortError::new(
                ENGINE,
                format!("STATE_MACHINES names no state machine for {}: deploy again", start.flow),
            )
        })?;
        let started = self
            .client
            .start_execution()
            .state_machine_arn(machine)
            .name(&start.name)
            .input(start.input.get())
            .send()
            .await;
        match started {
            Ok(_) => Ok(()),
            // A name is used once in 90 days: this is the event's own execution, which has ended or has another input.
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(StartExecutionError::ExecutionAlreadyExists(_))
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(PortError::new(ENGINE, DisplayErrorContext(error))),
        }
    }
}
