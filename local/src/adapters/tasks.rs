//! Runs the engine's tasks: the steps, and publishing to the topic.

use std::sync::Arc;

use ackflow_engine::{TaskCall, TaskError, Tasks};
use ackflow_handlers::{Steps, ports::NoticeTopic};
use async_trait::async_trait;
use serde_json::{Value, json};

/// The resource of a publishing state.
const PUBLISH: &str = "arn:aws:states:::sns:publish";

/// The resource of a state whose step hands out the task's token.
const INVOKE_AND_WAIT: &str = "arn:aws:states:::lambda:invoke.waitForTaskToken";

/// The steps and the topic of this machine.
pub struct LocalTasks {
    steps: Steps,
    topic: Arc<dyn NoticeTopic>,
}

impl LocalTasks {
    /// Runs these steps, and publishes to this topic.
    pub fn new(steps: Steps, topic: Arc<dyn NoticeTopic>) -> Self {
        Self { steps, topic }
    }

    /// What SNS does: takes the message, and gives its id.
    async fn publish(&self, call: &TaskCall) -> Result<Value, TaskError> {
        let notice = serde_json::from_value(call.input["Message"].clone()).map_err(|error| TaskError {
            error: "SNS.InvalidParameterException".to_owned(),
            cause: format!("The message of {} is no notice: {error}.", call.state),
        })?;
        self.topic.publish(&notice).await.map_err(|error| TaskError {
            error: "SNS.InternalErrorException".to_owned(),
            cause: error.to_string(),
        })?;
        Ok(json!({ "MessageId": call.token }))
    }
}

#[async_trait]
impl Tasks for LocalTasks {
    async fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        if call.resource == PUBLISH {
            return self.publish(&call).await;
        }
        let (function, payload) = if call.resource == INVOKE_AND_WAIT {
            let function = call.input["FunctionName"].as_str().unwrap_or_default().to_owned();
            (function, call.input["Payload"].clone())
        } else {
            (call.resource, call.input)
        };
        let step = function.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let result = self.steps.run(step.unwrap_or(&function), payload).await;
        result.map_err(|failure| TaskError { cause: failure.payload().to_string(), error: failure.error })
    }
}
