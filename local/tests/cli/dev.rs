//! `ackflow dev`.

use std::time::Duration;

use ackflow::simulator::{Fault, FileSource, PostedMessage, Simulator, Target};
use serde_json::Value;

use super::{
    ackflow::Ended,
    server::Server,
    workspace::{dev, dev_on, post, workspace},
};

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_a_workspace_and_stops_when_it_is_asked() {
    let simulator = workspace().await;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(dev(&simulator, data.path()));
    let handshake = simulator.deliver(&server.url, &simulator.url_verification("hello")).await;
    assert_eq!(handshake.attempts[0].answer, r#"{"challenge":"hello"}"#);

    let message = post(&simulator, "report.txt", FileSource::Bytes("The third quarter".into()));
    assert!(simulator.deliver(&server.url, &simulator.event(&message)).await.is_acknowledged());
    simulator.until(|it| it.thread(&message.channel, &message.ts).len() == 2).await;

    let health = reqwest::Client::builder().no_proxy().build().unwrap();
    let health = health.get(server.url.replace("slack/events", "healthz")).send().await.unwrap();
    let health: Value = health.json().await.unwrap();
    assert_eq!((&health["status"], &health["answers"]["accepted"]), (&"ok".into(), &1.into()), "{health}");

    let (status, said) = server.terminate();
    assert_eq!(status.code(), Some(0), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_it_is_asked_to_stop() {
    let simulator = workspace().await;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(dev(&simulator, data.path()));
    let messages: Vec<_> =
        (0..8).map(|_| post(&simulator, "report.txt", FileSource::Bytes("content".into()))).collect();
    for message in &messages {
        assert!(simulator.deliver(&server.url, &simulator.event(message)).await.is_acknowledged());
    }
    let (status, said) = server.terminate();
    assert_eq!(status.code(), Some(0), "{said}");
    let _server = Server::start(dev(&simulator, data.path()));
    let is_told = |message: &PostedMessage| simulator.thread(&message.channel, &message.ts).len() == 2;
    simulator.until(|_| messages.iter().all(is_told)).await;
}

/// A file that takes long keeps nobody who is in a hurry.
#[tokio::test(flavor = "multi_thread")]
async fn it_stops_at_once_when_it_is_asked_twice() {
    let simulator = workspace().await;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(dev(&simulator, data.path()));
    let message = post(&simulator, "report.txt", FileSource::Bytes("content".into()));
    let late = Fault::Delay(Duration::from_hours(1));
    simulator.fault(Target::AnyFile, 1, late);
    assert!(simulator.deliver(&server.url, &simulator.event(&message)).await.is_acknowledged());
    let is_asked =
        |it: &Simulator| it.requests().iter().any(|request| request.path.starts_with("/files-pri/"));
    simulator.until(is_asked).await;
    server.ask_to_stop();
    server.wait_for_line("Stopping");
    let (status, said) = server.terminate();
    assert_eq!(status.code(), Some(0), "{said}");

    let _server = Server::start(dev(&simulator, data.path()));
    simulator.until(|it| it.thread(&message.channel, &message.ts).len() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_has_one_process() {
    let simulator = workspace().await;
    let data = tempfile::tempdir().unwrap();
    let _server = Server::start(dev(&simulator, data.path()));
    let second: Ended = dev(&simulator, data.path()).output().unwrap().into();
    let error = second.error().replace("\n  │ ", " ");
    assert!(error.contains("another ackflow is running on the data folder"), "{error}");
    let demo: Ended =
        super::ackflow::ackflow().args(["demo", "--data"]).arg(data.path()).output().unwrap().into();
    assert!(demo.error().contains("another ackflow is running"), "{demo:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_named() {
    let simulator = workspace().await;
    let data = tempfile::tempdir().unwrap();
    let ended: Ended = dev_on(simulator.host(), &simulator, data.path()).output().unwrap().into();
    assert!(ended.error().contains(&format!("can't listen on {}", simulator.host())), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_when_its_data_folder_or_its_database_is_moved_away() {
    let simulator = workspace().await;
    for what in ["data", "data/ackflow.db"] {
        let parent = tempfile::tempdir().unwrap();
        let server = Server::start(dev(&simulator, &parent.path().join("data")));
        std::fs::rename(parent.path().join(what), parent.path().join("moved")).unwrap();
        let (status, said) = server.ended();
        assert_eq!(status.code(), Some(1), "{what}: {said}");
        assert!(said.replace("\n  │ ", " ").contains("was moved or removed"), "{what}: {said}");
    }
}

/// It holds what people wrote and posted.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_can_read_the_data_folder() {
    use std::os::unix::fs::PermissionsExt;
    let simulator = workspace().await;
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let _server = Server::start(dev(&simulator, &data));
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
}
