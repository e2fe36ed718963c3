//! Secrets, from Secrets Manager.

use std::collections::BTreeSet;

use ackflow_handlers::{IngestSettings, SHORTEST_WEBHOOK_SECRET};
use aws_sdk_secretsmanager::{
    Client, error::DisplayErrorContext, operation::get_secret_value::GetSecretValueError,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};

/// Why a secret is not there. Never holds any of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
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

/// The secret that `SLACK_USER_TOKEN_SECRET` names.
#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    user_token: Option<SecretString>,
}

/// The secret that `DEPLOY_WEBHOOK_SECRET_SECRET` names.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Webhook {
    webhook_secret: Option<SecretString>,
}

/// What ingest is configured with. A secret without a value yet is no error: the handshake with Slack works before it
/// is filled, and everything else is refused.
pub async fn ingest_settings(
    client: &Client,
    arn: &str,
    team_ids: BTreeSet<String>,
) -> Result<IngestSettings, SecretError> {
    let signing: Signing = read(client, arn).await?;
    let secrets = signing.signing_secret.as_ref().map(SecretString::expose_secret).unwrap_or_default();
    let secrets = secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty());
    let signing_secrets: Vec<SecretString> = secrets.map(SecretString::from).collect();
    if signing_secrets.is_empty() {
        tracing::warn!("no signing secret is set: every event will be refused");
    }
    Ok(IngestSettings { signing_secrets, verification_token: filled(signing.verification_token), team_ids })
}

/// The bot token.
pub async fn bot_token(client: &Client, arn: &str) -> Result<SecretString, SecretError> {
    let bot: Bot = read(client, arn).await?;
    match bot.bot_token {
        Some(token) if token.expose_secret().starts_with("xoxb-") => Ok(token),
        _ => Err(malformed(arn, "has no bot_token that begins with xoxb-")),
    }
}

/// An admin's user token, which may stay empty: then no message of others is deleted.
pub async fn user_token(client: &Client, arn: &str) -> Result<Option<SecretString>, SecretError> {
    let user: User = read(client, arn).await?;
    match filled(user.user_token) {
        Some(token) if !token.expose_secret().starts_with("xoxp-") => {
            Err(malformed(arn, "has a user_token that does not begin with xoxp-"))
        }
        token => Ok(token),
    }
}

/// What webhooks are signed with, which may stay empty: then nothing is deployed by one.
pub async fn webhook_secret(client: &Client, arn: &str) -> Result<Option<SecretString>, SecretError> {
    let webhook: Webhook = read(client, arn).await?;
    let secret = filled(webhook.webhook_secret);
    match secret {
        Some(secret) if secret.expose_secret().len() < SHORTEST_WEBHOOK_SECRET => {
            Err(malformed(arn, "has a webhook_secret that is too short"))
        }
        secret => Ok(secret),
    }
}

fn filled(secret: Option<SecretString>) -> Option<SecretString> {
    secret.filter(|secret| !secret.expose_secret().is_empty())
}

/// Reads a secret of JSON. One that has no value yet is as good as an empty one.
async fn read<T: DeserializeOwned + Default>(client: &Client, arn: &str) -> Result<T, SecretError> {
    match client.get_secret_value().secret_id(arn).send().await {
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
        Err(error) => {
            let reason = DisplayErrorContext(error).to_string();
            Err(SecretError::Unreadable { arn: arn.to_owned(), reason })
        }
    }
}

fn malformed(arn: &str, problem: &'static str) -> SecretError {
    SecretError::Malformed { arn: arn.to_owned(), problem }
}
