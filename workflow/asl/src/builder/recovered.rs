//! What follows a caught error.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Chain;
use crate::{
    Template,
    state::{Pass, State},
};

/// The data that a step was given, and the error that it ended with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Caught<I> {
    /// What the step was given.
    #[serde(flatten)]
    pub input: I,
    /// How it failed.
    pub failure: ErrorOutput,
}

/// The error output of the States Language.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorOutput {
    /// The error's name.
    #[serde(rename = "Error")]
    pub error: String,
    /// What happened, for people.
    #[serde(rename = "Cause")]
    pub cause: String,
}

impl<J, I> Chain<J, Caught<I>> {
    /// Goes on with the step's input; the failure stays in the data but no further step asks for it.
    #[must_use]
    pub fn forget_failure(self) -> Chain<J, I> {
        self.retyped()
    }
}

/// A Pass state that puts data into another shape.
pub trait Reshape {
    /// The state's name.
    const NAME: &'static str;
    /// The data before.
    type From;
    /// The data after.
    type To;

    /// The data after, as a payload template over the data before.
    fn template() -> Value;
}

/// Puts data into another shape.
///
/// # Panics
/// When the template is none, because a path in it can't be read: that is a mistake in the flow, which every test
/// of it finds.
pub fn reshape<R: Reshape>() -> Chain<R::From, R::To> {
    let parameters = Template::new(R::template()).expect("a shape is a payload template");
    Chain::of(R::NAME, State::Pass(Box::new(Pass { parameters: Some(parameters), ..Pass::default() })))
}
