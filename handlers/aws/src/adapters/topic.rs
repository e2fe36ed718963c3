//! Publishes notices on SNS.

use ackflow_handlers::ports::{NoticeTopic, PortError};
use ackflow_schemas::notice::Notice;
use async_trait::async_trait;
use aws_sdk_sns::{Client, error::DisplayErrorContext};

const TOPIC: &str = "the notices' topic";

/// The topic that the flows publish on too.
#[derive(Clone, Debug)]
pub struct SnsTopic {
    client: Client,
    arn: String,
}

impl SnsTopic {
    /// The topic with this ARN.
    pub fn new(client: Client, arn: String) -> Self {
        Self { client, arn }
    }
}

#[async_trait]
impl NoticeTopic for SnsTopic {
    async fn publish(&self, notice: &Notice) -> Result<(), PortError> {
        let message = serde_json::to_string(notice).map_err(|error| PortError::new(TOPIC, error))?;
        let published = self.client.publish().topic_arn(&self.arn).message(message).send().await;
        published.map(drop).map_err(|error| PortError::new(TOPIC, DisplayErrorContext(error)))
    }
}
