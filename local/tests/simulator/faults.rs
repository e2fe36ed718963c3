//! Each fault does what it says, as often as it says, and to its target only.

use std::time::{Duration, Instant};

use ackflow::simulator::{Fault, FileSource, NewFile, Target, Trap};
use bytes::Bytes;

use super::bench::Bench;

const SIZE: usize = 100_000;

fn auth_test() -> Target {
    Target::Method("auth.test".into())
}

/// A workspace with one file, and the file's address.
async fn with_file() -> (Bench, String, String) {
    let bench = Bench::new().await;
    let content = FileSource::Bytes(Bytes::from(vec![7; SIZE]));
    let file = bench.simulator.add_file(NewFile::new("data.bin", content)).unwrap();
    let url = bench.file_url(&file).await;
    (bench, file, url)
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back_and_passes() {
    let bench = Bench::new().await;
    bench.simulator.fault(auth_test(), 2, Fault::RateLimited { retry_after_seconds: 7 });
    for _ in 0..2 {
        let answer = bench.try_call("auth.test", &[]).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    }
    assert_eq!(bench.simulator.faults_left(), 0);
    assert_eq!(bench.call("auth.test", &[]).await["ok"], true);
}

#[tokio::test]
async fn faults_happen_in_order_and_to_their_target_only() {
    let bench = Bench::new().await;
    bench.simulator.fault(auth_test(), 1, Fault::ServerError(503));
    bench.simulator.fault(auth_test(), 1, Fault::SlackError("internal_error".into()));
    assert_eq!(bench.call("files.info", &[("file", "F0")]).await["error"], "file_not_found");
    assert_eq!(bench.simulator.faults_left(), 2);
    assert_eq!(bench.try_call("auth.test", &[]).await.unwrap().status(), 503);
    assert_eq!(bench.call("auth.test", &[]).await["error"], "internal_error");
    assert_eq!(bench.call("auth.test", &[]).await["ok"], true);
}

#[tokio::test]
async fn a_delay_is_late_and_right() {
    let bench = Bench::new().await;
    bench.simulator.fault(auth_test(), 1, Fault::Delay(Duration::from_millis(300)));
    let asked = Instant::now();
    assert_eq!(bench.call("auth.test", &[]).await["ok"], true);
    assert!(asked.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn an_answer_may_be_lost_though_the_message_is_posted() {
    let bench = Bench::new().await;
    let parent = bench.simulator.post(&bench.channel, "U0ANNA", "first", &[]).unwrap();
    bench.simulator.fault(Target::Method("chat.postMessage".into()), 1, Fault::PostThenDrop);
    let arguments = [("channel", bench.channel.as_str()), ("thread_ts", &parent.ts), ("text", "Stored.")];
    let outcome = bench.try_call("chat.postMessage", &arguments).await;
    assert!(outcome.is_err(), "no status was sent: {outcome:?}");
    let thread = bench.simulator.thread(&bench.channel, &parent.ts);
    assert_eq!(thread.iter().filter(|message| message.text == "Stored.").count(), 1);
}

#[tokio::test]
async fn a_connection_drops_in_the_middle_of_a_file() {
    let (bench, file, url) = with_file().await;
    for (after, come) in [(40_000, 40_000), (0, 0), (9_999_999, SIZE - 1)] {
        bench.simulator.fault(Target::File(file.clone()), 1, Fault::DropConnection { after_bytes: after });
        let mut download = bench.download(&url).await;
        assert_eq!(download.content_length(), Some(SIZE as u64));
        let mut received = 0;
        let error = loop {
            match download.chunk().await {
                Ok(Some(piece)) => received += piece.len(),
                Ok(None) => panic!("the file came whole"),
                Err(error) => break error,
            }
        };
        assert_eq!(received, come, "{error}");
    }
    assert_eq!(bench.download(&url).await.bytes().await.unwrap().len(), SIZE);
}

#[tokio::test]
async fn a_connection_drops_in_the_middle_of_an_answer() {
    let bench = Bench::new().await;
    bench.simulator.fault(auth_test(), 1, Fault::DropConnection { after_bytes: 5 });
    let answer = bench.try_call("auth.test", &[]).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn a_file_may_be_larger_than_said_or_empty_or_a_login_page() {
    let (bench, file, url) = with_file().await;
    let target = || Target::File(file.clone());
    bench.simulator.fault(target(), 1, Fault::ExtraBytes(150_000));
    bench.simulator.fault(target(), 1, Fault::Empty);
    bench.simulator.fault(target(), 1, Fault::LoginPage);

    let larger = bench.download(&url).await;
    assert_eq!(larger.content_length(), None);
    assert_eq!(larger.bytes().await.unwrap().len(), SIZE + 150_000);
    let empty = bench.download(&url).await;
    assert_eq!((empty.status().as_u16(), empty.bytes().await.unwrap().len()), (200, 0));
    let page = bench.download(&url).await;
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
}

#[tokio::test]
async fn a_fault_of_any_file_waits_behind_the_faults_of_one() {
    let (bench, file, url) = with_file().await;
    bench.simulator.fault(Target::AnyFile, 1, Fault::ServerError(500));
    bench.simulator.fault(Target::File(file), 1, Fault::ServerError(502));
    assert_eq!(bench.download(&url).await.status(), 502);
    assert_eq!(bench.download(&url).await.status(), 500);
    assert_eq!(bench.download(&url).await.status(), 200);
}

#[tokio::test]
async fn a_trap_tells_whether_a_token_reached_it() {
    let (bench, _, url) = with_file().await;
    let trap = Trap::start().await.unwrap();
    bench.simulator.fault(Target::AnyFile, 1, Fault::RedirectTo(trap.url().into()));
    let redirect = bench.download(&url).await;
    assert_eq!(
        (redirect.status().as_u16(), &redirect.headers()["location"]),
        (302, &trap.url().parse().unwrap())
    );
    assert_eq!((trap.requests(), trap.authorizations()), (0, 0));

    bench.client.get(trap.url()).send().await.unwrap();
    assert_eq!((trap.requests(), trap.authorizations()), (1, 0));
    bench.client.get(trap.url()).bearer_auth("xoxb-leaked").send().await.unwrap();
    assert_eq!((trap.requests(), trap.authorizations()), (2, 1));
}

#[tokio::test]
async fn a_workspace_that_is_shut_down_does_not_answer() {
    let bench = Bench::new().await;
    let url = format!("{}auth.test", bench.simulator.api_url());
    assert!(bench.client.get(&url).send().await.is_ok());
    bench.simulator.shutdown().await;
    assert!(bench.client.get(&url).send().await.is_err());
}
