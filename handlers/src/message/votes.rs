//! Reactions, counted.

use ackflow_schemas::devops::Tally;

use super::mrkdwn::shown;

/// How many kinds of reactions are listed.
const MAX_LISTED: usize = 20;

pub(super) fn counted(tally: &Tally) -> String {
    let reactions = &tally.reactions;
    if reactions.is_empty() {
        return "No votes.".to_owned();
    }
    let counts = reactions.iter().take(MAX_LISTED);
    let mut counts: Vec<String> =
        counts.map(|reaction| format!(":{}: {}", shown(&reaction.name), reaction.count)).collect();
    if reactions.len() > MAX_LISTED {
        counts.push(format!("and {} more", reactions.len() - MAX_LISTED));
    }
    counts.join("  ")
}
