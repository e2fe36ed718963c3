//! People who joined the workspace, or a channel.

use ackflow_schemas::devops::{GuidedMember, WelcomedNewcomer};

use super::mrkdwn::{by_operators, channel};

/// How many channels are listed.
const MAX_LISTED: usize = 20;

/// Empty where nobody is greeted and there is no channel to speak of.
pub(super) fn welcomed(newcomer: &WelcomedNewcomer) -> String {
    let welcome = newcomer.welcome.as_deref().map(by_operators);
    let channels = (!newcomer.channels.is_empty()).then(|| added(&newcomer.channels));
    welcome.into_iter().chain(channels).collect::<Vec<_>>().join("\n")
}

fn added(channels: &[String]) -> String {
    let listed: Vec<String> = channels.iter().take(MAX_LISTED).map(|id| channel(id)).collect();
    let more = channels.len() - listed.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("I added you to {}{more}.", listed.join(", "))
}

pub(super) fn guided(member: &GuidedMember) -> String {
    by_operators(&member.guide)
}
