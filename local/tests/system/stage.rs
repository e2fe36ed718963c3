//! What each test starts with: a workspace with a channel, and the system that serves it.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use ackflow::{
    delivery::Delivery,
    simulator::{FileSource, NewFile, PostedMessage, Simulator, Target, Workspace},
    system::Ports,
};
use ackflow_engine::{HistoryEvent, Status};
use ackflow_flows::Configuration;
use axum::Router;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

use super::{clock::StageClock, process::Process};

/// When every test begins.
pub(crate) fn beginning() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

pub(crate) struct Stage {
    pub(crate) process: Process,
    pub(crate) simulator: Simulator,
    pub(crate) clock: Arc<StageClock>,
    pub(crate) channel: String,
    pub(crate) folder: TempDir,
    configuration: Configuration,
}

/// A simulated workspace, and the clock that it has in common with the system.
pub(crate) async fn workspace(settings: Workspace) -> (Simulator, Arc<StageClock>) {
    let clock = Arc::new(StageClock::at(beginning()));
    let simulator = Simulator::start(settings, Arc::<StageClock>::clone(&clock)).await.unwrap();
    (simulator, clock)
}

/// A message, with files or without, and the event that tells of it.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) message: PostedMessage,
    pub(crate) files: Vec<String>,
    pub(crate) event: Value,
}

impl Post {
    /// The execution that the event starts.
    pub(crate) fn execution(&self) -> String {
        execution_of(&self.event)
    }

    /// The download of its file with this index.
    pub(crate) fn file(&self, index: usize) -> Target {
        Target::File(self.files[index].clone())
    }
}

/// The name of the execution that an event starts.
pub(crate) fn execution_of(event: &Value) -> String {
    format!("{}-{}", event["team_id"].as_str().unwrap(), event["event_id"].as_str().unwrap())
}

/// A file in memory.
pub(crate) fn file(name: &str, content: impl Into<Bytes>) -> NewFile {
    NewFile::new(name, FileSource::Bytes(content.into()))
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(|ports| ports).await
    }

    /// With something in front of the ports.
    pub(crate) async fn with(ports: impl FnOnce(Ports) -> Ports) -> Self {
        Self::with_routes(ports, |routes| routes).await
    }

    /// With something in front of the ports and of the server.
    pub(crate) async fn with_routes(
        ports: impl FnOnce(Ports) -> Ports,
        routes: impl FnOnce(Router) -> Router + Send + 'static,
    ) -> Self {
        let (simulator, clock) = workspace(Workspace::default()).await;
        Self::start(simulator, clock, Configuration::default(), ports, routes).await
    }

    /// In a workspace that is there already, and configured for it.
    pub(crate) async fn start(
        simulator: Simulator,
        clock: Arc<StageClock>,
        configuration: Configuration,
        ports: impl FnOnce(Ports) -> Ports,
        routes: impl FnOnce(Router) -> Router + Send + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let channel = simulator.create_channel("finance");
        let process =
            Process::start(folder.path(), &simulator, configuration.clone(), &clock, ports, routes).await;
        Self { process, simulator, clock, channel, folder, configuration }
    }

    /// Kills the system and starts it again on its data.
    pub(crate) async fn crash(self, ports: impl FnOnce(Ports) -> Ports) -> Self {
        let Self { process, simulator, clock, channel, folder, configuration } = self;
        process.kill().await;
        let routes = |routes: Router| routes;
        let process =
            Process::start(folder.path(), &simulator, configuration.clone(), &clock, ports, routes).await;
        Self { process, simulator, clock, channel, folder, configuration }
    }

    /// Dana posts files with a comment.
    pub(crate) fn post(&self, comment: &str, files: impl IntoIterator<Item = NewFile>) -> Post {
        let files: Vec<String> =
            files.into_iter().map(|file| self.simulator.add_file(file).unwrap()).collect();
        let message = self.simulator.post(&self.channel, "U0DANA", comment, &files).unwrap();
        let event = self.simulator.event(&message);
        Post { message, files, event }
    }

    /// Delivers an event as Slack does; it is acknowledged.
    pub(crate) async fn deliver(&self, event: &Value) -> Delivery {
        let delivery = self.simulator.deliver(&self.process.url, event).await;
        assert!(delivery.is_acknowledged(), "{delivery:?}");
        delivery
    }

    /// Waits until an event's execution has ended and the thread has been told.
    pub(crate) async fn settled(&mut self, event: &Value) -> Status {
        let status = self.process.ended(&execution_of(event)).await.status;
        self.process.notices_posted().await;
        status
    }

    /// Delivers a post and waits until all of it has happened.
    pub(crate) async fn handle(&mut self, post: &Post) -> Status {
        self.deliver(&post.event).await;
        self.settled(&post.event).await
    }

    /// What happened in an execution.
    pub(crate) async fn history(&self, name: &str) -> Vec<HistoryEvent> {
        let row = self.process.journal.find(None, name).await.unwrap();
        self.process.journal.replay(&row).await.unwrap().1
    }

    /// The bot's messages in the thread of a post.
    pub(crate) fn told(&self, post: &Post) -> Vec<PostedMessage> {
        let mut thread = self.simulator.thread(&self.channel, &post.message.ts);
        thread.retain(|message| message.bot_id.is_some());
        thread
    }

    /// Every object by its key.
    pub(crate) fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let root = self.folder.path().join("objects");
        let mut objects = BTreeMap::new();
        collect(&root, &root, &mut objects);
        objects
    }

    /// Every metadata document by the id of its file.
    pub(crate) fn metadata(&self) -> BTreeMap<String, Value> {
        let objects = self.objects().into_iter().filter(|(key, _)| key.starts_with("metadata/"));
        let documents = objects.map(|(_, content)| serde_json::from_slice::<Value>(&content).unwrap());
        documents.map(|document| (document["file_id"].as_str().unwrap().to_owned(), document)).collect()
    }

    /// Makes a text the same in every run: the ids lose what tells runs apart, and the port a number.
    pub(crate) fn stable(&self, text: &str) -> String {
        let era = self.channel.trim_start_matches('C').trim_end_matches("001");
        text.replace(era, "").replace(self.simulator.host(), "slack.test")
    }
}

fn collect(root: &Path, folder: &Path, objects: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, objects);
        } else {
            let key = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            objects.insert(key, std::fs::read(&path).unwrap());
        }
    }
}
