//! Presses on the buttons of an approval.

use ackflow_schemas::{
    devops::{ApprovalPress, Verdict},
    slack::{BlockActions, Interaction},
};
use jiff::Timestamp;

use super::{Ignored, RouteError, Routing, execution_name::execution_name, ignore, required, start};
use crate::approvals::APPROVALS;

/// The `action_id` of a button that decides a deployment, by its verdict.
pub const APPROVAL_ACTIONS: [(&str, Verdict); 2] =
    [("approve_deploy", Verdict::Approved), ("deny_deploy", Verdict::Denied)];

/// Says which flow an interaction starts.
pub fn route_press(interaction: Interaction, now: Timestamp) -> Result<Routing, RouteError> {
    match interaction {
        Interaction::BlockActions(actions) => pressed(*actions, now),
        Interaction::Unknown { .. } => ignore(Ignored::OtherType),
    }
}

fn pressed(actions: BlockActions, now: Timestamp) -> Result<Routing, RouteError> {
    let BlockActions { user, team, channel, actions, .. } = actions;
    let ours = actions.into_iter().enumerate().find_map(|(index, action)| {
        let known = APPROVAL_ACTIONS.iter().find(|(id, _)| action.action_id == *id)?;
        Some((known.1, format!("actions[{index}]"), action))
    });
    let Some((verdict, path, action)) = ours else { return ignore(Ignored::OtherAction) };
    let Some(user) = user else { return Err(RouteError::Missing("user".to_owned())) };
    let team_id = team.map(|team| team.id).or(user.team_id);
    let press = ApprovalPress {
        approval: required(action.value.as_ref(), &format!("{path}.value"))?,
        verdict,
        team_id: required(team_id.as_ref(), "team.id")?,
        channel_id: required(channel.map(|channel| channel.id).as_ref(), "channel.id")?,
        user_id: user.id,
        pressed_at: now.to_string(),
    };
    let action_ts = required(action.action_ts.as_ref(), &format!("{path}.action_ts"))?;
    let name =
        execution_name(&press.team_id, &format!("press:{}:{}:{action_ts}", press.approval, press.user_id));
    Ok(start(APPROVALS, name, &press))
}
