//! Deploys by executions of state machines of AWS Step Functions.

use ackflow_flows::{Target, template};
use ackflow_handlers::ports::{DeployError, Deployer, Deployment, Progress};
use async_trait::async_trait;
use aws_sdk_sfn::{
    Client,
    operation::{describe_execution::DescribeExecutionError, start_execution::StartExecutionError},
    types::ExecutionStatus,
};
use serde_json::json;

use super::deploy_error::deploy_error;

/// Starts executions, each named by the key of its deployment. The state machines are Standard ones: an Express one
/// would start another execution of the same name, and nobody could say how it stands.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
#[derive(Clone, Debug)]
pub struct StateMachineDeployer {
    client: Client,
}

impl StateMachineDeployer {
    /// Starts executions in this client's account and region.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

#[async_trait]
impl Deployer for StateMachineDeployer {
    async fn start(&self, deployment: &Deployment) -> Result<Progress, DeployError> {
        let machine = machine(deployment)?;
        let input = json!({
            "service": deployment.service,
            "environment": deployment.environment,
            "requested_by": deployment.requested_by,
            "idempotency_key": deployment.key,
        });
        let start = self.client.start_execution().state_machine_arn(&machine).name(&deployment.key);
        let error = match start.input(input.to_string()).send().await {
            Ok(started) => return Ok(Progress::Running(started.execution_arn)),
            Err(error) => error,
        };
        match error.as_service_error() {
            // It is the deployment's own, which has ended.
            Some(StartExecutionError::ExecutionAlreadyExists(_)) => {
                Ok(Progress::Running(execution(&machine, &deployment.key)))
            }
            _ => Err(deploy_error(error)),
        }
    }

    /// To start it again does no harm, and gives what is there already: a name is used once in 90 days, which is twice
    /// as long as the ledger remembers that a start broke off.
    async fn find(&self, _: &Deployment) -> Result<Option<Progress>, DeployError> {
        Ok(None)
    }

    async fn check(&self, _: &Deployment, handle: &str) -> Result<Progress, DeployError> {
        let described = self.client.describe_execution().execution_arn(handle).send().await;
        let execution = described.map_err(|error| match error.as_service_error() {
            // It may be a moment before an execution that was just started can be read.
            // Source: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
            Some(DescribeExecutionError::ExecutionDoesNotExist(_)) => {
                DeployError::Unavailable(format!("Step Functions does not know the execution {handle}"))
            }
            _ => deploy_error(error),
        })?;
        Ok(match execution.status {
            ExecutionStatus::Running | ExecutionStatus::PendingRedrive => {
                Progress::Running(handle.to_owned())
            }
            ExecutionStatus::Succeeded => Progress::Succeeded(None),
            status => {
                let ended = format!("the execution ended as {}", status.as_str());
                let told = [Some(ended), execution.error, execution.cause];
                Progress::Failed(told.into_iter().flatten().collect::<Vec<_>>().join(": "))
            }
        })
    }
}

fn machine(deployment: &Deployment) -> Result<String, DeployError> {
    let Target::StateMachine(target) = &deployment.target else {
        return Err(DeployError::Unsupported("the target is no state machine".to_owned()));
    };
    Ok(template::fill_deployment(&target.arn, &deployment.service, &deployment.environment))
}

/// The ARN of an execution. It does not hold the version or the alias that the state machine's may end with.
///
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html>
fn execution(machine: &str, name: &str) -> String {
    // arn:aws:states:REGION:ACCOUNT:stateMachine:NAME
    let unqualified: Vec<&str> = machine.split(':').take(7).collect();
    let machine = unqualified.join(":").replacen(":stateMachine:", ":execution:", 1);
    format!("{machine}:{name}")
}
