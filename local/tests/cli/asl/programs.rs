//! `ackflow asl run` with programs.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
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
fn a_program_that_prints_without_end_is_stopped() {
    let expected = "FAILED: States.DataLimitExceeded: sh printed more than 1048576 bytes\n";
    assert_eq!(scripted("yes").error(), expected);
}

#[test]
fn a_result_is_measured_without_the_blanks_around_it() {
    /// Prints a text of so many bytes of JSON.
    fn text(length: usize) -> Ended {
        let letters = length - 2;
        scripted(&format!(r#"printf '"'; head -c {letters} /dev/zero | tr '\0' x; echo '"'"#))
    }
    assert_eq!(text(262_144).text().len(), 262_145);
    assert!(text(262_145).error().starts_with("FAILED: States.DataLimitExceeded"));
    assert_eq!(scripted("yes '' | head -c 1000000; echo 1").text(), "1\n");
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

/// The process says its number, and keeps the outputs of the program open.
#[cfg(target_os = "linux")]
#[test]
fn what_has_left_the_group_of_a_program_is_not_waited_for() {
    let script = "mkfifo left; setsid sh -c 'echo $$ > left; exec sleep 60' & read id < left; echo $id";
    let ended = scripted(script);
    let id = ended.text().trim();
    assert!(Command::new("kill").arg(id).status().unwrap().success(), "{id} ended before the task");
}

/// Whether this process ignores hangups, as under `nohup`. What it starts does so, too.
fn ignores_hangups() -> bool {
    Command::new("sh").args(["-c", "kill -HUP $$"]).status().unwrap().success()
}

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_signal_aborts_the_execution_and_stops_its_programs() {
    let hangup = (!ignores_hangups()).then_some("-HUP");
    for signal in ["-INT", "-QUIT", "-TERM"].into_iter().chain(hangup) {
        let watched = Watched::new("sleep 600 & sleep 600", 600);
        let mut command = watched.command();
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        watched.wait_until_begun();
        send(signal, &child);
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert_eq!(ended.error(), "ABORTED\n");
        watched.wait_until_ended();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_aborts_nothing() {
    let watched = Watched::new("read word < go; echo $word", 600);
    let go = watched.folder.path().join("go");
    assert!(Command::new("mkfifo").arg(&go).status().unwrap().success());
    let run = watched.command();
    let mut command = Command::new("nohup");
    command.arg(run.get_program()).args(run.get_args()).current_dir(watched.folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    watched.wait_until_begun();
    send("-HUP", &child);
    // Opened for reading as well, it does not wait for the script, which may be gone.
    let mut go = File::options().read(true).write(true).open(go).unwrap();
    go.write_all(b"1\n").unwrap();
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(0), "1\n"), "{ended:?}");
    watched.wait_until_ended();
}
