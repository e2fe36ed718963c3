//! What each stage gives in a run without faults, for reviewers.

use ackflow::simulator::Fault;
use ackflow_engine::{HistoryEvent, Status};
use serde_json::{Value, json};

use super::{
    outages::{METADATA, Outage},
    snapshots,
    stage::{Post, Stage, file},
    watched::watched,
};

async fn clean_run() -> (Stage, Post) {
    let stage = Stage::new().await;
    run(stage, None).await
}

/// A run in which one file is not given and the metadata is late.
async fn troubled_run() -> (Stage, Post) {
    let stage = Stage::with(|ports| watched(ports, &Outage::of(METADATA, 6))).await;
    run(stage, Some(Fault::LoginPage)).await
}

async fn run(mut stage: Stage, fault: Option<Fault>) -> (Stage, Post) {
    let files =
        [file("q3-report.md", "# Q3\n\nThe third quarter was fine.\n"), file("budget.csv", "a,b\n1,2\n")];
    let post = stage.post("Q3 &amp; Q4 for the board #finance #2026-q3", files);
    if let Some(fault) = fault {
        stage.simulator.fault(post.file(1), 1, fault);
    }
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    (stage, post)
}

/// What a snapshot keeps of a document: the same in every run.
fn stable(stage: &Stage, document: &Value) -> Value {
    serde_json::from_str(&stage.stable(&document.to_string())).unwrap()
}

/// The outputs of a state, one for each time that it ran.
fn outputs(history: &[HistoryEvent], state: &str) -> Vec<Value> {
    let exits = history.iter().filter(|event| event.event_type.ends_with("StateExited"));
    let mut outputs: Vec<Value> = exits
        .filter(|event| event.state.as_deref() == Some(state))
        .map(|event| {
            let output = &event.details["output"];
            // AWS writes it as a text.
            output.as_str().map_or_else(|| output.clone(), |text| serde_json::from_str(text).unwrap())
        })
        .collect();
    // Files are fetched at once, and end in any order.
    outputs.sort_by_key(ToString::to_string);
    outputs
}

async fn check_outputs(stage: &Stage, post: &Post, states: &[&str]) {
    let history = stage.history(&post.execution()).await;
    for state in states {
        let outputs = outputs(&history, state);
        let output = if outputs.len() == 1 { outputs[0].clone() } else { json!(outputs) };
        let output = stable(stage, &output);
        snapshots("state-output").bind(|| insta::assert_json_snapshot!(*state, output));
    }
}

#[tokio::test]
async fn each_state_gives_its_output() {
    let (stage, post) = clean_run().await;
    check_outputs(&stage, &post, &["FetchFile", "FetchFiles", "SaveMetadata", "NotifyThread"]).await;
    let (stage, post) = troubled_run().await;
    check_outputs(&stage, &post, &["FileFailed", "NotifyDelay", "SaveMetadataLater"]).await;
}

#[tokio::test]
async fn an_edited_comment_gives_its_output() {
    let (mut stage, post) = clean_run().await;
    let event = stage.simulator.edit(&stage.channel, &post.message.ts, "Q3 #final").unwrap();
    stage.deliver(&event).await;
    assert_eq!(stage.settled(&event).await, Status::Succeeded);
    let history = stage.history(&super::stage::execution_of(&event)).await;
    let output = stable(&stage, &outputs(&history, "RewriteTags")[0]);
    snapshots("state-output").bind(|| insta::assert_json_snapshot!("RewriteTags", output));
    let document = stable(&stage, &stage.metadata()[&post.files[0]]);
    snapshots("metadata").bind(|| insta::assert_json_snapshot!("edited_comment", document));
}

#[tokio::test]
async fn each_file_has_its_metadata() {
    let (stage, post) = clean_run().await;
    let document = stable(&stage, &stage.metadata()[&post.files[0]]);
    snapshots("metadata").bind(|| insta::assert_json_snapshot!("document", document));
}

#[tokio::test]
async fn notices_are_published_and_posted() {
    let (stage, post) = clean_run().await;
    check_notices(&stage, &post, &["documents_saved"]).await;
    let (stage, post) = troubled_run().await;
    check_notices(&stage, &post, &["metadata_delayed", "documents_saved_but_one"]).await;
}

async fn check_notices(stage: &Stage, post: &Post, names: &[&str]) {
    let history = stage.history(&post.execution()).await;
    let scheduled = history.iter().filter(|event| event.event_type == "TaskScheduled");
    let notices: Vec<_> =
        scheduled.map(|event| stable(stage, &event.details["parameters"]["Message"])).collect();
    let messages: Vec<_> = stage.told(post).iter().map(|message| stable(stage, &json!(message))).collect();
    assert_eq!((notices.len(), messages.len()), (names.len(), names.len()));
    for (name, (notice, message)) in names.iter().zip(notices.iter().zip(messages)) {
        snapshots("notice").bind(|| insta::assert_json_snapshot!(*name, notice));
        snapshots("slack-message").bind(|| {
            insta::assert_json_snapshot!(*name, message, { ".ts" => "[ts]" });
        });
    }
}
