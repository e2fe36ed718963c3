//! The disk is full, or the data folder may not be written to.

use std::{os::unix::fs::PermissionsExt, path::Path, process::Command};

use ackflow::{
    clock::SystemClock,
    simulator::{FileSource, PostedMessage, Simulator},
};
use bytes::Bytes;

use super::{
    ackflow::Ended,
    server::Server,
    workspace::{dev, post, workspace},
};

/// A command that is run by another one, which limits it.
fn under(limits: &[&str], command: &Command) -> Command {
    let mut limited = Command::new(limits[0]);
    limited.args(&limits[1..]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
}

/// A message with a file, and its event.
struct Posted {
    message: PostedMessage,
    event: Bytes,
}

impl Posted {
    fn new(simulator: &Simulator) -> Self {
        let message = post(simulator, "report.txt", FileSource::Bytes("The third quarter".into()));
        Self { event: simulator.event(&message).to_string().into(), message }
    }

    /// Delivers the event once; gives the answer's status, if there was one.
    async fn deliver(&self, simulator: &Simulator, url: &str) -> Option<u16> {
        simulator.sender().attempt(url, self.event.clone(), None, &SystemClock).await.status
    }

    /// Whether the thread was told, and once.
    fn is_told(&self, simulator: &Simulator) -> bool {
        simulator.thread(&self.message.channel, &self.message.ts).len() == 2
    }
}

/// What was said, on one line.
fn unwrapped(said: &str) -> String {
    said.replace("\n  │ ", " ")
}

/// No file may have more than a megabyte or two, as the shell counts: the database fails in the middle of the work.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_loses_nothing() {
    let simulator = workspace().await;
    let data = tempfile::tempdir().unwrap();
    let small = ["sh", "-c", r#"trap "" XFSZ; ulimit -f 2048; exec "$0" "$@""#];
    let server = Server::start(under(&small, &dev(&simulator, data.path())));
    let (mut acknowledged, mut refused) = (Vec::new(), Vec::new());
    while refused.len() < 5 {
        let posted = Posted::new(&simulator);
        match posted.deliver(&simulator, &server.url).await {
            Some(200) => acknowledged.push(posted),
            // Not answered by a process that has stopped.
            Some(503) | None => refused.push(posted),
            other => panic!("{other:?}"),
        }
    }
    assert!(!acknowledged.is_empty());
    let (_, said) = server.terminate();
    let said = unwrapped(&said);
    assert!(said.contains("the database can't be used"), "{said}");
    assert!(said.contains("check that the disk has room"), "{said}");

    // There is room again: what was acknowledged goes on, what was not can be delivered.
    let server = Server::start(dev(&simulator, data.path()));
    for posted in &refused {
        assert_eq!(posted.deliver(&simulator, &server.url).await, Some(200));
    }
    let all: Vec<_> = acknowledged.iter().chain(&refused).collect();
    simulator.until(|it| all.iter().all(|posted| posted.is_told(it))).await;
    let (status, said) = server.terminate();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(all.iter().all(|posted| posted.is_told(&simulator)), "each is told once");
}

fn set_mode(data: &Path, folder: u32, file: u32) {
    for name in ["ackflow.db", "lock"] {
        std::fs::set_permissions(data.join(name), PermissionsExt::from_mode(file)).unwrap();
    }
    std::fs::set_permissions(data, PermissionsExt::from_mode(folder)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_may_not_be_written_to_is_named_and_stays_as_it_is() {
    let simulator = workspace().await;
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let server = Server::start(dev(&simulator, &data));
    let posted = Posted::new(&simulator);
    assert_eq!(posted.deliver(&simulator, &server.url).await, Some(200));
    simulator.until(|it| posted.is_told(it)).await;
    server.terminate();

    set_mode(&data, 0o500, 0o400);
    // The superuser may write anywhere, unless it is without these two capabilities.
    let is_root = rustix::process::geteuid().is_root();
    let limits: &[&str] =
        if is_root { &["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] } else { &["env"] };
    let ended: Ended = under(limits, &dev(&simulator, &data)).output().unwrap().into();
    let error = unwrapped(ended.error());
    assert!(
        error.contains("Permission denied") && error.contains("check that it may be written to"),
        "{error}"
    );

    set_mode(&data, 0o700, 0o600);
    let server = Server::start(dev(&simulator, &data));
    // It is known from before.
    assert_eq!(posted.deliver(&simulator, &server.url).await, Some(200));
    let (status, said) = server.terminate();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(posted.is_told(&simulator), "it is told once");
}
