//! A whole state machine, and the block of states that it, a Map's processor and a Parallel's branch share.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{InvalidDefinition, QueryLanguage, State, state::ProcessorConfig, validate};

/// A States Language document ("Top-level fields" of the specification).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateMachine {
    /// What the machine is for, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The language of the states that name none, however deep they stand; JSONPath when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<QueryLanguage>,
    /// The version of the language, `"1.0"` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How long an execution may take, in seconds, before it ends as `TIMED_OUT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// The states.
    #[serde(flatten)]
    pub states: States,
}

/// `StartAt` and `States`: what runs at the top level, in each Map iteration and in each Parallel branch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct States {
    /// A Map's `ItemProcessor` may say how it is run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor_config: Option<ProcessorConfig>,
    /// The first state's name.
    pub start_at: String,
    /// The states by name, in the document's order.
    pub states: IndexMap<String, State>,
}

impl StateMachine {
    /// Reads a document and validates it.
    ///
    /// # Errors
    /// Every finding at once, each naming the state, the field and the remedy.
    pub fn parse(text: &str) -> Result<Self, InvalidDefinition> {
        validate::parse(text)
    }

    /// The language of one of its states.
    pub fn language_of(&self, state: &State) -> QueryLanguage {
        state.query_language().or(self.query_language).unwrap_or_default()
    }

    /// The document as JSON, in the order in which it was written.
    ///
    /// # Panics
    /// Never: every field serialises.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("a state machine has string keys only")
    }
}
