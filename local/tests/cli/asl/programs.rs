//! `ackflow asl run` with programs.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::json;
use tempfile::TempDir;

use super::{
    Ended, ackflow, asl_beside,
    run::{order, run, work},
};

const INPUT: &str = r#"{"word": "hello"}"#;

/// Runs a task that is this shell script.
fn scripted(script: &str) -> Ended {
    let machine = work("${Work}").to_string();
    let files = [("machine.json", machine.as_str()), ("script.sh", script)];
    asl_beside(&files, &["run", "machine.json", "--input", INPUT, "--task", "${Work}=sh script.sh"])
}

#[test]
fn a_program_gets_the_input_and_prints_the_result() {
    assert_eq!(scripted("cat").text(), "{\"word\":\"hello\"}\n");
    assert_eq!(scripted("echo 42").text(), "42\n");
}

#[test]
fn a_program_fails_with_the_error_that_it_names() {
    let named = scripted(r#"echo log >&2; echo '{"error": "Broken", "cause": "It fell."}' >&2; exit 3"#);
    assert_eq!(named.error(), "FAILED: Broken: It fell.\n");
    let other = scripted("echo 'It fell.' >&2; exit 3");
    assert_eq!(other.error(), "FAILED: TaskFailed: sh ended with exit status: 3: It fell.\n");
    assert!(scripted("echo well").error().starts_with("FAILED: TaskFailed: sh printed no JSON"));
}

#[test]
fn a_prefix_stands_for_every_resource_that_begins_so() {
    assert_eq!(order(&["--task", "${*=cat"]).text(), "{\"total\":7,\"receipt\":{\"total\":7}}\n");
}

#[test]
fn mocks_come_before_programs() {
    let mocks = json!({ "Work": { "output": "mocked" } });
    let ran = run(&work("${Work}"), &mocks, &["--task", "${Work}=cat"]);
    assert_eq!(ran.text(), "\"mocked\"\n");
}

#[test]
fn a_program_prints_no_more_than_a_payload_holds() {
    let ended = scripted("yes");
    let expected = "FAILED: States.DataLimitExceeded: sh was stopped: it printed more than 262144 bytes\n";
    assert_eq!(ended.error(), expected);
}

#[test]
fn a_program_may_say_much_before_it_fails() {
    let script = r#"yes | head -c 1000000 >&2; echo '{"error": "Broken"}' >&2; exit 3"#;
    assert_eq!(scripted(script).error(), "FAILED: Broken\n");
}

/// How long to wait for what happens at once.
const PATIENCE: Duration = Duration::from_mins(1);

/// The one task of a machine, as a script whose processes all hold a pipe open.
struct Watched {
    folder: TempDir,
    /// Says that the script has begun, and then that no process of it is left.
    news: mpsc::Receiver<()>,
}

impl Watched {
    fn new(script: &str, timeout_seconds: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("alive");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let mut machine = work("${Work}");
        machine["States"]["Work"]["TimeoutSeconds"] = json!(timeout_seconds);
        fs::write(folder.path().join("machine.json"), machine.to_string()).unwrap();
        let script = format!("exec 3> alive; echo begun >&3; {script}");
        fs::write(folder.path().join("script.sh"), script).unwrap();
        let (sender, news) = mpsc::channel();
        thread::spawn(move || {
            // Opened for reading, it waits for the script to open it for writing.
            let mut pipe = BufReader::new(File::open(pipe).unwrap());
            pipe.read_line(&mut String::new()).unwrap();
            sender.send(()).unwrap();
            pipe.read_to_end(&mut Vec::new()).unwrap();
            sender.send(()).unwrap();
        });
        Self { folder, news }
    }

    fn command(&self) -> Command {
        let mut command = ackflow();
        let run = ["asl", "run", "machine.json", "--task", "${Work}=sh script.sh"];
        command.args(run).current_dir(self.folder.path());
        command
    }

    fn wait_until_begun(&self) {
        self.news.recv_timeout(PATIENCE).expect("the script begins");
    }

    fn wait_until_ended(&self) {
        self.news.recv_timeout(PATIENCE).expect("the script ends, and all that it has started");
    }
}

#[test]
fn what_a_program_leaves_running_ends_with_it() {
    let watched = Watched::new("sleep 600 & echo 1", 600);
    let ended = Ended::from(watched.command().output().unwrap());
    assert_eq!(ended.text(), "1\n");
    watched.wait_until_begun();
    watched.wait_until_ended();
}

#[test]
fn a_program_that_takes_too_long_is_stopped_with_what_it_has_started() {
    let watched = Watched::new("sleep 600 & sleep 600", 2);
    let ended = Ended::from(watched.command().output().unwrap());
    assert!(ended.error().starts_with("FAILED: States.Timeout"), "{ended:?}");
    watched.wait_until_begun();
    watched.wait_until_ended();
}

#[test]
fn a_signal_aborts_the_execution_and_stops_its_programs() {
    for signal in ["-INT", "-TERM"] {
        let watched = Watched::new("sleep 600 & sleep 600", 600);
        let mut command = watched.command();
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        watched.wait_until_begun();
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert_eq!(ended.error(), "ABORTED\n");
        watched.wait_until_ended();
    }
}
