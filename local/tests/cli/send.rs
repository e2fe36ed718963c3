//! `ackflow send`.

use std::{io::Write, process::Stdio};

use ackflow::simulator::{FileSource, Simulator};
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    ackflow::{Ended, ackflow},
    server::Server,
    workspace::{dev, post, workspace},
};

struct Deployment {
    simulator: Simulator,
    folder: TempDir,
    server: Server,
    event: Value,
}

async fn deployment() -> Deployment {
    let simulator = workspace().await;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(dev(&simulator, &folder.path().join("data")));
    let message = post(&simulator, "report.txt", FileSource::Bytes("content".into()));
    let event = simulator.event(&message);
    std::fs::write(folder.path().join("event.json"), event.to_string()).unwrap();
    Deployment { simulator, folder, server, event }
}

impl Deployment {
    fn send(&self, more: &[&str], secret: &str) -> Ended {
        let mut command = ackflow();
        command
            .args(["send", "--url", &self.server.url, "--event"])
            .arg(self.folder.path().join("event.json"));
        command.args(more).env("SLACK_SIGNING_SECRET", secret).output().unwrap().into()
    }

    fn secret(&self) -> &str {
        self.simulator.workspace().signing_secret.expose_secret()
    }
}

fn answers(sent: &Value) -> Vec<String> {
    let status = |delivery: &Value| {
        let answer: Value =
            serde_json::from_str(delivery["attempts"][0]["answer"].as_str().unwrap()).unwrap();
        answer["status"].as_str().unwrap().to_owned()
    };
    sent["deliveries"].as_array().unwrap().iter().map(status).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_event_is_acknowledged() {
    let it = deployment().await;
    let sent = it.send(&[], it.secret());
    let execution = format!("T0ACKFLOW-{}", it.event["event_id"].as_str().unwrap());
    let expected = format!(r#"delivery 1: 200 {{"status":"accepted","execution":"{execution}"}} in "#);
    assert!(sent.text().starts_with(&expected), "{sent:?}");
    assert_eq!(answers(&it.send(&["--json"], it.secret()).json()), ["duplicate"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_of_two_secrets_signs() {
    let it = deployment().await;
    it.send(&[], &format!("{}, the-other-secret", it.secret())).text();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_goes_before_the_environment() {
    let it = deployment().await;
    it.send(&["--secret", it.secret()], "of-somebody-else").text();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_deliveries_start_one_execution() {
    let it = deployment().await;
    let sent = it.send(&["--deliveries", "4", "--json"], it.secret()).json();
    let mut answers = answers(&sent);
    answers.sort();
    assert_eq!(answers.len(), 4);
    assert_eq!(answers[0], "accepted");
    assert!(answers.iter().all(|answer| answer == "accepted" || answer == "duplicate"), "{answers:?}");
    let listed = super::ackflow::run(
        ["executions", "list", "--json", "--data"].map(std::ffi::OsString::from).into_iter().chain([it
            .folder
            .path()
            .join("data")
            .into_os_string()]),
    );
    assert_eq!(listed.json().as_array().unwrap().len(), 1);
}

/// Slack tries again after one and after five minutes: `send` must not, or nobody waits for its verdict.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_refused() {
    let it = deployment().await;
    let sent = it.send(&[], "of-somebody-else");
    assert_eq!(sent.status, Some(1));
    assert!(sent.stdout.contains("401") && sent.stdout.contains("the signature is wrong"), "{sent:?}");
    assert!(sent.stderr.contains("not every delivery was acknowledged"), "{sent:?}");
    assert!(!sent.stderr.contains("of-somebody-else"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_may_come_from_standard_input() {
    let it = deployment().await;
    let mut command = ackflow();
    command.args(["send", "--url", &it.server.url, "--event", "-", "--secret", it.secret()]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(it.event.to_string().as_bytes()).unwrap();
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert!(ended.text().contains("accepted"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_named() {
    let it = deployment().await;
    assert!(it.send(&[], " ").error().contains("there is no signing secret to sign with"));
    std::fs::remove_file(it.folder.path().join("event.json")).unwrap();
    assert!(it.send(&[], it.secret()).error().contains("can't read the event from"));
}

#[test]
fn a_url_that_is_not_of_the_web_is_refused() {
    let ended: Ended = ackflow()
        .args([
            "send",
            "--secret",
            "0123456789abcdef",
            "--event",
            "-",
            "--url",
            "ftp://127.0.0.1/slack/events",
        ])
        .stdin(Stdio::null())
        .output()
        .unwrap()
        .into();
    assert!(ended.error().contains("is no http(s) URL"), "{ended:?}");
}
