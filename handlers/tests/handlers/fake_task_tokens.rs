//! An engine whose tasks wait for an answer, in memory.

use std::{collections::BTreeSet, sync::Mutex};

use ackflow_handlers::ports::{Answered, PortError, TaskTokens};
use async_trait::async_trait;
use serde_json::Value;

use crate::fake_ports::Switch;

/// Takes one answer for each task that waits.
#[derive(Default)]
pub(crate) struct FakeTaskTokens {
    pub(crate) health: Switch,
    awaited: Mutex<BTreeSet<String>>,
    answers: Mutex<Vec<(String, Value)>>,
}

impl FakeTaskTokens {
    /// A task begins to wait under this token.
    pub(crate) fn begin(&self, token: &str) {
        self.awaited.lock().unwrap().insert(token.to_owned());
    }

    /// A task has waited for too long.
    pub(crate) fn expire(&self, token: &str) {
        self.awaited.lock().unwrap().remove(token);
    }

    /// The answers that ended a task, with its token.
    pub(crate) fn answers(&self) -> Vec<(String, Value)> {
        self.answers.lock().unwrap().clone()
    }
}

#[async_trait]
impl TaskTokens for FakeTaskTokens {
    async fn answer(&self, token: &str, output: &Value) -> Result<Answered, PortError> {
        let work = || {
            if !self.awaited.lock().unwrap().remove(token) {
                return Answered::NotAwaited;
            }
            self.answers.lock().unwrap().push((token.to_owned(), output.clone()));
            Answered::Taken
        };
        self.health.run("the engine", work).await
    }
}
