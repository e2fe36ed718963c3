//! Answers to commands.

use ackflow_schemas::devops::{Answer, CommandAnswer, CommandHelp, OpenDeploy, Origin, Phase};

use super::{
    Message,
    blocks::{list, section},
    deployments::subject,
    mrkdwn::{link, sentence, shown, time},
};

/// Where a deployment may stand, and how that is said.
const PHASES: [(Phase, &str); 3] = [
    (Phase::Runs, "*Running*"),
    (Phase::WaitsForTurn, "*Waiting for their turn*"),
    (Phase::WaitsForApproval, "*Waiting for approval*"),
];

pub(super) fn answered(reply: &CommandAnswer) -> Message {
    match &reply.answer {
        Answer::Help { commands } => help(commands),
        Answer::Status { deploys } => status(deploys),
        Answer::NotUnderstood { problem } => Message::plain(sentence(problem)),
    }
}

fn help(commands: &[CommandHelp]) -> Message {
    let line = |known: &CommandHelp| format!("`{}`: {}", shown(&known.command), sentence(&known.effect));
    let lines: Vec<String> = commands.iter().map(line).collect();
    sections(&[list("Here is what I can do:", &lines)])
}

fn status(deploys: &[OpenDeploy]) -> Message {
    if deploys.is_empty() {
        return Message::plain("Nothing is being deployed.".to_owned());
    }
    let in_phase = |&(phase, title): &(Phase, &str)| {
        let lines: Vec<String> =
            deploys.iter().filter(|deploy| deploy.phase == phase).map(deploy_line).collect();
        (!lines.is_empty()).then(|| list(title, &lines))
    };
    let texts: Vec<String> = PHASES.iter().filter_map(in_phase).collect();
    sections(&texts)
}

/// Who asked is not mentioned: they would be notified whenever somebody looks.
fn deploy_line(deploy: &OpenDeploy) -> String {
    let order = &deploy.order;
    format!("{}, asked for {} ({})", subject(order), time(&order.requested_at), place(&order.origin))
}

/// A link to where it was asked for: the address that Slack's web client has for it. A permalink holds the domain of
/// the workspace, which is not known here.
fn place(origin: &Origin) -> String {
    let Origin { team_id, channel_id, thread_ts, .. } = origin;
    let channel = format!("https://app.slack.com/client/{team_id}/{channel_id}");
    match thread_ts {
        Some(ts) => link(&format!("{channel}/thread/{channel_id}-{ts}"), "thread"),
        None => link(&channel, "channel"),
    }
}

fn sections(texts: &[String]) -> Message {
    Message { text: texts.join("\n"), blocks: texts.iter().map(|text| section(text)).collect() }
}
