//! `ackflow join`.

use std::process::Command;

use ackflow::simulator::{Fault, Simulator, Target};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{
    ackflow::{Ended, ackflow, snapshots},
    workspace::workspace,
};

/// As fast as can be.
const FAST: [&str; 2] = ["--per-minute", "1000000"];

fn join(simulator: &Simulator, arguments: &[&str]) -> Ended {
    let mut command: Command = ackflow();
    command
        .arg("join")
        .args(FAST)
        .args(arguments)
        .env("SLACK_BOT_TOKEN", simulator.workspace().bot_token.expose_secret())
        .env("SLACK_API_URL", simulator.api_url());
    let ended: Ended = command.output().unwrap().into();
    assert!(!ended.stdout.contains("simulated-bot-token") && !ended.stderr.contains("simulated-bot-token"));
    ended
}

/// Each channel's name and what became of it.
fn outcomes(ended: &Ended) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let channels = document["channels"].as_array().unwrap();
    channels.iter().map(|channel| (text(&channel["name"]), text(&channel["outcome"]))).collect()
}

fn calls(simulator: &Simulator, method: &str) -> usize {
    let path = format!("/api/{method}");
    simulator.requests().iter().filter(|request| request.path == path).count()
}

fn target(method: &str) -> Target {
    Target::Method(method.into())
}

/// A workspace with a channel of each kind.
async fn with_channels() -> Simulator {
    let simulator = workspace().await;
    simulator.create_channel_without_bot("random");
    simulator.create_channel("finance");
    simulator.create_channel_without_bot("web");
    simulator.create_private_channel("leads", true);
    simulator.create_private_channel("board", false);
    let old = simulator.create_channel_without_bot("old");
    simulator.archive_channel(&old).unwrap();
    simulator
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_joins_every_public_channel() {
    let simulator = with_channels().await;
    let joined = join(&simulator, &["--all"]);
    snapshots().bind(|| insta::assert_snapshot!("join", joined.text()));
    assert_eq!(calls(&simulator, "conversations.join"), 2);
    let again = join(&simulator, &["--all", "--json"]);
    again.text();
    let already =
        ["random", "finance", "web", "leads"].map(|name| (name.to_owned(), "already_in".to_owned()));
    assert_eq!(outcomes(&again), already);
    assert_eq!(calls(&simulator, "conversations.join"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_joins_nothing() {
    let simulator = with_channels().await;
    let text = join(&simulator, &["--all", "--dry-run"]);
    snapshots().bind(|| insta::assert_snapshot!("join_dry_run", text.text()));
    let json = join(&simulator, &["--all", "--dry-run", "--json"]);
    let outcome = |name: &str, outcome: &str| (name.to_owned(), outcome.to_owned());
    assert_eq!(
        outcomes(&json),
        [
            outcome("random", "would_join"),
            outcome("finance", "already_in"),
            outcome("web", "would_join"),
            outcome("leads", "already_in"),
        ]
    );
    assert_eq!(calls(&simulator, "conversations.join"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_several_pages_is_read_to_its_end() {
    let simulator = workspace().await;
    for number in 0..205 {
        simulator.create_channel_without_bot(&format!("team-{number}"));
    }
    let ended = join(&simulator, &["--all", "--json"]);
    assert_eq!(ended.json()["dry_run"], false);
    assert_eq!(outcomes(&ended).len(), 205);
    assert!(outcomes(&ended).iter().all(|(_, outcome)| outcome == "joined"));
    assert_eq!((calls(&simulator, "conversations.list"), calls(&simulator, "conversations.join")), (2, 205));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_channel_that_cannot_be_joined_is_told_with_the_reason() {
    let simulator = workspace().await;
    let random = simulator.create_channel_without_bot("random");
    let board = simulator.create_private_channel("board", false);
    let old = simulator.create_channel_without_bot("old");
    simulator.archive_channel(&old).unwrap();
    let ended = join(&simulator, &[&old, &board, &random]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("could not join 2 of 3 channels"), "{ended:?}");
    snapshots().bind(|| insta::assert_snapshot!("join_refused", ended.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refusal_does_not_keep_the_bot_from_the_others() {
    let simulator = with_channels().await;
    simulator.fault(target("conversations.join"), 1, Fault::SlackError("restricted_action".into()));
    let ended = join(&simulator, &["--all", "--json"]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(document["channels"][0]["error"], json!("restricted_action"));
    assert_eq!(outcomes(&ended)[2], ("web".to_owned(), "joined".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_back_when_slack_says() {
    let simulator = with_channels().await;
    for method in ["conversations.list", "conversations.join"] {
        simulator.fault(target(method), 2, Fault::RateLimited { retry_after_seconds: 0 });
    }
    join(&simulator, &["--all"]).text();
    assert_eq!(simulator.faults_left(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_slack_does_not_answer_is_made_again() {
    let simulator = with_channels().await;
    simulator.fault(target("conversations.list"), 3, Fault::ServerError(500));
    simulator.fault(target("conversations.join"), 2, Fault::ServerError(503));
    let ended = join(&simulator, &["--all", "--json"]);
    ended.text();
    assert_eq!(simulator.faults_left(), 0);
    assert_eq!(outcomes(&ended)[0], ("random".to_owned(), "joined".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_slack_does_not_answer_for_is_left_to_the_next_run() {
    let simulator = with_channels().await;
    simulator.fault(target("conversations.join"), 4, Fault::ServerError(500));
    let ended = join(&simulator, &["--all", "--json"]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("could not join"), "{ended:?}");
    assert_eq!(outcomes(&ended)[0], ("random".to_owned(), "unanswered".to_owned()));
    assert_eq!(outcomes(&ended)[2], ("web".to_owned(), "joined".to_owned()));
    let next = join(&simulator, &["--all", "--json"]);
    assert_eq!(outcomes(&next)[0], ("random".to_owned(), "joined".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_gets_no_list_is_stopped() {
    let simulator = with_channels().await;
    simulator.fault(target("conversations.list"), 4, Fault::ServerError(500));
    let stopped = join(&simulator, &["--all"]);
    assert_eq!(stopped.status, Some(1), "{stopped:?}");
    assert!(stopped.stderr.contains("it goes on where it stopped"), "{stopped:?}");
    assert_eq!(calls(&simulator, "conversations.join"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_every_channel_would_meet_ends_the_run() {
    let simulator = with_channels().await;
    simulator.fault(target("conversations.list"), 1, Fault::SlackError("token_revoked".into()));
    let ended = join(&simulator, &["--all"]);
    assert!(ended.error().contains("token_revoked") && ended.error().contains("ackflow doctor"), "{ended:?}");
    simulator.fault(target("conversations.join"), 1, Fault::SlackError("missing_scope".into()));
    assert!(join(&simulator, &["--all"]).stderr.contains("missing_scope"));
    assert_eq!(calls(&simulator, "conversations.join"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused() {
    let simulator = workspace().await;
    assert!(join(&simulator, &["#random"]).error().contains("#random is no channel id"));
    for arguments in [&[][..], &["--all", "C0RANDOM"], &["--all", "--per-minute", "0"]] {
        let ended = join(&simulator, arguments);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
    }
    assert!(simulator.requests().is_empty());
}
