//! Where each notice goes.

use ackflow_schemas::{
    devops::{DeployOrder, Origin},
    document::SourceMessage,
    notice::Notice,
};

use super::Operators;

/// Where a notice goes.
pub(super) enum Place<'a> {
    /// A message of its own, in a thread or outside.
    Post { channel: &'a str, thread_ts: Option<&'a str> },
    /// A message where a command was given. A slash command works in a channel where the bot is not: then whoever typed
    /// it is told directly.
    Reply { origin: &'a Origin },
    /// A question in a channel, to which whoever gave the command waits for the answer.
    Ask { channel: &'a str, origin: &'a Origin },
    /// A direct message.
    Direct { user: &'a str },
    /// A message that nobody else sees. Slack does not keep it.
    Ephemeral { channel: &'a str, user: &'a str },
    /// In place of what an earlier notice said in a channel.
    Replace { notice: &'a str, channel: &'a str },
    /// The one message in a thread that always shows the newest: `version` tells which is newer.
    Latest { key: String, channel: &'a str, thread_ts: &'a str, version: &'a str },
    /// The log.
    Log,
}

/// Where a notice goes.
pub(super) fn place<'a>(notice: &'a Notice, operators: &'a Operators) -> Place<'a> {
    let of_message = |message: &'a SourceMessage| Place::Post {
        channel: &message.channel_id,
        thread_ts: Some(message.thread_ts.as_deref().unwrap_or(&message.ts)),
    };
    let of_order = |order: &'a DeployOrder| Place::Reply { origin: &order.origin };
    match notice {
        Notice::DocumentsSaved { report, .. } => of_message(&report.message),
        Notice::MetadataDelayed { message, .. } => of_message(message),
        Notice::CommandAnswered { reply, .. } => match reply.origin.thread_ts.as_deref() {
            Some(thread_ts) => Place::Post { channel: &reply.origin.channel_id, thread_ts: Some(thread_ts) },
            None => Place::Ephemeral { channel: &reply.origin.channel_id, user: &reply.origin.user_id },
        },
        Notice::ApprovalRequested { order, .. } => match &order.leads_channel {
            Some(channel) => Place::Ask { channel, origin: &order.origin },
            None => Place::Log,
        },
        Notice::ApprovalDecided { request, reviewed, .. } => match &reviewed.order.leads_channel {
            Some(channel) => Place::Replace { notice: request, channel },
            None => Place::Log,
        },
        Notice::ApprovalAwaited { order, .. } | Notice::DeployWaits { order, .. } => of_order(order),
        Notice::DeployStarted { reviewed, .. } => of_order(&reviewed.order),
        Notice::DeployEnded { report, .. } => of_order(&report.order),
        Notice::PressRefused { judged, .. } => {
            Place::Ephemeral { channel: &judged.press.channel_id, user: &judged.press.user_id }
        }
        Notice::AuthorTold { message, .. } => Place::Direct { user: &message.case.user_id },
        Notice::ModeratorsTold { message, .. } => {
            Place::Post { channel: &message.case.moderators_channel, thread_ts: None }
        }
        Notice::NewcomerWelcomed { newcomer, .. } => Place::Direct { user: &newcomer.user_id },
        Notice::MemberGuided { member, .. } => Place::Direct { user: &member.user_id },
        Notice::VotesCounted { tally, .. } => Place::Latest {
            key: format!("votes/{}/{}/{}", tally.team_id, tally.channel_id, tally.ts),
            channel: &tally.channel_id,
            thread_ts: tally.thread_ts.as_deref().unwrap_or(&tally.ts),
            version: &tally.counted_at,
        },
        Notice::Operations { .. } => match operators {
            Operators::Channel(channel) => Place::Post { channel, thread_ts: None },
            Operators::Log => Place::Log,
        },
    }
}
