//! What the handlers need of the world, as traits.
//!
//! Adapters implement them: SQLite and files on one machine, AWS elsewhere. A port's error says what failed;
//! that the port is down for now is all that a handler needs to know.

mod clock;
mod deployer;
mod effect_ledger;
mod event_ledger;
mod executions;
mod intake;
mod notice_topic;
mod object_store;
mod task_tokens;

pub use clock::Clock;
pub use deployer::{DeployError, Deployer, Deployment, Progress};
pub use effect_ledger::{EffectLedger, Guard};
pub use event_ledger::{Claim, EventLedger, Kept};
pub use executions::Executions;
pub use intake::{Intake, Taken};
pub use notice_topic::NoticeTopic;
pub use object_store::{Broken, ContentStream, Expect, ObjectStore, PutError, StoredObject, Write};
pub use task_tokens::{Answered, TaskTokens};

/// A port that can't be used for now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{port} can't be used: {reason}")]
pub struct PortError {
    /// Which port.
    pub port: &'static str,
    /// What happened.
    pub reason: String,
}

impl PortError {
    /// An error of this port.
    pub fn new(port: &'static str, reason: impl std::fmt::Display) -> Self {
        Self { port, reason: reason.to_string() }
    }
}
