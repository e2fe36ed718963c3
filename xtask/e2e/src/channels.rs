//! The channels of the simulated workspace that the configuration names.

use ackflow::simulator::Simulator;

use crate::targets::Targets;

pub(crate) struct Channels {
    pub(crate) operators: String,
    pub(crate) leads: String,
    pub(crate) moderators: String,
    pub(crate) general: String,
    pub(crate) alerts: String,
    pub(crate) votes: String,
}

impl Channels {
    pub(crate) fn of(simulator: &Simulator) -> Self {
        Self {
            operators: simulator.create_channel("operators"),
            leads: simulator.create_channel("leads"),
            moderators: simulator.create_channel("moderators"),
            general: simulator.create_channel("general"),
            alerts: simulator.create_channel("alerts"),
            votes: simulator.create_channel("votes"),
        }
    }

    /// A configuration with everything in it.
    pub(crate) fn configuration(&self, targets: &Targets) -> String {
        let Self { leads, moderators, general, alerts, votes, .. } = self;
        let Targets { webhook, project, machine, .. } = targets;
        format!(
            r#"
            [deploy]
            approvers = ["U0LEE"]
            leads_channel = "{leads}"
            slash_command = "/deploy"
            [deploy.environments.stg]
            needs_approval = false
            [deploy.environments.prod]
            needs_approval = true
            [deploy.services.api.target.webhook]
            url = "{webhook}"
            [deploy.services.web.target.codebuild]
            project = "{project}"
            [deploy.services.batch.target.state_machine]
            arn = "{machine}"

            [moderation]
            moderators_channel = "{moderators}"
            [[moderation.rules]]
            name = "keys"
            pattern = "AKIA[0-9A-Z]{{16}}"
            text = "Keys don't belong here."

            [onboarding]
            welcome = "Hello {{user}}!"
            default_channels = ["{general}"]
            [[onboarding.guides]]
            channel = "{alerts}"
            text = "The guide is pinned."

            [votes]
            channels = ["{votes}"]
            settle_seconds = 1
            "#
        )
    }
}
