//! `conversations.invite`: a member brings others into a channel.

use serde_json::{Value, json};

use crate::simulator::Token;
use crate::simulator::arguments::Arguments;
use crate::simulator::caller::Caller;
use crate::simulator::channel::Channel;
use crate::simulator::channel_kind::ChannelKind;
use crate::simulator::content::Content;
use crate::simulator::method_error::MethodError;
use crate::simulator::world::World;

pub(super) fn run(world: &World, caller: &Caller<'_>, arguments: &Arguments) -> Result<Value, MethodError> {
    let id = arguments.required("channel")?;
    let users = arguments.required("users")?;
    let users: Vec<&str> = users.split(',').map(str::trim).collect();
    if arguments.is_true("force") {
        return Err(MethodError::named("simulator_has_no_forced_invitations"));
    }
    let mut content = world.content();
    let channel = content.visible_channel(&id, caller.user)?;
    check(channel, caller)?;
    let refused: Vec<(&str, &str)> = users
        .iter()
        .filter_map(|&user| refusal(&content, channel, caller, user).map(|error| (user, error)))
        .collect();
    if let [(_, first), ..] = refused[..] {
        let errors: Vec<Value> =
            refused.iter().map(|(user, error)| json!({"user": user, "ok": false, "error": error})).collect();
        return Err(MethodError::with_errors(first, &errors));
    }
    for user in users {
        content.enter(&id, user)?;
    }
    Ok(json!({"ok": true, "channel": content.channel(&id)?.to_slack(caller.user)}))
}

/// Whether this caller may invite anyone into this channel.
fn check(channel: &Channel, caller: &Caller<'_>) -> Result<(), MethodError> {
    // Beside the scope for invitations alone there is a broad one, and it is not called the same everywhere.
    let broad = match (channel.kind, caller.token) {
        (ChannelKind::Public, Token::Right) => "manage",
        (ChannelKind::Public | ChannelKind::Private, _) => "write",
        _ => return Err(MethodError::named("method_not_supported_for_channel_type")),
    };
    caller.needs(&[&channel.kind.scope("write.invites"), &channel.kind.scope(broad)])?;
    channel.may_post(caller.user)
}

/// Why this user can't be invited.
fn refusal(content: &Content, channel: &Channel, caller: &Caller<'_>, user: &str) -> Option<&'static str> {
    if content.known_name(user).is_none() {
        Some("user_not_found")
    } else if user == caller.user {
        Some("cant_invite_self")
    } else if channel.members.contains(user) {
        Some("already_in_channel")
    } else {
        None
    }
}
