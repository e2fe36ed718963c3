//! The state machines that inputs are made of: this system's own, and those recorded from AWS.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

/// A state machine, and the input of an execution.
pub(crate) struct Document {
    pub(crate) definition: Value,
    pub(crate) input: Value,
}

/// All that are here.
pub(crate) fn documents() -> Vec<Document> {
    let mut documents = flows();
    documents.extend(recorded());
    documents
}

/// The flows, each with an empty input and with those of the snapshots.
fn flows() -> Vec<Document> {
    let machines = snapshots("state-machines");
    let without = machines.values().map(|definition| (definition, json!({})));
    let inputs = snapshots("execution-input");
    let with = inputs.values().filter_map(|start| {
        let definition = machines.get(start["flow"].as_str()?)?;
        Some((definition, start["input"].clone()))
    });
    without
        .chain(with)
        .map(|(definition, input)| Document { definition: definition.clone(), input })
        .collect()
}

/// The snapshots of a stage that are JSON, by their names.
fn snapshots(stage: &str) -> BTreeMap<String, Value> {
    let read = |file: PathBuf| {
        let name = file.file_stem()?.to_str()?.to_owned();
        let text = fs::read_to_string(file).ok()?;
        // What insta knows of the snapshot stands above it, between two lines of dashes.
        let content = text.splitn(3, "---\n").nth(2)?;
        Some((name, serde_json::from_str(content).ok()?))
    };
    files(&format!("snapshots/{stage}")).into_iter().filter_map(read).collect()
}

/// The cases recorded from AWS, where they lie beside the clone.
fn recorded() -> Vec<Document> {
    let read = |file: PathBuf| {
        let case: Value = serde_json::from_str(&fs::read_to_string(file).ok()?).ok()?;
        let input = case.get("input").cloned().unwrap_or_else(|| json!({}));
        Some(Document { definition: case.get("definition")?.clone(), input })
    };
    files("../shared/asl-conformance/scenarios").into_iter().filter_map(read).collect()
}

/// The files of a folder, which is named from the clone; none where it is missing.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}
