//! The process is killed under load, again and again.

use std::{path::Path, process::Stdio, time::Duration};

use ackflow::{
    delivery::{Retry, RetryReason},
    simulator::{FileSource, PostedMessage, Simulator},
    system::open_database,
};
use ackflow_engine::{Journal, Status};
use bytes::Bytes;
use futures_util::future::join_all;

use super::{
    server::Server,
    workspace::{dev, post, workspace},
};

const EVENTS: usize = 20;

/// When each process is killed: it has just made so many requests like this one. Each gets as many new events, so
/// that it has them to make.
const KILLS: [(&str, usize); 5] = [
    ("/files-pri/", 1),
    ("/files-pri/", 3),
    ("chat.getPermalink", 2),
    ("chat.postMessage", 1),
    ("chat.postMessage", 3),
];

/// How many messages the bot has posted in a thread.
fn told(simulator: &Simulator, message: &PostedMessage) -> usize {
    simulator.thread(&message.channel, &message.ts).len() - 1
}

fn requests(simulator: &Simulator, path: &str) -> usize {
    simulator.requests().iter().filter(|request| request.path.contains(path)).count()
}

/// Delivers each event until it is acknowledged; those that are not are left over.
async fn deliver(simulator: &Simulator, url: &str, left: &mut Vec<Bytes>) {
    let clock = ackflow::clock::SystemClock;
    let attempts = left.iter().map(async |body| {
        let retry = Some(Retry { num: 1, reason: RetryReason::ConnectionFailed });
        let attempt = simulator.sender().attempt(url, body.clone(), retry, &clock).await;
        assert!(matches!(attempt.status, Some(200) | None), "{attempt:?}");
        attempt.status.is_some()
    });
    let acknowledged = join_all(attempts).await;
    let mut acknowledged = acknowledged.iter();
    left.retain(|_| !acknowledged.next().unwrap());
}

/// A last process takes what is left, and lives until each thread was told once.
async fn come_to_the_end(
    simulator: &Simulator,
    data: &Path,
    mut left: Vec<Bytes>,
    messages: &[PostedMessage],
) {
    let server = Server::start(dev(simulator, data));
    deliver(simulator, &server.url, &mut left).await;
    assert_eq!(left.len(), 0);
    simulator.until(|it| messages.iter().all(|message| told(it, message) > 0)).await;
    // What comes after the last message could only be a second one.
    let (status, said) = server.terminate();
    assert_eq!(status.code(), Some(0), "{said}");
    for message in messages {
        let thread = simulator.thread(&message.channel, &message.ts);
        assert_eq!(thread.len(), 2, "one message: {thread:?}");
        assert!(thread[1].text.contains("Stored 1 file, tagged #finance."), "{thread:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_event_ends_well() {
    let simulator = workspace().await;
    let data = tempfile::tempdir().unwrap();
    let content = |number: usize| format!("content of file {number}").repeat(5_000);
    let messages: Vec<_> = (0..EVENTS)
        .map(|number| post(&simulator, "report.txt", FileSource::Bytes(content(number).into())))
        .collect();
    let events: Vec<Bytes> =
        messages.iter().map(|message| simulator.event(message).to_string().into()).collect();
    let mut left = Vec::new();
    let mut delivered = 0;
    let mut interrupted = 0;
    for (new, (path, times)) in events.chunks(EVENTS / KILLS.len()).zip(KILLS) {
        delivered += new.len();
        left.extend_from_slice(new);
        let before = requests(&simulator, path);
        let server = Server::start(dev(&simulator, data.path()));
        let url = server.url.clone();
        tokio::select! {
            biased;
            () = simulator.until(|it| requests(it, path) >= before + times) => {}
            () = async {
                deliver(&simulator, &url, &mut left).await;
                // What was acknowledged goes on.
                std::future::pending::<()>().await;
            } => {}
        }
        server.kill();
        interrupted += messages[..delivered].iter().filter(|message| told(&simulator, message) == 0).count();
    }
    assert!(interrupted > 0, "some were killed in the middle");

    come_to_the_end(&simulator, data.path(), left, &messages).await;
    for (number, message) in messages.iter().enumerate() {
        let PostedMessage { channel, ts, files, .. } = message;
        let object = |kind: &str, ending: &str| {
            data.path().join(format!("objects/{kind}/T0ACKFLOW/{channel}/{ts}/{}{ending}", files[0]))
        };
        assert_eq!(std::fs::read_to_string(object("files", "")).unwrap(), content(number));
        let document = std::fs::read(object("metadata", ".json")).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
        assert_eq!(document["size"], content(number).len());
    }
    let incoming = std::fs::read_dir(data.path().join("objects/.incoming")).unwrap();
    assert_eq!(incoming.count(), 0, "nothing half written is left");
}

const LIVES: usize = 100;

/// The most milliseconds of a life.
const LONGEST: u64 = 300;

/// No moment is chosen: some lives end while they begin, some in the middle of the work.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_kills_lose_nothing_and_do_nothing_twice() {
    let simulator = workspace().await;
    let data = tempfile::tempdir().unwrap();
    let mut messages = Vec::new();
    let mut left = Vec::new();
    for life in 0..LIVES {
        for _ in 0..3 {
            let message = post(&simulator, "report.txt", FileSource::Bytes("The third quarter".into()));
            left.push(simulator.event(&message).to_string().into());
            messages.push(message);
        }
        let moment = Duration::from_millis(rand::random_range(0..LONGEST));
        if life % 10 == 0 {
            let mut beginning =
                dev(&simulator, data.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            // Not to wait for something: when it is killed is what is tried.
            tokio::time::sleep(moment).await;
            beginning.kill().unwrap();
            beginning.wait().unwrap();
        }
        let server = Server::start(dev(&simulator, data.path()));
        let url = server.url.clone();
        let work = async {
            deliver(&simulator, &url, &mut left).await;
            // What was acknowledged goes on.
            std::future::pending::<()>().await;
        };
        assert!(tokio::time::timeout(moment, work).await.is_err());
        server.kill();
    }

    come_to_the_end(&simulator, data.path(), left, &messages).await;
    check_journal(data.path(), messages.len()).await;
}

/// One execution for each event, each ended well, in a database that is whole.
async fn check_journal(data: &Path, events: usize) {
    let journal = Journal::new(open_database(data).unwrap());
    let rows = journal.list(events + 1).await.unwrap();
    assert_eq!(rows.len(), events);
    for row in &rows {
        assert_eq!(row.status, Status::Succeeded, "{}", row.start.name);
        journal.replay(row).await.unwrap();
    }
    let connection = rusqlite::Connection::open(data.join("ackflow.db")).unwrap();
    let found: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
    let mut broken = connection.prepare("PRAGMA foreign_key_check").unwrap();
    assert!(!broken.exists([]).unwrap());
}
