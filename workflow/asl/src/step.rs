//! The contract of a step: its name, what it takes, what it gives, and the errors it may raise.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// One unit of work of a flow. A handler implements it; a flow composes it.
pub trait Step: 'static {
    /// The state's name, and the `${Name}` that stands for its resource in the document.
    const NAME: &'static str;
    /// What the step does, for people.
    const COMMENT: &'static str;
    /// Seconds that one attempt may take: the Task's `TimeoutSeconds` and the function's timeout.
    const TIMEOUT_SECONDS: u64;
    /// What it takes.
    type Input: Serialize + DeserializeOwned + Send + 'static;
    /// What it gives.
    type Output: Serialize + DeserializeOwned + Send + 'static;
    /// The errors it may raise.
    type Error: StepError;
}

/// What a Task state sends to whatever runs its step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call<I> {
    /// The execution's name: the same however often the step is run for it.
    pub execution: String,
    /// The task's token, where the state waits until somebody answers with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What the step takes.
    pub input: I,
}

impl<I> Call<I> {
    /// The call of an execution's step.
    pub fn new(execution: impl Into<String>, input: I) -> Self {
        Self { execution: execution.into(), token: None, input }
    }

    /// The payload template that a Task state makes it with.
    pub(crate) fn template(with_token: bool) -> Value {
        if with_token {
            json!({ "execution.$": "$$.Execution.Name", "token.$": "$$.Task.Token", "input.$": "$" })
        } else {
            json!({ "execution.$": "$$.Execution.Name", "input.$": "$" })
        }
    }
}

/// The names of the errors that a step may raise: what `ErrorEquals` matches.
pub trait StepError: Copy + fmt::Debug + Eq + Send + Sync + 'static {
    /// Every one of them.
    const ALL: &'static [Self];

    /// The stable name in the document, never a Rust type name.
    fn name(self) -> &'static str;

    /// Whether the same input may succeed later. Only transient errors are retried.
    fn is_transient(self) -> bool;

    /// The transient ones.
    fn transient() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|error| error.is_transient())
    }
}

/// A step that failed: which error, and what to tell people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure<E> {
    /// Which error.
    pub error: E,
    /// What happened, to what, and what to do about it.
    pub cause: String,
}

impl<E: StepError> Failure<E> {
    /// A failure with its cause.
    pub fn new(error: E, cause: impl Into<String>) -> Self {
        Self { error, cause: cause.into() }
    }
}

impl<E: StepError> fmt::Display for Failure<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.error.name(), self.cause)
    }
}

impl<E: StepError> std::error::Error for Failure<E> {}
