//! Slash commands.

use ackflow_schemas::{devops::Origin, slack::SlashCommand};
use jiff::Timestamp;

use super::{Ignored, RouteError, Routing, command, execution_name::execution_name, ignore, required};
use crate::Configuration;

/// Says which flow a slash command starts: what comes after `/deploy` is what comes after a mention and `deploy`.
pub fn route_slash_command(
    command: &SlashCommand,
    configuration: &Configuration,
    now: Timestamp,
) -> Result<Routing, RouteError> {
    let Some(deploy) = &configuration.deploy else { return ignore(Ignored::SwitchedOff) };
    if deploy.slash_command.as_deref() != Some(&command.command) {
        return ignore(Ignored::OtherCommand);
    }
    let origin = Origin {
        team_id: required(command.team_id.as_ref(), "team_id")?,
        channel_id: required(command.channel_id.as_ref(), "channel_id")?,
        user_id: required(command.user_id.as_ref(), "user_id")?,
        thread_ts: None,
    };
    let trigger_id = required(command.trigger_id.as_ref(), "trigger_id")?;
    let name = execution_name(&origin.team_id, &format!("command:{trigger_id}"));
    let text = command.text.as_deref().unwrap_or_default().trim();
    let first = text.split_whitespace().next().map(str::to_lowercase);
    let is_whole = first.is_none_or(|first| command::KNOWN.contains(&&*first));
    let text = if is_whole { text.to_owned() } else { format!("deploy {text}") };
    Ok(command::start(&text, origin, name, deploy, now))
}
