//! `ackflow executions`.

use std::path::{Path, PathBuf};

use ackflow::{
    simulator::{FileSource, PostedMessage, Simulator},
    system::open_database,
};
use ackflow_engine::{Journal, Status};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    ackflow::{Ended, run, snapshots},
    server::Server,
    workspace::{dev, post, workspace},
};

fn executions(action: &[&str], data: &Path) -> Ended {
    run(["executions"].iter().chain(action).copied().chain(["--data", data.to_str().unwrap()]))
}

/// A data folder in which a demo ran, and the execution's name.
fn demo() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.txt");
    std::fs::write(&file, "The third quarter was fine.\n").unwrap();
    let data = folder.path().to_str().unwrap();
    let demo = run(["demo", "--json", "--data", data, "--file", file.to_str().unwrap()]).json();
    let name = demo["execution"]["name"].as_str().unwrap().to_owned();
    (folder, name)
}

#[test]
fn people_read_what_ran() {
    let (data, name) = demo();
    let list = executions(&["list"], data.path());
    snapshots().bind(|| insta::assert_snapshot!("executions_list", list.text()));
    let show = executions(&["show", &name], data.path());
    snapshots().bind(|| insta::assert_snapshot!("executions_show", show.text()));
}

#[test]
fn programs_read_what_ran() {
    let (data, name) = demo();
    let list = executions(&["list", "--json"], data.path()).json();
    let show = executions(&["show", &name, "--json"], data.path()).json();
    for field in ["name", "flow", "status", "started_at", "ended_at"] {
        assert_eq!(show[field], list[0][field], "{field}");
    }
    assert_eq!((&show["name"], &show["status"]), (&Value::from(name), &Value::from("SUCCEEDED")));
    assert_eq!(show["input"]["files"].as_array().unwrap().len(), 1);
    assert_eq!(show["states"].as_array().unwrap().len(), 4);
    let history = show["history"].as_array().unwrap();
    assert_eq!((&history[0]["id"], &history[0]["type"]), (&Value::from(1), &Value::from("ExecutionStarted")));
    assert_eq!(history.last().unwrap()["type"], "ExecutionSucceeded");
    assert_eq!(executions(&["list", "--limit", "0"], data.path()).status, Some(2));
}

#[test]
fn what_cannot_be_shown_redriven_or_stopped_is_named() {
    let (data, name) = demo();
    for (action, name, expected) in [
        ("show", "no-such-name", "there is no execution named no-such-name"),
        ("redrive", "no-such-name", "there is no execution named no-such-name"),
        ("redrive", name.as_str(), "it is SUCCEEDED"),
        ("stop", "no-such-name", "there is no execution named no-such-name"),
        ("stop", name.as_str(), "it is SUCCEEDED"),
    ] {
        let ended = executions(&[action, name], data.path());
        let error = ended.error().replace("\n  │ ", " ");
        assert!(error.contains(expected), "{error}");
    }
}

/// Adds an execution to a folder in which a demo ran, with one signal or none: it began as that of the demo did.
fn add(data: &Path, flow: &str, name: &str, status: &str, signal: Option<&str>) {
    let connection = rusqlite::Connection::open(data.join("ackflow.db")).unwrap();
    let ended = (status != "RUNNING").then_some(1_000);
    let execution = "INSERT INTO executions (flow, name, machine, input, seed, started_at, status, ended_at)
                     SELECT ?1, ?2, machine, input, seed, 0, ?3, ?4 FROM executions ORDER BY id LIMIT 1";
    connection.execute(execution, rusqlite::params![flow, name, status, ended]).unwrap();
    if let Some(signal) = signal {
        let sql = "INSERT INTO signals (execution, number, at, signal) VALUES (?1, 1, 1000000000000, ?2)";
        connection.execute(sql, rusqlite::params![connection.last_insert_rowid(), signal]).unwrap();
    }
}

