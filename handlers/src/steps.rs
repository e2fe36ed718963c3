//! Runs steps by name, JSON in and JSON out: what a Lambda binary and the local engine have in common.

use std::{collections::HashMap, marker::PhantomData, sync::Arc};

use ackflow_asl::{Call, Failure, Step, StepError};
use async_trait::async_trait;
use serde_json::{Value, json};

/// Does the work of a step.
#[async_trait]
pub trait StepHandler<S: Step>: Send + Sync + 'static {
    /// Runs the step once. It may be run again with the same input, after a crash or a retry.
    async fn run(&self, call: Call<S::Input>) -> Result<S::Output, Failure<S::Error>>;
}

/// A step that failed, by the stable name of its error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {cause}")]
pub struct StepsError {
    /// What `ErrorEquals` matches.
    pub error: String,
    /// What happened, for people.
    pub cause: String,
}

impl StepsError {
    /// An input that does not have the step's type. No retry mends that.
    pub const INVALID_INPUT: &'static str = "InvalidStepInput";
    /// A step that nothing implements.
    pub const UNKNOWN_STEP: &'static str = "UnknownStep";

    /// What Lambda answers when a function fails with this error. Step Functions has it, as text, for the `Cause`.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror>
    pub fn payload(&self) -> Value {
        json!({ "errorType": self.error, "errorMessage": self.cause })
    }
}

/// The steps of a process.
#[derive(Clone, Default)]
pub struct Steps {
    handlers: HashMap<&'static str, Arc<dyn AnyStep>>,
}

impl Steps {
    /// Adds the handler of a step.
    #[must_use]
    pub fn with<S: Step>(mut self, handler: impl StepHandler<S>) -> Self {
        let handler = Typed { handler, step: PhantomData::<fn(S)> };
        self.handlers.insert(S::NAME, Arc::new(handler));
        self
    }

    /// Whether a step has a handler.
    pub fn runs(&self, step: &str) -> bool {
        self.handlers.contains_key(step)
    }

    /// Runs a step, given its [`Call`] as a Task state sends it.
    pub async fn run(&self, step: &str, call: Value) -> Result<Value, StepsError> {
        let handler = self.handlers.get(step).ok_or_else(|| StepsError {
            error: StepsError::UNKNOWN_STEP.to_owned(),
            cause: format!("Nothing implements the step {step}. The definition was made by another version."),
        })?;
        handler.run(call).await
    }
}

/// A handler whose types are erased.
#[async_trait]
trait AnyStep: Send + Sync {
    async fn run(&self, call: Value) -> Result<Value, StepsError>;
}

struct Typed<S, H> {
    handler: H,
    step: PhantomData<fn(S)>,
}

#[async_trait]
impl<S: Step, H: StepHandler<S>> AnyStep for Typed<S, H> {
    async fn run(&self, call: Value) -> Result<Value, StepsError> {
        let call = serde_json::from_value(call).map_err(|error| StepsError {
            error: StepsError::INVALID_INPUT.to_owned(),
            cause: format!("The input of {} does not have its type: {error}.", S::NAME),
        })?;
        let output = self
            .handler
            .run(call)
            .await
            .map_err(|failure| StepsError { error: failure.error.name().to_owned(), cause: failure.cause })?;
        Ok(serde_json::to_value(output).expect("a step's output has string keys only"))
    }
}
