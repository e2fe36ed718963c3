//! What functions are made of: clients, and the ports on them.

use std::sync::Arc;

use ackflow_handlers::{IngestSettings, SlackClient, http, ports::Clock};
use aws_config::SdkConfig;

use crate::{
    adapters::{DynamoLedger, S3Objects, SnsTopic, StepFunctions, SystemClock},
    clients::{self, Patience},
    environment::{self, EnvironmentError},
    secrets::{self, SecretError},
};

/// Why a function can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is missing.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// A secret is missing.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The HTTP client can't be made.
    #[error("the HTTP client can't be made: {0}")]
    Http(#[from] reqwest::Error),
}

/// Makes each port that a function asks for, and so reads only the variables and secrets of that function.
#[derive(Clone, Debug)]
pub struct Tools {
    config: SdkConfig,
}

impl Tools {
    /// Tools whose calls may take this long.
    pub async fn new(patience: Patience) -> Self {
        Self { config: clients::config(patience).await }
    }

    /// The clock.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    /// The ledgers.
    pub fn ledger(&self) -> Result<Arc<DynamoLedger>, EnvironmentError> {
        let client = aws_sdk_dynamodb::Client::new(&self.config);
        Ok(Arc::new(DynamoLedger::new(client, environment::required("LEDGER_TABLE")?, self.clock())))
    }

    /// The bucket.
    pub fn objects(&self) -> Result<Arc<S3Objects>, EnvironmentError> {
        let client = aws_sdk_s3::Client::new(&self.config);
        Ok(Arc::new(S3Objects::new(client, environment::required("BUCKET")?)))
    }

    /// The engine.
    pub fn executions(&self) -> Result<Arc<StepFunctions>, EnvironmentError> {
        let client = aws_sdk_sfn::Client::new(&self.config);
        Ok(Arc::new(StepFunctions::new(client, environment::state_machines()?)))
    }

    /// The notices' topic.
    pub fn topic(&self) -> Result<Arc<SnsTopic>, EnvironmentError> {
        let client = aws_sdk_sns::Client::new(&self.config);
        Ok(Arc::new(SnsTopic::new(client, environment::required("NOTICES_TOPIC")?)))
    }

    /// The notices' queue.
    pub fn queue(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// What ingest is configured with, secrets included.
    pub async fn ingest_settings(&self) -> Result<IngestSettings, SecretError> {
        secrets::ingest_settings(&aws_sdk_secretsmanager::Client::new(&self.config)).await
    }

    /// Slack's Web API, with the bot token.
    pub async fn slack(&self) -> Result<SlackClient, StartError> {
        let url = environment::slack_api_url()?;
        let token = secrets::bot_token(&aws_sdk_secretsmanager::Client::new(&self.config)).await?;
        Ok(SlackClient::new(http::client(&url)?, url, token, self.clock()))
    }
}
