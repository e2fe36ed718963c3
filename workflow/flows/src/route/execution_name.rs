//! The names of executions: what makes an event start one execution and no more.

use sha2::{Digest, Sha256};

/// The longest name of a Step Functions execution.
const MAX_LENGTH: usize = 80;

/// The name of the execution that an event, or something else with an id of its own, starts: within what Step Functions
/// takes as a name, and no other event's.
pub(super) fn execution_name(team: &str, id: &str) -> String {
    let is_plain = |id: &str| id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let name = format!("{team}-{id}");
    if is_plain(team) && is_plain(id) && name.len() <= MAX_LENGTH {
        return name;
    }
    // Slack's ids of teams and events are plain. The length keeps apart ids that read the same once they are joined.
    hex::encode(Sha256::digest(format!("{}:{team}{id}", team.len())))
}
