//! `DeleteMessage`: a message that breaks a rule is deleted, where an admin's token allows it.

use std::time::Duration;

use ackflow_asl::{Call, Failure};
use ackflow_flows::{DeleteMessage, DeleteMessageError};
use ackflow_schemas::devops::{ModeratedMessage, ModerationCase};
use async_trait::async_trait;

use crate::{
    slack_client::{SlackClient, SlackError},
    steps::StepHandler,
};

/// How long the step waits by itself when Slack says when to come back.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is in the way where no admin's token is configured. A bot may delete its own messages only.
const NO_USER_TOKEN: &str = "no_user_token";

/// Deletes messages.
pub struct DeleteMessageHandler {
    bot: SlackClient,
    admin: Option<SlackClient>,
}

impl DeleteMessageHandler {
    /// A handler that deletes with an admin's token, if there is one.
    pub fn new(bot: &SlackClient, admin: Option<&SlackClient>) -> Self {
        Self { bot: bot.clone(), admin: admin.map(|admin| admin.patient(PATIENCE)) }
    }
}

#[async_trait]
impl StepHandler<DeleteMessage> for DeleteMessageHandler {
    async fn run(
        &self,
        Call { input: case, .. }: Call<ModerationCase>,
    ) -> Result<ModeratedMessage, Failure<DeleteMessageError>> {
        let obstacle = match &self.admin {
            None => Some(NO_USER_TOKEN.to_owned()),
            Some(admin) => delete(admin, &case).await?,
        };
        let permalink = match obstacle {
            None => None,
            // The moderators find it without a link too.
            Some(_) => self.bot.permalink(&case.channel_id, &case.ts).await.ok().flatten(),
        };
        Ok(ModeratedMessage { is_deleted: obstacle.is_none(), case, obstacle, permalink })
    }
}

/// Deletes a message, or says what is in the way. One that is gone was deleted by somebody else, or by an attempt before.
async fn delete(
    admin: &SlackClient,
    case: &ModerationCase,
) -> Result<Option<String>, Failure<DeleteMessageError>> {
    match admin.delete_message(&case.channel_id, &case.ts).await {
        Ok(()) => Ok(None),
        Err(SlackError::Refused { error, .. }) if error == "message_not_found" => Ok(None),
        Err(SlackError::Refused { error, .. }) => Ok(Some(error)),
        Err(error) => {
            Err(error.failure(DeleteMessageError::SlackRateLimited, DeleteMessageError::SlackUnavailable))
        }
    }
}