#[test]
fn a_name_that_two_flows_have_needs_the_flow() {
    let (data, name) = demo();
    add(data.path(), "other", &name, "RUNNING", None);
    for action in ["show", "redrive", "stop"] {
        let ended = executions(&[action, &name], data.path());
        let error = ended.error().replace("\n  │ ", " ");
        assert!(error.contains("of each of these flows: other, document-pipeline"), "{error}");
        assert!(error.contains("name the flow with --flow"), "{error}");
    }
    let stop = executions(&["stop", &name, "--flow", "other", "--json"], data.path());
    assert_eq!(stop.json(), json!({ "name": name, "stopping": true }));
    let show = executions(&["show", &name, "--flow", "document-pipeline", "--json"], data.path());
    assert_eq!(show.json()["flow"], "document-pipeline");
    let none = executions(&["redrive", &name, "--flow", "third"], data.path());
    assert!(none.error().replace("\n  │ ", " ").contains("of flow third"), "{none:?}");
}

#[test]
fn an_execution_that_was_stopped_or_took_too_long_tells_why() {
    let (data, _) = demo();
    let stopped = r#"{"signal":"stopped","error":"","cause":"It was the wrong one."}"#;
    let unsaid = r#"{"signal":"stopped","error":"","cause":""}"#;
    let late = r#"{"signal":"timers_due"}"#;
    for (name, status, signal, last_line) in [
        ("stopped", "ABORTED", stopped, "aborted  It was the wrong one."),
        ("late", "TIMED_OUT", late, "timed out  States.Timeout"),
    ] {
        add(data.path(), "document-pipeline", name, status, Some(signal));
        let show = executions(&["show", name], data.path());
        assert_eq!(show.text().lines().last(), Some(last_line), "{show:?}");
    }
    add(data.path(), "document-pipeline", "unsaid", "ABORTED", Some(unsaid));
    let show = executions(&["show", "unsaid"], data.path());
    assert!(!show.text().contains("\naborted"), "{show:?}");
}

#[test]
fn what_can_not_be_read_is_listed() {
    let (data, _) = demo();
    let unknown = r#"{"signal":"of_the_future"}"#;
    let failed = ("bad", "FAILED", "FAILED     bad ");
    let stuck = ("stuck", "RUNNING", "RUNNING    stuck ");
    for (name, status, line) in [failed, stuck] {
        add(data.path(), "document-pipeline", name, status, Some(unknown));
        let list = executions(&["list", "--limit", "1"], data.path());
        assert!(list.text().starts_with(line) && list.text().ends_with("  can't be read\n"), "{list:?}");
        let show = executions(&["show", name], data.path());
        let error = show.error().replace("\n  │ ", " ");
        assert!(error.contains(&format!("the journal of execution {name} can't be read")), "{error}");
        assert!(error.contains(&format!("`ackflow executions stop {name}` ends it")), "{error}");
    }
    let redrive = executions(&["redrive", "bad"], data.path());
    assert!(redrive.error().contains("the journal of execution bad can't be read"), "{redrive:?}");
}

