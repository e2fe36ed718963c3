//! The section `[onboarding]`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    findings::Findings,
    key::Key,
    slack_id::{CHANNEL_ID, check_channel},
    template,
};

/// Greeting new teammates, and telling people what a channel is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Onboarding {
    /// The direct message to a new teammate. Placeholder: {user}. Without it, nobody is greeted.
    pub welcome: Option<String>,
    /// The ids of the channels that a new teammate is invited to, in this order. Default: none.
    #[schemars(inner(regex(pattern = CHANNEL_ID)))]
    pub default_channels: Vec<String>,
    /// What somebody who joins a channel is told. Default: nothing.
    pub guides: Vec<Guide>,
}

/// What somebody who joins a channel is told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// The channel's id. No other guide has it.
    #[schemars(regex(pattern = CHANNEL_ID))]
    pub channel: String,
    /// What they are told. Placeholders: {user}, {channel}.
    #[schemars(length(min = 1))]
    pub text: String,
}

impl Onboarding {
    /// Whether there is anything to do for a new teammate.
    pub(crate) fn receives_newcomers(&self) -> bool {
        self.welcome.is_some() || !self.default_channels.is_empty()
    }

    /// The guide of a channel.
    pub fn guide(&self, channel: &str) -> Option<&Guide> {
        self.guides.iter().find(|guide| guide.channel == channel)
    }

    pub(super) fn check(&self, key: &Key, findings: &mut Findings<'_>) {
        if let Some(welcome) = &self.welcome {
            findings.check_not_empty(&key.child("welcome"), welcome);
            template::check(&key.child("welcome"), welcome, template::OF_GREETING, findings);
        }
        for (index, channel) in self.default_channels.iter().enumerate() {
            check_channel(&key.child("default_channels").item(index), channel, findings);
        }
        let mut channels = BTreeSet::new();
        for (index, guide) in self.guides.iter().enumerate() {
            let key = key.child("guides").item(index);
            check_channel(&key.child("channel"), &guide.channel, findings);
            if !channels.insert(&guide.channel) {
                let message = format!("another guide is for {:?} too", guide.channel);
                findings.add(&key.child("channel"), message, "make one guide of them");
            }
            findings.check_not_empty(&key.child("text"), &guide.text);
            template::check(&key.child("text"), &guide.text, template::OF_MESSAGE, findings);
        }
    }
}
