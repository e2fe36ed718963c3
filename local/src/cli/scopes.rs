//! The scopes that the app needs, and what each is for.

use std::collections::BTreeSet;

use ackflow_flows::{Method, SlackAccess};

/// What `ackflow doctor` and `ackflow join` call.
const METHODS_OF_COMMANDS: [Method; 3] =
    [Method::ConversationsInfo, Method::ConversationsJoin, Method::ConversationsList];

/// The scopes of the bot token: those that the flows need, and those that `ackflow doctor` and `ackflow join` do.
pub(super) fn bot_scopes(access: &SlackAccess) -> BTreeSet<&'static str> {
    let of_commands = METHODS_OF_COMMANDS.into_iter().flat_map(Method::scopes);
    access.bot_scopes.iter().copied().chain(of_commands.copied()).collect()
}

/// What does not work without a bot scope.
pub(super) fn without(scope: &str) -> &'static str {
    match scope {
        "app_mentions:read" => "mentions of the bot are not heard",
        "channels:history" => "messages in public channels are not heard",
        "channels:join" => "`ackflow join` can't bring the bot into channels",
        "channels:read" => "public channels, and who joins them, are not seen",
        "channels:write.invites" => "new teammates are not invited to public channels",
        "chat:write" => "nobody is told anything",
        "commands" => "there is no slash command",
        "files:read" => "files are not fetched",
        "groups:history" => "messages in private channels are not heard",
        "groups:read" => "private channels, and who joins them, are not seen",
        "groups:write.invites" => "new teammates are not invited to private channels",
        "im:history" => "direct messages to the bot are not heard",
        "im:write" => "nobody gets a direct message",
        "mpim:history" => "messages in group direct messages are not heard",
        "reactions:read" => "votes are not counted",
        "users:read" => "new teammates are not noticed",
        _ => "what needs it does not work",
    }
}
