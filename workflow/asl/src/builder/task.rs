//! Task states that run a step.

use std::marker::PhantomData;

use serde_json::{Value, json};

use super::{Ask, Backoff, Caught, Chain};
use crate::{
    Call, ErrorName, Step, StepError, Template,
    state::{Catcher, State, Task},
};

/// What Lambda itself and the clock may raise whatever the step: all of it passes.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html>; `Runtime.ExitError`
/// and `Sandbox.Timedout` are what Lambda itself calls a process that died and one that took too long.
const LAMBDA_ERRORS: [&str; 9] = [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Sandbox.Timedout",
    FUNCTION_NOT_CONFIGURED,
];

/// What a function says when it can't get at its configuration, such as a secret, before it runs its step.
pub const FUNCTION_NOT_CONFIGURED: &str = "FunctionNotConfigured";

/// A Task state in the making, which gives an `O`.
#[derive(Debug)]
pub struct TaskBuilder<S: Step, O = <S as Step>::Output> {
    name: &'static str,
    state: Task,
    /// Whether a timeout is one of the platform's errors, and not one of the flow's.
    is_timeout_of_platform: bool,
    detours: Vec<Chain<Caught<S::Input>, O>>,
    step: PhantomData<fn(S)>,
}

/// Runs a step.
pub fn task<S: Step>() -> TaskBuilder<S> {
    let state = Task {
        comment: Some(S::COMMENT.to_owned()),
        resource: placeholder::<S>(),
        parameters: Some(template(Call::<S::Input>::template(false))),
        timeout_seconds: Some(Template::from(json!(S::TIMEOUT_SECONDS))),
        ..Task::default()
    };
    TaskBuilder { name: S::NAME, state, is_timeout_of_platform: true, detours: Vec::new(), step: PhantomData }
}

/// Runs a step that hands out the task's token, and waits until somebody answers with it.
///
/// # Panics
/// Never with an [`Ask`] that [`ask!`](crate::ask) made: a field's name is a path.
pub fn ask<A: Ask>() -> TaskBuilder<A::Step, A::To> {
    let payload = Call::<<A::Step as Step>::Input>::template(true);
    let parameters = json!({ "FunctionName": placeholder::<A::Step>(), "Payload": payload });
    let state = Task {
        comment: Some(A::Step::COMMENT.to_owned()),
        resource: "arn:aws:states:::lambda:invoke.waitForTaskToken".to_owned(),
        parameters: Some(template(parameters)),
        timeout_seconds_path: Some(A::PATIENCE.path().parse().expect("a field is a path")),
        result_path: Some(Some(A::ANSWER.parse().expect("a field is a reference path"))),
        ..Task::default()
    };
    TaskBuilder {
        name: A::Step::NAME,
        state,
        // That nobody answers in time is for the flow to say something to.
        is_timeout_of_platform: false,
        detours: Vec::new(),
        step: PhantomData,
    }
}

fn placeholder<S: Step>() -> String {
    format!("${{{}}}", S::NAME)
}

fn template(template: Value) -> Template {
    Template::new(template).expect("what a step is sent is a payload template")
}

impl<S: Step, O> TaskBuilder<S, O> {
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
        let timeout = self.is_timeout_of_platform.then_some(ErrorName::TIMEOUT);
        self.state.retry.push(backoff.retrier(LAMBDA_ERRORS.into_iter().chain(timeout)));
        self
    }

    /// Once the step has failed for good, goes on with `detour`, which gives what the step would have given.
    #[must_use]
    pub fn recover(self, detour: impl Into<Chain<Caught<S::Input>, O>>) -> Self {
        self.catch(vec![ErrorName::ALL.to_owned()], detour.into())
    }

    /// The same, after these of its errors only. The first `recover` that is for an error is taken.
    #[must_use]
    pub fn recover_from(
        self,
        errors: impl IntoIterator<Item = S::Error>,
        detour: impl Into<Chain<Caught<S::Input>, O>>,
    ) -> Self {
        self.catch(errors.into_iter().map(|error| error.name().to_owned()).collect(), detour.into())
    }

    /// The same, after it took too long.
    #[must_use]
    pub fn recover_from_timeout(self, detour: impl Into<Chain<Caught<S::Input>, O>>) -> Self {
        self.catch(vec![ErrorName::TIMEOUT.to_owned()], detour.into())
    }

    fn catch(mut self, error_equals: Vec<String>, detour: Chain<Caught<S::Input>, O>) -> Self {
        self.state.catch.push(Catcher {
            error_equals,
            result_path: Some(Some("$.failure".parse().expect("a field is a reference path"))),
            output: None,
            assign: None,
            next: detour.start_at().to_owned(),
        });
        self.detours.push(detour);
        self
    }
}

impl<S: Step, O> From<TaskBuilder<S, O>> for Chain<S::Input, O> {
    fn from(builder: TaskBuilder<S, O>) -> Self {
        let mut chain = Chain::of(builder.name, State::Task(Box::new(builder.state)));
        for detour in builder.detours {
            chain.rejoin(detour);
        }
        chain
    }
}
