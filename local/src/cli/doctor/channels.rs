//! Whether the bot is in every channel that it is to work in.

use std::collections::{BTreeMap, BTreeSet};

use ackflow_flows::Configuration;
use ackflow_handlers::{Operators, SlackClient, SlackError};
use ackflow_schemas::slack::Channel;

use super::finding::Finding;
use crate::cli::terminal::plain;

const CHECK: &str = "channels";

/// Looks up each channel that is configured.
pub(super) async fn check(
    slack: &SlackClient,
    configuration: &Configuration,
    operators: &Operators,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, breaks) in configured(configuration, operators) {
        let looked_up = slack.channel(id).await;
        let breaks = breaks.into_iter().collect::<Vec<_>>().join(", ");
        // What can't be reached once is not asked for again and again.
        let is_out_of_reach =
            matches!(looked_up, Err(SlackError::RateLimited { .. } | SlackError::Unavailable { .. }));
        findings.push(finding(id, looked_up, breaks));
        if is_out_of_reach {
            break;
        }
    }
    findings
}

/// The channels by their ids, each with what does not happen when the bot is not in it.
fn configured<'a>(
    configuration: &'a Configuration,
    operators: &'a Operators,
) -> BTreeMap<&'a str, BTreeSet<&'static str>> {
    let mut channels: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
    let mut add = |id: &'a str, breaks| channels.entry(id).or_default().insert(breaks);
    if let Some(leads) = configuration.deploy.as_ref().and_then(|deploy| deploy.leads_channel.as_ref()) {
        add(leads, "nobody is asked for approval");
    }
    if let Some(moderation) = &configuration.moderation {
        add(&moderation.moderators_channel, "the moderators are not told");
        for channel in moderation.rules.iter().flat_map(|rule| &rule.channels) {
            add(channel, "messages there are not moderated");
        }
    }
    if let Some(onboarding) = &configuration.onboarding {
        for channel in &onboarding.default_channels {
            add(channel, "new teammates are not invited there");
        }
        for guide in &onboarding.guides {
            add(&guide.channel, "who joins it is not told what it is for");
        }
    }
    for channel in configuration.votes.iter().flat_map(|votes| &votes.channels) {
        add(channel, "votes there are not counted");
    }
    // A direct message has no other member to look for.
    if let Operators::Channel(channel) = operators
        && !channel.starts_with('D')
    {
        add(channel, "the operators are told nothing");
    }
    channels
}

fn finding(id: &str, looked_up: Result<Channel, SlackError>, breaks: String) -> Finding {
    let channel = match looked_up {
        Ok(channel) => channel,
        Err(SlackError::Refused { error, .. }) if error == "channel_not_found" => {
            let message = format!("there is no channel {id}, or it is private and the bot is not in it");
            return Finding::error(CHECK, message).breaks(breaks).remedy(
                "correct the id; or, if it is right, type /invite and the bot's name in the channel",
            );
        }
        Err(error) => {
            let message = format!("it is not known whether the bot is in {id}: {error}");
            return Finding::warning(CHECK, plain(&message)).remedy("mend that first, and examine it again");
        }
    };
    let name = plain(&format!("#{} ({id})", channel.name.as_deref().unwrap_or_default()));
    if channel.is_archived == Some(true) {
        return Finding::error(CHECK, format!("{name} is archived"))
            .breaks(breaks)
            .remedy("unarchive it, or configure another one");
    }
    if channel.is_member == Some(true) {
        return Finding::ok(CHECK, format!("the bot is in {name}"));
    }
    Finding::error(CHECK, format!("the bot is not in {name}"))
        .breaks(breaks)
        .remedy(format!("run `ackflow join {id}`, or type /invite and the bot's name in the channel"))
}
