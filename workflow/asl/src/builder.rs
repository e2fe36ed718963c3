//! Flows, defined in Rust and checked by the compiler.
//!
//! A [`Chain<I, O>`] is a run of states that takes an `I` and gives an `O`. Chains only join where the types
//! meet, a step is only retried on errors that it can raise, and what a catcher leads to must give what the
//! step would have given. The result is a plain [`StateMachine`].

mod ask;
mod attempt;
mod backoff;
mod chain;
mod choose;
mod each;
mod field;
mod publish;
mod recovered;
mod task;
mod wait;

pub use ask::Ask;
pub use attempt::attempt;
pub use backoff::Backoff;
pub use chain::Chain;
pub use choose::{choose, when};
pub use each::{Each, MapBuilder, map};
pub use field::{Condition, Field};
pub use publish::{Publication, PublishBuilder, publish};
pub use recovered::{Caught, ErrorOutput, Reshape, reshape};
pub use task::{FUNCTION_NOT_CONFIGURED, TaskBuilder, ask, task};
pub use wait::wait_until;

use std::marker::PhantomData;

use crate::StateMachine;

/// A state machine that takes an `I`.
#[derive(Clone, Debug)]
pub struct Flow<I> {
    /// The state machine's name.
    pub name: &'static str,
    /// Its definition.
    pub machine: StateMachine,
    input: PhantomData<fn(I)>,
}

impl<I> Flow<I> {
    /// The machine that runs a chain, for at most so many seconds.
    pub fn new<O>(
        name: &'static str,
        comment: &str,
        timeout_seconds: u64,
        chain: impl Into<Chain<I, O>>,
    ) -> Self {
        let machine = StateMachine {
            comment: Some(comment.to_owned()),
            query_language: None,
            version: None,
            timeout_seconds: Some(timeout_seconds),
            states: chain.into().close(),
        };
        Self { name, machine, input: PhantomData }
    }
}
