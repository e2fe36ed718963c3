//! The section `[moderation]`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    findings::Findings,
    key::Key,
    pattern::Pattern,
    slack_id::{CHANNEL_ID, check_channel, check_channels},
    template,
};

/// Removing messages that break a rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moderation {
    /// The id of the channel that is told what could not be removed.
    #[schemars(regex(pattern = CHANNEL_ID))]
    pub moderators_channel: String,
    /// The rules; the first one that a message breaks counts. At least one.
    #[schemars(length(min = 1))]
    pub rules: Vec<Rule>,
}

/// What a message must not hold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, for the moderators. No other rule has it.
    #[schemars(length(min = 1))]
    pub name: String,
    /// What is found in a message that breaks it.
    pub pattern: Pattern,
    /// The ids of the channels that it holds in. Default: all.
    #[serde(default)]
    #[schemars(inner(regex(pattern = CHANNEL_ID)))]
    pub channels: BTreeSet<String>,
    /// What the author is told. Placeholders: {user}, {channel}.
    #[schemars(length(min = 1))]
    pub text: String,
}

impl Moderation {
    /// The first rule that a message in a channel breaks.
    pub fn broken_rule(&self, channel: &str, text: &str) -> Option<&Rule> {
        let holds_in = |rule: &Rule| rule.channels.is_empty() || rule.channels.contains(channel);
        self.rules.iter().find(|rule| holds_in(rule) && rule.pattern.is_match(text))
    }

    pub(super) fn check(&self, key: &Key, findings: &mut Findings<'_>) {
        check_channel(&key.child("moderators_channel"), &self.moderators_channel, findings);
        let rules = key.child("rules");
        // A rule that stands there and is wrong is reported already.
        if self.rules.is_empty() && !findings.has(&rules.item(0)) {
            findings.add(
                &rules,
                "there is no rule",
                "add one, [[moderation.rules]], or leave out [moderation]",
            );
        }
        let mut names = BTreeSet::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let key = rules.item(index);
            if !names.insert(&rule.name) {
                let message = format!("another rule is named {:?} too", rule.name);
                findings.add(&key.child("name"), message, "give this one another name");
            }
            rule.check(&key, findings);
        }
    }
}

impl Rule {
    fn check(&self, key: &Key, findings: &mut Findings<'_>) {
        findings.check_not_empty(&key.child("name"), &self.name);
        if self.pattern.is_match("") {
            findings.add(
                &key.child("pattern"),
                "every message breaks it, for it is found in an empty text",
                "require at least one character",
            );
        }
        check_channels(&key.child("channels"), &self.channels, findings);
        findings.check_not_empty(&key.child("text"), &self.text);
        template::check(&key.child("text"), &self.text, template::OF_MESSAGE, findings);
    }
}
