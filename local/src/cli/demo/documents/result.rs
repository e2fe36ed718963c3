//! What a demo came to.

use std::{
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
};

use ackflow_engine::Observation;
use miette::{IntoDiagnostic, Result, WrapErr};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{attached, message_text};
use crate::{
    cli::{executions::states, terminal::plain},
    delivery::Delivery,
    simulator::PostedMessage,
    system::DataFolder,
};

/// What happened, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct DemoResult {
    acknowledgement: Acknowledgement,
    execution: Option<Execution>,
    objects: Vec<Object>,
    messages: Vec<PostedMessage>,
    data: PathBuf,
}

#[derive(Debug, Serialize)]
struct Acknowledgement {
    status: Option<u16>,
    milliseconds: f64,
    attempts: usize,
}

#[derive(Debug, Serialize)]
struct Execution {
    name: String,
    status: &'static str,
    states: Vec<Value>,
}

/// A stored object, read back and hashed again.
#[derive(Debug, Serialize)]
struct Object {
    key: String,
    size: u64,
    sha256: String,
}

impl DemoResult {
    /// Reads what is there now.
    pub(super) async fn collect(
        folder: &DataFolder,
        delivery: &Delivery,
        observations: &[Observation],
        messages: Vec<PostedMessage>,
    ) -> Result<Self> {
        let last = delivery.attempts.last();
        let acknowledgement = Acknowledgement {
            status: last.and_then(|attempt| attempt.status),
            milliseconds: last.map_or(0.0, |attempt| attempt.millis),
            attempts: delivery.attempts.len(),
        };
        let execution = observations.first().map(|first| execution(&first.name, observations));
        let objects = folder.path.join("objects");
        let execution_states = execution.as_ref().map_or(&[][..], |execution| &execution.states);
        let keys = object_keys(execution_states);
        let hashed = tokio::task::spawn_blocking(move || hash_all(&objects, keys)).await.into_diagnostic()?;
        let objects = hashed.into_diagnostic().wrap_err("a stored object can't be read back")?;
        Ok(Self { acknowledgement, execution, objects, messages, data: folder.path.clone() })
    }

    /// What is missing of the whole job; `None` when all of it happened.
    pub(super) fn shortfall(&self, files: usize) -> Option<String> {
        if self.acknowledgement.status != Some(200) {
            return Some("the event was not acknowledged".to_owned());
        }
        let Some(execution) = &self.execution else { return Some("no execution started".to_owned()) };
        if execution.status != "SUCCEEDED" {
            return Some(format!("execution {} is {}", execution.name, execution.status));
        }
        let stored = self.objects.iter().filter(|object| object.key.starts_with("files/")).count();
        let described = self.objects.len() - stored;
        if stored < files || described < files {
            return Some(format!("of {files} files, {stored} are stored and {described} have metadata"));
        }
        if let Some(file) = self.damaged() {
            return Some(format!("{file} is not what was fetched"));
        }
        (self.messages.len() < 2).then(|| "the thread was not told".to_owned())
    }

    /// An object whose content is not what `FetchFile` hashed on its way.
    fn damaged(&self) -> Option<&str> {
        let states = &self.execution.as_ref()?.states;
        let outputs: Vec<&Value> = states.iter().map(|state| &state["output"]).collect();
        let fetched =
            |key: &str| outputs.iter().find(|output| output["object_key"] == key).map(|it| &it["sha256"]);
        let mut files = self.objects.iter().filter(|object| object.key.starts_with("files/"));
        files
            .find(|object| fetched(&object.key).is_none_or(|hash| *hash != object.sha256.as_str()))
            .map(|it| it.key.as_str())
    }

    /// What happened, for people, who see the names of the files with the message.
    pub(super) fn text(&self, files: &[String]) -> String {
        let mut text = "\nThe thread in #finance:\n".to_owned();
        for message in &self.messages {
            let author = if message.bot_id.is_some() { "ackflow" } else { "dana" };
            for (number, line) in message_text(message).lines().enumerate() {
                let author = if number == 0 { author } else { "" };
                let _ = writeln!(text, "  {author:<8} {}", plain(line));
            }
            if !message.files.is_empty() {
                let _ = writeln!(text, "  {:<8} 📎 {}", "", attached(files));
            }
        }
        let _ = writeln!(text, "\nFiles and metadata in {}:", self.data.join("objects").display());
        for object in &self.objects {
            let bytes = if object.size == 1 { "byte" } else { "bytes" };
            let _ =
                writeln!(text, "  {}  {} {bytes}  sha256 {}", object.key, object.size, &object.sha256[..12]);
        }
        if let Some(execution) = &self.execution {
            let _ = writeln!(
                text,
                "\nEach state's input and output: {} executions show {} --data {}",
                std::env::args().next().unwrap_or_else(|| "ackflow".to_owned()),
                execution.name,
                self.data.display()
            );
        }
        text
    }
}

fn execution(name: &str, observations: &[Observation]) -> Execution {
    let history: Vec<_> = observations.iter().flat_map(|observation| observation.events.clone()).collect();
    let status = match history.last().map(|event| event.event_type) {
        Some("ExecutionSucceeded") => "SUCCEEDED",
        Some("ExecutionFailed") => "FAILED",
        Some("ExecutionTimedOut") => "TIMED_OUT",
        _ => "RUNNING",
    };
    Execution { name: name.to_owned(), status, states: states(&history) }
}

/// The keys of the objects that this execution stored, from its report.
fn object_keys(states: &[Value]) -> Vec<String> {
    let report = states.iter().rev().find_map(|state| state["output"]["saved"].as_array());
    let of = |saved: &Value, field: &str| saved[field].as_str().map(str::to_owned);
    report
        .into_iter()
        .flatten()
        .flat_map(|saved| [of(saved, "object_key"), of(saved, "metadata_key")])
        .flatten()
        .collect()
}

fn hash_all(folder: &Path, keys: Vec<String>) -> io::Result<Vec<Object>> {
    keys.into_iter()
        .map(|key| {
            let mut digest = Sha256::new();
            let size = io::copy(&mut std::fs::File::open(folder.join(&key))?, &mut HashWriter(&mut digest))?;
            Ok(Object { key, size, sha256: hex::encode(digest.finalize()) })
        })
        .collect()
}

/// Hashes what is written to it.
struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
