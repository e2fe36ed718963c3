//! Task states that run a step.

use std::marker::PhantomData;

use super::{Backoff, Caught, Chain};
use crate::{
    ErrorName, Step, StepError,
    state::{Catcher, State, Task},
};

/// What Lambda itself and the clock may raise whatever the step: all of it passes.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html>; `Runtime.ExitError`
/// and `Sandbox.Timedout` are what Lambda itself calls a process that died and one that took too long.
const PLATFORM_ERRORS: [&str; 10] = [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Sandbox.Timedout",
    FUNCTION_NOT_CONFIGURED,
    ErrorName::TIMEOUT,
];

/// What a function says when it can't get at its configuration, such as a secret, before it runs its step.
pub const FUNCTION_NOT_CONFIGURED: &str = "FunctionNotConfigured";

/// A Task state in the making.
#[derive(Debug)]
pub struct TaskBuilder<S: Step> {
    name: &'static str,
    state: Task,
    detour: Option<Chain<Caught<S::Input>, S::Output>>,
    step: PhantomData<fn(S)>,
}

/// Runs a step.
pub fn task<S: Step>() -> TaskBuilder<S> {
    let state = Task {
        comment: Some(S::COMMENT.to_owned()),
        resource: format!("${{{}}}", S::NAME),
        timeout_seconds: Some(S::TIMEOUT_SECONDS),
        ..Task::default()
    };
    TaskBuilder { name: S::NAME, state, detour: None, step: PhantomData }
}

impl<S: Step> TaskBuilder<S> {
    /// Another name for the state, where a flow runs one step in two places.
    #[must_use]
    pub fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Runs the step again after these of its errors.
    #[must_use]
    pub fn retry(mut self, errors: impl IntoIterator<Item = S::Error>, backoff: Backoff) -> Self {
        self.state.retry.push(backoff.retrier(errors.into_iter().map(StepError::name)));
        self
    }

    /// Runs the step again after it timed out, or after an error of Lambda itself.
    #[must_use]
    pub fn retry_platform(mut self, backoff: Backoff) -> Self {
        self.state.retry.push(backoff.retrier(PLATFORM_ERRORS));
        self
    }

    /// Once the step has failed for good, goes on with `detour`, which gives what the step would have given.
    ///
    /// # Panics
    /// Never: `$.failure` is a path.
    #[must_use]
    pub fn recover(mut self, detour: impl Into<Chain<Caught<S::Input>, S::Output>>) -> Self {
        let detour = detour.into();
        self.state.catch.push(Catcher {
            error_equals: vec![ErrorName::ALL.to_owned()],
            result_path: Some(Some("$.failure".parse().expect("a field is a reference path"))),
            next: detour.start_at().to_owned(),
        });
        self.detour = Some(detour);
        self
    }
}

impl<S: Step> From<TaskBuilder<S>> for Chain<S::Input, S::Output> {
    fn from(builder: TaskBuilder<S>) -> Self {
        let mut chain = Chain::of(builder.name, State::Task(Box::new(builder.state)));
        if let Some(detour) = builder.detour {
            chain.rejoin(detour);
        }
        chain
    }
}
