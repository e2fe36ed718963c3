//! `InviteNewcomer`: somebody who joined the workspace is invited to the default channels.

use std::{sync::Arc, time::Duration};

use ackflow_asl::{Call, Failure};
use ackflow_flows::{Configuration, InviteNewcomer, InviteNewcomerError, template};
use ackflow_schemas::devops::{MissedChannel, Newcomer, WelcomedNewcomer};
use async_trait::async_trait;

use crate::{
    slack_client::{SlackClient, SlackError},
    steps::StepHandler,
};

/// How long the step waits by itself when Slack says when to come back.
const PATIENCE: Duration = Duration::from_mins(1);

/// Invites newcomers.
pub struct InviteNewcomerHandler {
    slack: SlackClient,
    configuration: Arc<Configuration>,
}

impl InviteNewcomerHandler {
    /// A handler that invites with a bot token.
    pub fn new(slack: &SlackClient, configuration: Arc<Configuration>) -> Self {
        Self { slack: slack.patient(PATIENCE), configuration }
    }
}

#[async_trait]
impl StepHandler<InviteNewcomer> for InviteNewcomerHandler {
    async fn run(
        &self,
        Call { input: Newcomer { team_id, user_id }, .. }: Call<Newcomer>,
    ) -> Result<WelcomedNewcomer, Failure<InviteNewcomerError>> {
        let onboarding = self.configuration.onboarding.as_ref();
        let (mut channels, mut missed) = (Vec::new(), Vec::new());
        for channel_id in onboarding.iter().flat_map(|onboarding| &onboarding.default_channels).cloned() {
            match self.invite(&channel_id, &user_id).await? {
                None => channels.push(channel_id),
                Some(reason) => missed.push(MissedChannel { channel_id, reason }),
            }
        }
        let mention = format!("<@{user_id}>");
        let welcome = onboarding.and_then(|onboarding| onboarding.welcome.as_deref());
        let welcome = welcome.map(|welcome| template::fill(welcome, &[("user", &mention)]));
        Ok(WelcomedNewcomer { team_id, user_id, welcome, channels, missed })
    }
}

impl InviteNewcomerHandler {
    /// Invites somebody to a channel, or says why that can't be. Whoever is there already has been invited.
    async fn invite(
        &self,
        channel: &str,
        user: &str,
    ) -> Result<Option<String>, Failure<InviteNewcomerError>> {
        match self.slack.invite(channel, user).await {
            Ok(()) => Ok(None),
            Err(SlackError::Refused { error, .. }) if error == "already_in_channel" => Ok(None),
            Err(SlackError::Refused { error, .. }) => Ok(Some(error)),
            Err(error) => {
                Err(error
                    .failure(InviteNewcomerError::SlackRateLimited, InviteNewcomerError::SlackUnavailable))
            }
        }
    }
}
