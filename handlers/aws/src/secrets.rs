//! Secrets, from Secrets Manager.

use ackflow_handlers::IngestSettings;
use aws_sdk_secretsmanager::{
    Client, error::DisplayErrorContext, operation::get_secret_value::GetSecretValueError,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};

use crate::environment::{self, EnvironmentError};

/// Why a secret is not there. Never holds any of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// No variable names it.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// Secrets Manager does not give it.
    #[error("the secret {arn} can't be read: {reason}")]
    Unreadable {
        /// Which.
        arn: String,
        /// Why.
        reason: String,
    },
    /// It is not what it should be.
    #[error("the secret {arn} {problem}: fill it with the command that the stack's outputs give")]
    Malformed {
        /// Which.
        arn: String,
        /// What is wrong.
        problem: &'static str,
    },
}

/// The secret that `SLACK_SIGNING_SECRET_SECRET` names.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Signing {
    /// One, or two during a rotation, separated by a comma.
    signing_secret: Option<SecretString>,
    verification_token: Option<SecretString>,
}

/// The secret that `SLACK_BOT_TOKEN_SECRET` names.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Bot {
    bot_token: Option<SecretString>,
}

/// What ingest is configured with. A secret without a value yet is no error: the handshake with Slack works before it
/// is filled, and everything else is refused.
pub async fn ingest_settings(client: &Client) -> Result<IngestSettings, SecretError> {
    let signing: Signing = read(client, "SLACK_SIGNING_SECRET_SECRET").await?;
    let secrets = signing.signing_secret.as_ref().map(SecretString::expose_secret).unwrap_or_default();
    let secrets = secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty());
    let signing_secrets: Vec<SecretString> = secrets.map(SecretString::from).collect();
    if signing_secrets.is_empty() {
        tracing::warn!("no signing secret is set: every event will be refused");
    }
    Ok(IngestSettings {
        signing_secrets,
        verification_token: signing.verification_token.filter(|token| !token.expose_secret().is_empty()),
        team_ids: environment::team_ids(),
    })
}

/// The bot token.
pub async fn bot_token(client: &Client) -> Result<SecretString, SecretError> {
    const NAME: &str = "SLACK_BOT_TOKEN_SECRET";
    let bot: Bot = read(client, NAME).await?;
    match bot.bot_token {
        Some(token) if token.expose_secret().starts_with("xoxb-") => Ok(token),
        _ => Err(malformed(environment::required(NAME)?, "has no bot_token that begins with xoxb-")),
    }
}

/// Reads a secret of JSON. One that has no value yet is as good as an empty one.
async fn read<T: DeserializeOwned + Default>(
    client: &Client,
    variable: &'static str,
) -> Result<T, SecretError> {
    let arn = environment::required(variable)?;
    match client.get_secret_value().secret_id(&arn).send().await {
        Ok(secret) => {
            let text = secret.secret_string().unwrap_or_default();
            serde_json::from_str(text).map_err(|_| malformed(arn, "is not the JSON object that it should be"))
        }
        Err(error)
            if matches!(
                error.as_service_error(),
                Some(GetSecretValueError::ResourceNotFoundException(_))
            ) =>
        {
            Ok(T::default())
        }
        Err(error) => Err(SecretError::Unreadable { arn, reason: DisplayErrorContext(error).to_string() }),
    }
}

fn malformed(arn: String, problem: &'static str) -> SecretError {
    SecretError::Malformed { arn, problem }
}
