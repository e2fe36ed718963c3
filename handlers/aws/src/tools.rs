//! What functions are made of: clients, and the ports on them.

use std::{path::Path, sync::Arc};

use ackflow_flows::Configuration;
use ackflow_handlers::{
    Deployers, IngestSettings, SettingError, SlackClient, WebhookDeployer, http, ports::Clock,
};
use aws_config::SdkConfig;
use secrecy::SecretString;

use crate::{
    adapters::{
        CodeBuildDeployer, DynamoLedger, S3Objects, SnsTopic, StateMachineDeployer, StepFunctions,
        StepFunctionsTokens, SystemClock,
    },
    clients::{self, Patience},
    configuration::{self, ConfigurationFileError},
    environment::{self, EnvironmentError},
    secrets::{self, SecretError},
};

/// Why a function can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is missing.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// A variable that the operator sets is malformed.
    #[error("{0}; then deploy it again")]
    Setting(#[from] SettingError),
    /// A secret is missing.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The configuration file can't be used.
    #[error(transparent)]
    Configuration(#[from] ConfigurationFileError),
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

    /// The tasks that wait for an answer.
    pub fn task_tokens(&self) -> Arc<StepFunctionsTokens> {
        Arc::new(StepFunctionsTokens::new(aws_sdk_sfn::Client::new(&self.config)))
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

    /// What the system is to do: the configuration that was deployed with the function.
    pub fn configuration(&self) -> Result<Arc<Configuration>, StartError> {
        // Lambda sets it: the folder of the function's code.
        let Some(folder) = environment::optional("LAMBDA_TASK_ROOT") else { return Ok(Arc::default()) };
        Ok(Arc::new(configuration::read(Path::new(&folder))?))
    }

    /// What ingest is configured with, secrets included.
    pub async fn ingest_settings(&self) -> Result<IngestSettings, StartError> {
        let arn = environment::required("SLACK_SIGNING_SECRET_SECRET")?;
        Ok(secrets::ingest_settings(&self.secrets(), &arn, environment::team_ids()?).await?)
    }

    /// Slack's Web API, with the bot token.
    pub async fn slack(&self) -> Result<SlackClient, StartError> {
        let arn = environment::required("SLACK_BOT_TOKEN_SECRET")?;
        self.slack_with(secrets::bot_token(&self.secrets(), &arn).await?)
    }

    /// Slack's Web API with an admin's token, if there is one.
    pub async fn slack_admin(&self) -> Result<Option<SlackClient>, StartError> {
        let arn = environment::required("SLACK_USER_TOKEN_SECRET")?;
        let token = secrets::user_token(&self.secrets(), &arn).await?;
        token.map(|token| self.slack_with(token)).transpose()
    }

    /// All that deploys, for whoever starts deployments.
    pub async fn deployers(&self) -> Result<Deployers, StartError> {
        let arn = environment::required("DEPLOY_WEBHOOK_SECRET_SECRET")?;
        let mut deployers = self.aws_deployers();
        if let Some(secret) = secrets::webhook_secret(&self.secrets(), &arn).await? {
            let http = http::client(&environment::slack_api_url()?)?;
            deployers.webhook = Some(Arc::new(WebhookDeployer::new(http, secret, self.clock())));
        }
        Ok(deployers)
    }

    /// The deployers of AWS, for whoever asks how deployments stand: those of the others end with their start.
    pub fn aws_deployers(&self) -> Deployers {
        let codebuild = CodeBuildDeployer::new(aws_sdk_codebuild::Client::new(&self.config));
        let state_machine = StateMachineDeployer::new(aws_sdk_sfn::Client::new(&self.config));
        Deployers {
            codebuild: Some(Arc::new(codebuild)),
            state_machine: Some(Arc::new(state_machine)),
            ..Deployers::default()
        }
    }

    fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.config)
    }

    fn slack_with(&self, token: SecretString) -> Result<SlackClient, StartError> {
        let url = environment::slack_api_url()?;
        Ok(SlackClient::new(http::client(&url)?, url, token, self.clock()))
    }
}
