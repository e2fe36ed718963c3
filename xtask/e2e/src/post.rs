//! What Dana posts, and what becomes of it.

use ackflow::simulator::{FileSource, NewFile, PostedMessage, Simulator, Target};
use bytes::Bytes;
use serde_json::Value;

use crate::deployment::{Deployment, until};

/// A message with files in a channel of its own.
pub(crate) struct Post {
    pub(crate) message: PostedMessage,
    pub(crate) event: Value,
    pub(crate) files: Vec<String>,
}

impl Post {
    pub(crate) fn new(deployment: &Deployment, comment: &str, files: &[(&str, &str)]) -> Self {
        Self::of(&deployment.simulator, comment, files)
    }

    /// In this workspace.
    pub(crate) fn of(simulator: &Simulator, comment: &str, files: &[(&str, &str)]) -> Self {
        let channel = simulator.create_channel("finance");
        let add = |(name, content): &(&str, &str)| {
            let content = Bytes::copy_from_slice(content.as_bytes());
            simulator.add_file(NewFile::new(*name, FileSource::Bytes(content))).unwrap()
        };
        let files: Vec<String> = files.iter().map(add).collect();
        let message = simulator.post(&channel, "U0DANA", comment, &files).unwrap();
        let event = simulator.event(&message);
        Self { message, event, files }
    }

    /// The execution that the event starts.
    pub(crate) fn execution(&self) -> String {
        format!("{}-{}", self.event["team_id"].as_str().unwrap(), self.event["event_id"].as_str().unwrap())
    }

    /// Where a file of it lies, below `files/` or `metadata/`.
    pub(crate) fn key(&self, file: usize) -> String {
        let team = self.event["team_id"].as_str().unwrap();
        format!("{team}/{}/{}/{}", self.message.channel, self.message.ts, self.files[file])
    }

    /// The download of a file.
    pub(crate) fn file(&self, index: usize) -> Target {
        Target::File(self.files[index].clone())
    }

    /// Slack delivers the event once, and it is acknowledged; gives what `status` the answer says.
    pub(crate) async fn deliver(&self, deployment: &Deployment) -> String {
        let delivery = deployment.simulator.deliver(&deployment.url(), &self.event).await;
        assert!(delivery.is_acknowledged(), "{delivery:?}");
        let answer: Value = serde_json::from_str(&delivery.attempts.last().unwrap().answer).unwrap();
        answer["status"].as_str().unwrap().to_owned()
    }

    /// What the bot has said in the thread so far.
    pub(crate) fn told(&self, deployment: &Deployment) -> Vec<String> {
        let thread = deployment.simulator.thread(&self.message.channel, &self.message.ts);
        thread.into_iter().filter(|message| message.bot_id.is_some()).map(|message| message.text).collect()
    }

    /// Waits until the bot has said something in the thread.
    pub(crate) async fn is_told(&self, deployment: &Deployment) -> String {
        until("the message in the thread", async || self.told(deployment).pop()).await
    }
}
