//! Publishing to an SNS topic, by Step Functions' own integration: no function runs for it.

use std::marker::PhantomData;

use serde_json::{Value, json};

use super::{Backoff, Chain};
use crate::{
    ErrorName, Template,
    state::{Retrier, State, Task},
};

/// A message for a topic, made of the data at that point.
pub trait Publication {
    /// The state's name.
    const NAME: &'static str;
    /// The `${Name}` that stands for the topic's ARN.
    const TOPIC: &'static str;
    /// The data that it is made of. It is passed on unchanged.
    type From;

    /// The message, as a payload template.
    fn message() -> Value;
}

/// A publishing state in the making.
#[derive(Debug)]
pub struct PublishBuilder<P: Publication> {
    retry: Vec<Retrier>,
    publication: PhantomData<fn(P)>,
}

/// Publishes a message.
pub fn publish<P: Publication>() -> PublishBuilder<P> {
    PublishBuilder { retry: Vec::new(), publication: PhantomData }
}

impl<P: Publication> PublishBuilder<P> {
    /// Publishes again when that fails, whatever the reason: the subscriber drops doubles by the message's id.
    #[must_use]
    pub fn retry(mut self, backoff: Backoff) -> Self {
        self.retry.push(backoff.retrier([ErrorName::ALL]));
        self
    }
}

impl<P: Publication> From<PublishBuilder<P>> for Chain<P::From, P::From> {
    fn from(builder: PublishBuilder<P>) -> Self {
        let parameters = json!({ "TopicArn": format!("${{{}}}", P::TOPIC), "Message": P::message() });
        let parameters = Template::new(parameters).expect("a publication's message is a payload template");
        let state = Task {
            resource: "arn:aws:states:::sns:publish".to_owned(),
            parameters: Some(parameters),
            result_path: Some(None),
            retry: builder.retry,
            ..Task::default()
        };
        Chain::of(P::NAME, State::Task(Box::new(state)))
    }
}
