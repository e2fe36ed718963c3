//! `ackflow executions prune`, and the retention of `ackflow dev`.

use std::path::Path;

use ackflow::system::open_database;
use ackflow_engine::Journal;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    ackflow::{Ended, run},
    server::Server,
    workspace::{dev, workspace},
};

fn prune(options: &[&str], data: &Path) -> Ended {
    run(["executions", "prune", "--data", data.to_str().unwrap()].iter().chain(options))
}

/// A data folder in which a demo ran, and three executions of long ago.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.txt");
    std::fs::write(&file, "The third quarter was fine.\n").unwrap();
    let data = folder.path().to_str().unwrap();
    run(["demo", "--json", "--data", data, "--file", file.to_str().unwrap()]).json();
    let connection = rusqlite::Connection::open(folder.path().join("ackflow.db")).unwrap();
    let old = "INSERT INTO executions (id, flow, name, machine, input, seed, started_at, status, ended_at)
               SELECT -value, flow, 'old-' || value, machine, input, seed, 0, 'SUCCEEDED', 1000
               FROM executions, json_each('[1, 2, 3]')";
    assert_eq!(connection.execute(old, []).unwrap(), 3);
    folder
}

async fn count(data: &Path) -> usize {
    Journal::new(open_database(data).unwrap()).list(10).await.unwrap().len()
}

#[tokio::test]
async fn old_executions_are_deleted_when_it_is_asked() {
    let data = folder();
    let data = data.path();
    let dry = prune(&["--older-than", "30d", "--dry-run"], data);
    assert!(dry.text().starts_with("Would delete 3 of 4 executions, which ended before "), "{dry:?}");
    assert_eq!(count(data).await, 4);
    let real = prune(&["--older-than", "30d"], data);
    assert!(real.text().starts_with("Deleted 3 of 4 executions, which ended before "), "{real:?}");
    assert_eq!(count(data).await, 1);
    let again = prune(&["--older-than", "30", "--json"], data).json();
    assert_eq!((&again["executions"], &again["of"]), (&Value::from(0), &Value::from(1)), "{again}");
}

/// Slack may deliver an event again, which is known by its execution.
#[test]
fn what_is_too_young_is_not_deleted() {
    let data = tempfile::tempdir().unwrap();
    for younger in ["2d", "0", "-1d", "a month"] {
        let ended = prune(&[&format!("--older-than={younger}")], data.path());
        assert_eq!(ended.status, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("3 or more, such as 30d"), "{ended:?}");
    }
    let ended: Ended = run(["dev", "--retention", "2"]);
    assert_eq!(ended.status, Some(2), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dev_deletes_what_is_older_than_its_retention() {
    let simulator = workspace().await;
    let data = folder();
    let _server = Server::start(dev(&simulator, data.path()));
    let journal = Journal::new(open_database(data.path()).unwrap());
    while journal.list(10).await.unwrap().len() > 1 {
        tokio::task::yield_now().await;
    }
}
