//! A program that deploys, and whoever comes after the process that started it.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command, thread};

use ackflow::adapters::CommandDeployer;
use ackflow_flows::{CommandTarget, Target};
use ackflow_handlers::ports::{DeployError, Deployer, Deployment, Progress};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tempfile::TempDir;
use tokio::sync::oneshot;

const KEY: &str = "T0TEAM-Ev0EVENT";

/// Where programs run, and what is noted of them.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What deploys in a process that has just started.
    fn deployer(&self) -> CommandDeployer {
        CommandDeployer::new(self.path().join("programs"))
    }

    fn deployment(&self, script: &str) -> Deployment {
        Deployment {
            key: KEY.to_owned(),
            service: "api".to_owned(),
            environment: "stg".to_owned(),
            requested_by: "U0DANA".to_owned(),
            target: Target::Command(CommandTarget {
                program: "sh".to_owned(),
                arguments: vec!["-c".to_owned(), script.to_owned()],
                folder: Some(self.path().to_owned()),
                timeout_seconds: 600,
            }),
        }
    }

    /// The names of the notes.
    fn notes(&self) -> Vec<String> {
        let notes = fs::read_dir(self.path().join("programs")).unwrap();
        notes.map(|note| note.unwrap().file_name().into_string().unwrap()).collect()
    }
}

/// A program that has outlived whoever started it, and goes on until it is told to end.
struct Outliving {
    process: Pid,
}

impl Outliving {
    /// Starts one by a deployer that dies then.
    async fn start(machine: &Machine, deployment: &Deployment) -> Self {
        let made =
            Command::new("mkfifo").args(["started", "go"]).current_dir(machine.path()).status().unwrap();
        assert!(made.success());
        let (sender, started) = oneshot::channel();
        let fifo = machine.path().join("started");
        // Opened for reading, it waits for the program to open it for writing.
        thread::spawn(move || sender.send(fs::read_to_string(fifo).unwrap()));
        let deployer = machine.deployer();
        let mut start = deployer.start(deployment);
        let process = tokio::select! {
            biased;
            ended = &mut start => panic!("it has ended: {ended:?}"),
            process = started => process.unwrap(),
        };
        // A crash runs no destructors, which would stop the program.
        std::mem::forget(start);
        Self { process: Pid::from_raw(process.trim().parse().unwrap()).unwrap() }
    }

    /// Has it come to its end. This process, which it is a child of, leaves it a zombie.
    fn end(&self, machine: &Machine) {
        fs::write(machine.path().join("go"), "\n").unwrap();
        let ended = waitid(WaitId::Pid(self.process), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        assert!(ended.unwrap().is_some());
    }
}

impl Drop for Outliving {
    fn drop(&mut self) {
        // It has ended unless the test has failed.
        let _ = kill_process(self.process, Signal::KILL);
    }
}

fn is_uncertain<T>(answer: &Result<T, DeployError>) -> bool {
    matches!(answer, Err(DeployError::Uncertain(_)))
}

#[tokio::test]
async fn a_program_that_outlives_its_starter_is_running_until_it_ends() {
    let machine = Machine::new();
    let deployment = machine.deployment("echo $$ > started; read line < go");
    let program = Outliving::start(&machine, &deployment).await;

    let next = machine.deployer();
    let found = next.find(&deployment).await;
    let Ok(Some(Progress::Running(handle))) = found else { panic!("it goes on: {found:?}") };
    assert_eq!(next.check(&deployment, &handle).await, Ok(Progress::Running(handle.clone())));
    // It is found again by whoever comes after the next.
    assert_eq!(machine.deployer().find(&deployment).await, Ok(Some(Progress::Running(handle.clone()))));

    program.end(&machine);
    let ended = next.check(&deployment, &handle).await;
    assert!(is_uncertain(&ended), "how it ended, nobody saw: {ended:?}");
    let found = next.find(&deployment).await;
    assert!(is_uncertain(&found), "{found:?}");
    assert_eq!(machine.notes(), [""; 0]);
}

#[tokio::test]
async fn what_a_program_prints_needs_nobody_who_reads_it() {
    let machine = Machine::new();
    let script = "echo $$ > started; read line < go; echo half; echo trouble >&2; echo whole; touch over";
    let deployment = machine.deployment(script);
    let program = Outliving::start(&machine, &deployment).await;
    program.end(&machine);
    assert!(machine.path().join("over").exists());
    let log = |stream: &str| machine.path().join("programs").join(format!("{KEY}.{stream}.log"));
    assert_eq!(fs::read_to_string(log("out")).unwrap(), "half\nwhole\n");
    assert_eq!(fs::read_to_string(log("err")).unwrap(), "trouble\n");
    let mode = fs::metadata(log("err")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "others can't read it");

    let found = machine.deployer().find(&deployment).await;
    assert!(is_uncertain(&found), "{found:?}");
    assert_eq!(machine.notes(), [""; 0]);
}

#[tokio::test]
async fn the_last_words_are_told_though_something_in_the_background_may_say_more() {
    let machine = Machine::new();
    let script = "mkfifo go; (read line < go) & echo 'no such cluster' >&2; echo done; exit 3";
    let failed = machine.deployer().start(&machine.deployment(script)).await;
    // What is in the background ends too.
    fs::write(machine.path().join("go"), "\n").unwrap();
    let told = "sh ended with exit status: 3: no such cluster";
    assert_eq!(failed, Ok(Progress::Failed(told.to_owned())));
}

#[tokio::test]
async fn the_last_words_are_told_without_what_drives_a_terminal() {
    let machine = Machine::new();
    let script = r"printf '\033]0;deploy\007\033[1;31mno such\033[0m cluster\033(B\n\033[K\n'; exit 1";
    let failed = machine.deployer().start(&machine.deployment(script)).await;
    assert_eq!(failed, Ok(Progress::Failed("sh ended with exit status: 1: no such cluster".to_owned())));
}

#[tokio::test]
async fn a_program_that_has_ended_is_not_noted_any_more() {
    let machine = Machine::new();
    let deployer = machine.deployer();
    assert_eq!(deployer.start(&machine.deployment("exit 0")).await, Ok(Progress::Succeeded(None)));
    assert_eq!(machine.notes(), [""; 0]);
    let failed = deployer.start(&machine.deployment("exit 1")).await;
    assert!(matches!(failed, Ok(Progress::Failed(_))), "{failed:?}");
    assert_eq!(machine.notes(), [""; 0]);
}

/// Where a process can't be told from one that had its id before, the id alone has to do.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn another_process_with_the_id_of_the_program_is_not_the_program() {
    let machine = Machine::new();
    fs::create_dir(machine.path().join("programs")).unwrap();
    let note = machine.path().join("programs").join(KEY);
    fs::write(&note, format!("{} 1", std::process::id())).unwrap();
    let found = machine.deployer().find(&machine.deployment("true")).await;
    assert!(is_uncertain(&found), "{found:?}");
    assert!(!note.exists());
}