/// Does something to the database behind the program's back.
fn tamper(data: &Path, sql: &str) {
    rusqlite::Connection::open(data.join("ackflow.db")).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn what_was_changed_in_the_file_is_listed_with_the_others() {
    let (data, name) = demo();
    add(data.path(), "document-pipeline", "bad", "FAILED", None);
    add(data.path(), "document-pipeline", "weird", "WEIRD", None);
    tamper(data.path(), "UPDATE executions SET seed = 'abc' WHERE name = 'bad'");
    let list = executions(&["list"], data.path());
    let lines: Vec<_> = list.text().lines().collect();
    assert_eq!(lines.len(), 3, "{list:?}");
    assert!(lines[0].starts_with("UNKNOWN    weird ") && lines[0].ends_with("  can't be read"), "{list:?}");
    assert!(lines[1].starts_with("FAILED     bad ") && lines[1].ends_with("  can't be read"), "{list:?}");
    assert!(lines[2].starts_with(&format!("SUCCEEDED  {name}")), "{list:?}");
    assert!(!lines[2].contains("can't be read"), "{list:?}");
}

#[test]
fn a_definition_that_can_not_be_read_is_told_of_with_the_execution() {
    let (data, _) = demo();
    add(data.path(), "document-pipeline", "stuck", "RUNNING", None);
    tamper(data.path(), "UPDATE machines SET definition = '{'");
    let show = executions(&["show", "stuck"], data.path());
    let error = show.error().replace("\n  │ ", " ");
    assert!(error.contains("the journal of execution stuck can't be read: its definition"), "{error}");
    assert!(error.contains("`ackflow executions stop stuck` ends it"), "{error}");
}

/// It is `dev` that stops it.
#[test]
fn an_execution_will_be_stopped() {
    let (data, _) = demo();
    add(data.path(), "document-pipeline", "stuck", "RUNNING", None);
    let stop = executions(&["stop", "stuck"], data.path());
    let serves = format!("`ackflow dev` serves from {}", data.path().display());
    let expected = format!("stuck will be stopped: at once if {serves}, otherwise when it is started.\n");
    assert_eq!(stop.text(), expected);
    assert!(executions(&["list"], data.path()).text().starts_with("RUNNING    stuck "));
}

/// That is no fault of the executions.
#[test]
fn a_database_that_can_not_be_read_is_an_error() {
    let (data, _) = demo();
    let connection = rusqlite::Connection::open(data.path().join("ackflow.db")).unwrap();
    // The commands make the table again where there is none.
    connection.execute_batch("DROP TABLE signals; CREATE TABLE signals (other)").unwrap();
    let list = executions(&["list"], data.path());
    let error = list.error().replace("\n  │ ", " ");
    assert!(error.contains("no such column"), "{error}");
}

#[test]
fn a_folder_without_executions_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let ended = executions(&["list"], folder.path());
    assert!(ended.error().contains("it is no data folder"), "{ended:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A failed execution, the server that it failed on, and what stands in its way.
struct Failed {
    simulator: Simulator,
    message: PostedMessage,
    data: TempDir,
    server: Server,
    name: String,
    obstacle: PathBuf,
}

/// Has an execution fail for good: where it would write its metadata lies something else.
async fn failed() -> Failed {
    let simulator = workspace().await;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(dev(&simulator, data.path()));
    let message = post(&simulator, "report.txt", FileSource::Bytes("The third quarter".into()));
    let PostedMessage { channel, ts, files, .. } = &message;
    let folder = data.path().join("objects/metadata").join("T0ACKFLOW").join(channel).join(ts);
    let obstacle = folder.join(format!("{}.json", files[0]));
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(&obstacle, "This is no metadata.").unwrap();

    let event = simulator.event(&message);
    assert!(simulator.deliver(&server.url, &event).await.is_acknowledged());
    simulator.until(|it| it.thread(channel, ts).len() == 2).await;
    let name = ended(data.path(), &event, Status::Failed).await;
    Failed { simulator, message, data, server, name, obstacle }
}

/// Waits until the execution that an event started has ended so; gives its name.
async fn ended(data: &Path, event: &Value, status: Status) -> String {
    let name = format!("T0ACKFLOW-{}", event["event_id"].as_str().unwrap());
    let journal = Journal::new(open_database(data).unwrap());
    while journal.find(None, &name).await.unwrap().status != status {
        tokio::task::yield_now().await;
    }
    name
}

impl Failed {
    /// Waits for the thread to be told of the files at last.
    async fn is_told(&self) {
        let PostedMessage { channel, ts, .. } = &self.message;
        self.simulator.until(|it| it.thread(channel, ts).len() == 3).await;
        let thread = self.simulator.thread(channel, ts);
        assert!(thread[2].text.contains("Stored 1 file"), "{thread:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_execution_tells_why() {
    let failed = failed().await;
    let show = executions(&["show", &failed.name], failed.data.path());
    let failures: Vec<_> =
        show.text().lines().skip_while(|line| !line.starts_with("SaveMetadataLater")).collect();
    snapshots().bind(|| insta::assert_snapshot!("executions_show_failed", failures.join("\n")));
    let list = executions(&["list"], failed.data.path());
    assert!(list.text().starts_with(&format!("FAILED     {}", failed.name)), "{list:?}");
    assert!(list.text().ends_with(" ms  MetadataUnreadable\n"), "{list:?}");
}

/// People were told of the file, and the execution has succeeded.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_was_caught_is_listed() {
    let simulator = workspace().await;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(dev(&simulator, data.path()));
    let message = post(&simulator, "report.txt", FileSource::Bytes("The third quarter".into()));
    let event = simulator.event(&message);
    simulator.delete_file(&message.files[0]).unwrap();
    assert!(simulator.deliver(&server.url, &event).await.is_acknowledged());
    simulator.until(|it| it.thread(&message.channel, &message.ts).len() == 2).await;
    let name = ended(data.path(), &event, Status::Succeeded).await;
    let caught = "1 failure caught: FileDeleted";
    let list = executions(&["list"], data.path());
    assert!(list.text().ends_with(&format!(" ms  {caught}\n")), "{list:?}");
    let show = executions(&["show", &name], data.path());
    assert!(show.text().lines().next().unwrap().ends_with(&format!(" ms  {caught}")), "{show:?}");
    assert_eq!(executions(&["show", &name, "--json"], data.path()).json()["result"], caught);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_inside_a_state_is_shown_with_that_state() {
    let simulator = workspace().await;
    let data = tempfile::tempdir().unwrap();
    let configuration = data.path().join("ackflow.toml");
    let deploys = "[deploy.environments.stg]\nneeds_approval = false\n\
                   [deploy.services.api.target.command]\nprogram = \"true\"\n";
    std::fs::write(&configuration, deploys).unwrap();
    let board = data.path().join("objects/board");
    std::fs::create_dir_all(&board).unwrap();
    std::fs::write(board.join("T0ACKFLOW.json"), "This is no board.").unwrap();
    let mut command = dev(&simulator, data.path());
    command.arg("--config").arg(&configuration);
    let server = Server::start(command);

    let channel = simulator.create_channel("devops");
    let message = simulator.post(&channel, "U0DANA", "<@U0ACKFLOW> deploy stg api", &[]).unwrap();
    let event = simulator.mention(&message);
    assert!(simulator.deliver(&server.url, &event).await.is_acknowledged());
    let name = ended(data.path(), &event, Status::Failed).await;
    let show = executions(&["show", &name], data.path());
    let deploy = show.text().lines().skip_while(|line| *line != "Deploy (Parallel)");
    let error = deploy.take_while(|line| !line.is_empty()).find(|line| line.starts_with("  error "));
    let expected = "  error   BoardUnreadable: board/T0ACKFLOW.json is not the document that belongs there";
    assert!(error.is_some_and(|error| error.starts_with(expected)), "{show:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redriven_execution_goes_on_at_once_where_dev_serves() {
    let failed = failed().await;
    std::fs::remove_file(&failed.obstacle).unwrap();
    let redrive = executions(&["redrive", &failed.name], failed.data.path());
    snapshots().bind(|| insta::assert_snapshot!("executions_redrive", redrive.text()));
    failed.is_told().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redriven_execution_goes_on_when_dev_is_started() {
    let mut failed = failed().await;
    let (status, said) = failed.server.terminate();
    assert!(status.success(), "{said}");
    std::fs::remove_file(&failed.obstacle).unwrap();
    let redrive = executions(&["redrive", &failed.name, "--json"], failed.data.path());
    assert_eq!(redrive.json(), json!({ "name": failed.name, "redriven": true }));
    failed.server = Server::start(dev(&failed.simulator, failed.data.path()));
    failed.is_told().await;
}

/// Another program's database may have the same name by chance.
#[test]
fn another_programs_database_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ackflow.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    let before = std::fs::read(&path).unwrap();
    let ended = executions(&["list"], folder.path());
    let error = ended.error().replace("\n  │ ", " ");
    assert!(error.contains("the database is not Ackflow's"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
