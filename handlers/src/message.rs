//! What a notice says in Slack, in words that a Slack user understands.

mod answers;
mod approvals;
mod blocks;
mod deployments;
mod documents;
mod moderation;
mod mrkdwn;
mod people;
mod votes;

use ackflow_schemas::notice::Notice;
use serde_json::Value;

use self::mrkdwn::{cut, escape};

/// How much of an operations notice is shown, in characters. Escaped, it stays within the 40,000 that Slack takes.
///
/// Source: <https://docs.slack.dev/reference/methods/chat.postMessage>
const MAX_SUBJECT_LENGTH: usize = 300;
const MAX_NEWS_LENGTH: usize = 5_000;

/// What Slack shows for a notice.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// All of it, in Slack's mrkdwn: what notifications show, and everything where there are no blocks. Empty where
    /// there is nothing to say; then nothing is to be posted.
    pub text: String,
    /// The same, laid out in Block Kit. Empty where the text is enough.
    pub blocks: Vec<Value>,
}

/// What a notice says. What users and programs wrote in it is escaped, so that it can ping nobody.
pub fn message(notice: &Notice) -> Message {
    match notice {
        Notice::DocumentsSaved { report, .. } => Message::plain(documents::saved(report)),
        Notice::MetadataDelayed { error, .. } => Message::plain(documents::delayed(error)),
        Notice::CommandAnswered { reply, .. } => answers::answered(reply),
        Notice::ApprovalRequested { approval, order, .. } => approvals::requested(approval, order),
        Notice::ApprovalAwaited { order, .. } => Message::plain(approvals::awaited(order)),
        Notice::ApprovalDecided { reviewed, .. } => approvals::decided(reviewed),
        Notice::DeployWaits { order, .. } => Message::plain(deployments::waits(order)),
        Notice::DeployStarted { reviewed, .. } => Message::plain(deployments::started(&reviewed.order)),
        Notice::DeployEnded { report, .. } => Message::plain(deployments::ended(report)),
        Notice::PressRefused { judged, .. } => Message::plain(approvals::refused(judged)),
        Notice::AuthorTold { message, .. } => Message::plain(moderation::for_author(message)),
        Notice::ModeratorsTold { message, .. } => Message::plain(moderation::for_moderators(message)),
        Notice::NewcomerWelcomed { newcomer, .. } => Message::plain(people::welcomed(newcomer)),
        Notice::MemberGuided { member, .. } => Message::plain(people::guided(member)),
        Notice::VotesCounted { tally, .. } => Message::plain(votes::counted(tally)),
        Notice::Operations { subject, text, .. } => Message::plain(operations(subject, text)),
    }
}

impl Message {
    fn plain(text: String) -> Self {
        Self { text, blocks: Vec::new() }
    }
}

fn operations(subject: &str, text: &str) -> String {
    let (subject, text) = (cut(subject, MAX_SUBJECT_LENGTH), cut(text, MAX_NEWS_LENGTH));
    format!(":rotating_light: *{}*\n{}", escape(&subject), escape(&text))
}
