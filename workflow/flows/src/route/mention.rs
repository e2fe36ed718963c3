//! Mentions of the bot.

use ackflow_schemas::{
    devops::Origin,
    slack::{AppMention, EventCallback},
};
use jiff::Timestamp;

use super::{
    Ignored, RouteError, Routing, bot_user, command, execution_name::execution_name, identity, ignore,
    required,
};
use crate::Configuration;

pub(super) fn route(
    callback: &EventCallback,
    mention: AppMention,
    configuration: &Configuration,
    now: Timestamp,
) -> Result<Routing, RouteError> {
    let bot = bot_user(callback);
    let is_from_bot = mention.bot_id.is_some() || mention.subtype.as_deref() == Some("bot_message");
    if is_from_bot || bot.is_some() && bot == mention.user.as_deref() {
        return ignore(Ignored::FromBot);
    }
    let Some(deploy) = &configuration.deploy else { return ignore(Ignored::SwitchedOff) };
    if mention.edited.is_some() {
        return ignore(Ignored::Edited);
    }
    let (team_id, event_id) = identity(callback)?;
    let ts = required(mention.ts.as_ref(), "event.ts")?;
    let origin = Origin {
        channel_id: required(mention.channel.as_ref(), "event.channel")?,
        user_id: required(mention.user.as_ref(), "event.user")?,
        thread_ts: Some(mention.thread_ts.unwrap_or(ts)),
        team_id,
    };
    let text = without_mention(mention.text.as_deref().unwrap_or_default(), bot);
    let name = execution_name(&origin.team_id, &event_id);
    Ok(command::start(&text, origin, name, deploy, now))
}

/// The text without the mentions of the bot, wherever they stand: `<@U0BOT>` or `<@U0BOT|name>`. Where Slack does not
/// tell who the bot is, the first mention is taken to be it.
fn without_mention(text: &str, bot: Option<&str>) -> String {
    let mut kept = String::new();
    let mut rest = text;
    let mut bot = bot.map(str::to_owned);
    while let Some((before, after)) = rest.split_once("<@") {
        let Some((mention, after)) = after.split_once('>') else { break };
        let user = mention.split('|').next().unwrap_or_default();
        kept.push_str(before);
        if bot.get_or_insert_with(|| user.to_owned()) == user {
            kept.push(' ');
        } else {
            kept.extend(["<@", mention, ">"]);
        }
        rest = after;
    }
    kept + rest
}
