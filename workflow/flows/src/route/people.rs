//! Somebody joined the workspace, or a channel.

use ackflow_schemas::{
    devops::{GuidedMember, Newcomer},
    slack::{EventCallback, MemberJoinedChannel, TeamJoin},
};

use super::{
    Ignored, RouteError, Routing, bot_user, execution_name::execution_name, identity, ignore, required, start,
};
use crate::{Configuration, Onboarding, channel_guides::CHANNEL_GUIDES, onboarding::ONBOARDING, template};

pub(super) fn joined_team(
    callback: &EventCallback,
    join: TeamJoin,
    configuration: &Configuration,
) -> Result<Routing, RouteError> {
    if !configuration.onboarding.as_ref().is_some_and(Onboarding::receives_newcomers) {
        return ignore(Ignored::SwitchedOff);
    }
    let Some(user) = join.user else { return Err(RouteError::Missing("event.user".to_owned())) };
    if user.is_bot == Some(true) {
        return ignore(Ignored::FromBot);
    }
    let (team_id, event_id) = identity(callback)?;
    let newcomer = Newcomer { user_id: required(user.id.as_ref(), "event.user.id")?, team_id };
    Ok(start(ONBOARDING, execution_name(&newcomer.team_id, &event_id), &newcomer))
}

pub(super) fn joined_channel(
    callback: &EventCallback,
    join: &MemberJoinedChannel,
    configuration: &Configuration,
) -> Result<Routing, RouteError> {
    let onboarding = configuration.onboarding.as_ref().filter(|onboarding| !onboarding.guides.is_empty());
    let Some(onboarding) = onboarding else { return ignore(Ignored::SwitchedOff) };
    let channel_id = required(join.channel.as_ref(), "event.channel")?;
    let Some(guide) = onboarding.guide(&channel_id) else { return ignore(Ignored::NoGuide) };
    let user_id = required(join.user.as_ref(), "event.user")?;
    if bot_user(callback) == Some(&user_id) {
        return ignore(Ignored::FromBot);
    }
    let (team_id, event_id) = identity(callback)?;
    let guide = template::fill_message(&guide.text, &user_id, &channel_id);
    let member = GuidedMember { team_id, channel_id, user_id, guide };
    Ok(start(CHANNEL_GUIDES, execution_name(&member.team_id, &event_id), &member))
}
