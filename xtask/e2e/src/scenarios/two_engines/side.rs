//! One of the two systems that are compared, with the workspace that it serves.

use std::collections::BTreeSet;

use ackflow::simulator::{PostedMessage, Simulator};
use serde_json::Value;

use crate::{channels::Channels, deployment::Deployment, local::Local, targets::Targets};

#[derive(Clone, Copy)]
pub(super) enum Side<'a> {
    Aws(&'a Deployment),
    Local(&'a Local),
}

impl<'a> Side<'a> {
    pub(super) fn simulator(self) -> &'a Simulator {
        match self {
            Self::Aws(aws) => &aws.simulator,
            Self::Local(local) => &local.simulator,
        }
    }

    pub(super) fn channels(self) -> &'a Channels {
        match self {
            Self::Aws(aws) => &aws.channels,
            Self::Local(local) => &local.channels,
        }
    }

    pub(super) fn targets(self) -> &'a Targets {
        match self {
            Self::Aws(aws) => &aws.targets,
            Self::Local(local) => &local.targets,
        }
    }

    /// Slack delivers an event, and it is acknowledged.
    pub(super) async fn deliver(self, event: &Value) {
        let url = match self {
            Self::Aws(aws) => aws.url(),
            Self::Local(local) => local.url(),
        };
        let delivery = self.simulator().deliver(&url, event).await;
        assert!(delivery.is_acknowledged(), "{delivery:?}");
    }

    /// Slack tells of a press, and it is acknowledged.
    pub(super) async fn deliver_press(self, form: &str) {
        let url = match self {
            Self::Aws(aws) => aws.interactivity_url(),
            Self::Local(local) => local.interactivity_url(),
        };
        let attempt = self.simulator().deliver_form(&url, form).await;
        assert_eq!(attempt.status, Some(200), "{attempt:?}");
    }

    /// The names of the executions of a flow.
    pub(super) async fn executions(self, flow: &str) -> BTreeSet<String> {
        let names = match self {
            Self::Aws(aws) => aws.executions(flow).await,
            Self::Local(local) => local.executions(flow).await,
        };
        names.into_iter().collect()
    }

    /// Waits until an execution has ended; gives its status and its output.
    pub(super) async fn ended(self, flow: &str, name: &str) -> (String, Value) {
        match self {
            Self::Aws(aws) => {
                let (status, output) = aws.ended(flow, name).await;
                (status.as_str().to_owned(), output)
            }
            Self::Local(local) => local.ended(name).await,
        }
    }

    /// An object's bytes, if it is there.
    pub(super) async fn object(self, key: &str) -> Option<Vec<u8>> {
        match self {
            Self::Aws(aws) => aws.find_object(key).await,
            Self::Local(local) => local.object(key),
        }
    }

    /// What the bot has said in the thread of a message so far.
    pub(super) fn told(self, message: &PostedMessage) -> Vec<String> {
        let thread = self.simulator().thread(&message.channel, &message.ts).into_iter();
        thread.filter(|reply| reply.bot_id.is_some()).map(|reply| reply.text).collect()
    }
}
