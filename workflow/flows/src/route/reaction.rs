//! Reactions that come or go.

use ackflow_schemas::{
    devops::CountRequest,
    slack::{EventCallback, ReactionItem},
};
use jiff::Timestamp;

use super::{
    Ignored, RouteError, Routing, bot_user, execution_name::execution_name, identity, ignore, required, start,
};
use crate::{Configuration, votes::VOTES};

/// How much later than its time is over a count is made, in seconds: clocks differ, and what comes at the last moment by
/// one clock must not be too late by another.
const MARGIN: i64 = 1;

/// Starts counting, once for all reactions on a message within a time: they have one execution name. Which reaction came
/// or went is of no interest, for the count is read from Slack.
pub(super) fn route(
    callback: &EventCallback,
    item: Option<ReactionItem>,
    author: Option<&String>,
    configuration: &Configuration,
    now: Timestamp,
) -> Result<Routing, RouteError> {
    let Some(votes) = &configuration.votes else { return ignore(Ignored::SwitchedOff) };
    let item = item.unwrap_or_default();
    let channel_id = item.channel.as_ref().filter(|channel| votes.channels.contains(*channel));
    let Some(channel_id) = channel_id.filter(|_| item.type_.as_deref() == Some("message")) else {
        return ignore(Ignored::NotCounted);
    };
    // What the bot says is no proposal: its tally least of all.
    if author.is_some_and(|author| bot_user(callback) == Some(author)) {
        return ignore(Ignored::NotCounted);
    }
    let (team_id, _) = identity(callback)?;
    let ts = required(item.ts.as_ref(), "event.item.ts")?;
    let seconds = i64::try_from(votes.settle_seconds).unwrap_or(i64::MAX);
    let over = now.as_second().div_euclid(seconds).saturating_add(1).saturating_mul(seconds);
    let count_at = Timestamp::from_second(over.saturating_add(MARGIN)).unwrap_or(Timestamp::MAX);
    let name = execution_name(&team_id, &format!("votes:{channel_id}:{ts}:{over}"));
    let request =
        CountRequest { team_id, channel_id: channel_id.clone(), ts, count_at: count_at.to_string() };
    Ok(start(VOTES, name, &request))
}
