//! An emoji under a message.

use serde::Serialize;
use serde_json::{Value, json};

/// One emoji under a message, and who put it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reaction {
    /// The emoji's name, without colons.
    pub name: String,
    /// Everyone who reacted with it, the first one first.
    pub users: Vec<String>,
}

impl Reaction {
    /// As the Web API shows it: the count is right, and so many users are listed at most.
    pub(super) fn to_slack(&self, most_users: usize) -> Value {
        let Self { name, users } = self;
        let listed = &users[..users.len().min(most_users)];
        json!({"name": name, "users": listed, "count": users.len()})
    }
}
