//! Deploys by running a program on this machine.
//!
//! A program outlives a process that is killed. So each one that runs is noted in a file, and whoever starts next knows
//! whether it goes on: until it has ended, no other deployment of the service has its turn.

mod program;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use ackflow_flows::{CommandTarget, Target, template};
use ackflow_handlers::ports::{DeployError, Deployer, Deployment, Progress};
use async_trait::async_trait;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
};

use program::Program;

/// How much of a program's last line is shown, in characters.
const SHOWN: usize = 200;

/// How much of what a program prints is kept, in bytes.
const TAIL: usize = 4096;

/// How long to wait for the end of what a program printed, once it has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What Ackflow knows and no program that it runs needs to.
const SECRETS: [&str; 5] = [
    "SLACK_SIGNING_SECRET",
    "SLACK_BOT_TOKEN",
    "SLACK_USER_TOKEN",
    "VERIFICATION_TOKEN",
    "DEPLOY_WEBHOOK_SECRET",
];

/// Runs programs, each to its end.
#[derive(Clone, Debug)]
pub struct CommandDeployer {
    /// The notes of the programs that run, each in a file that is named by its deployment's key.
    notes: PathBuf,
}

impl CommandDeployer {
    /// One that notes the programs that run in this folder, which it creates when it needs it.
    pub fn new(notes: PathBuf) -> Self {
        Self { notes }
    }

    /// An execution's name, which the key is, is the name of a file too.
    fn note(&self, deployment: &Deployment) -> PathBuf {
        self.notes.join(&deployment.key)
    }
}

#[async_trait]
impl Deployer for CommandDeployer {
    async fn start(&self, deployment: &Deployment) -> Result<Progress, DeployError> {
        let Target::Command(target) = &deployment.target else {
            return Err(DeployError::Unsupported("the target is no command".to_owned()));
        };
        let note = self.note(deployment);
        fs::create_dir_all(&self.notes).map_err(|error| DeployError::Refused(unwritable(&note, &error)))?;
        let mut child = command(target, deployment).spawn().map_err(|error| could_not_run(target, &error))?;
        let group = Group::of(&child);
        // Nothing is waited for in between: a crash finds a program that is noted.
        note_down(&note, &child).map_err(|error| {
            let why = unwritable(&note, &error);
            DeployError::Uncertain(format!("{} was stopped at once: {why}", target.program))
        })?;
        let stdout = tokio::spawn(last_line(child.stdout.take()));
        let stderr = tokio::spawn(last_line(child.stderr.take()));
        let limit = Duration::from_secs(target.timeout_seconds);
        let ended = tokio::time::timeout(limit, child.wait()).await;
        if ended.is_ok() {
            group.leave();
        } else {
            drop(group);
        }
        cross_out(&note);
        match ended {
            Ok(Ok(status)) if status.success() => Ok(Progress::Succeeded(None)),
            Ok(Ok(status)) => {
                // What it left running may keep its output open.
                let said = tokio::time::timeout(LAST_WORDS, async { tokio::join!(stderr, stdout) }).await;
                let (stderr, stdout) = said.unwrap_or((Ok(None), Ok(None)));
                let said = stderr.ok().flatten().or(stdout.ok().flatten());
                let said = said.map(|line| format!(": {line}")).unwrap_or_default();
                Ok(Progress::Failed(format!("{} ended with {status}{said}", target.program)))
            }
            Ok(Err(error)) => Err(DeployError::Uncertain(format!("{} was lost: {error}", target.program))),
            Err(_) => {
                let limit = target.timeout_seconds;
                Ok(Progress::Failed(format!("{} took longer than {limit} s and was stopped", target.program)))
            }
        }
    }

    async fn find(&self, deployment: &Deployment) -> Result<Option<Progress>, DeployError> {
        let noted = fs::read_to_string(self.note(deployment)).unwrap_or_default();
        self.check(deployment, &noted).await.map(Some)
    }

    /// The handle is what was noted of the program.
    async fn check(&self, deployment: &Deployment, handle: &str) -> Result<Progress, DeployError> {
        if handle.parse().is_ok_and(Program::is_running) {
            return Ok(Progress::Running(handle.to_owned()));
        }
        cross_out(&self.note(deployment));
        Err(DeployError::Uncertain(format!(
            "Ackflow stopped while the program that deploys {} was running, and a program can't be asked how it ended",
            deployment.service
        )))
    }
}

/// Notes a program that was just started.
fn note_down(note: &Path, child: &Child) -> io::Result<()> {
    let id = child.id().expect("nobody has waited for its end yet");
    fs::write(note, Program::of(id).to_string())
}

/// What was noted of a program is not needed any more once it has ended; it does no harm either.
fn cross_out(note: &Path) {
    let _ = fs::remove_file(note);
}

fn unwritable(note: &Path, error: &io::Error) -> String {
    format!(
        "{} can't be written: {error}; make room on the disk, and let Ackflow write there",
        note.display()
    )
}

/// The program with its arguments, which no shell reads, and with what it may need to know.
fn command(target: &CommandTarget, deployment: &Deployment) -> Command {
    let Deployment { key, service, environment, requested_by, .. } = deployment;
    let mut command = Command::new(&target.program);
    command
        .args(
            target.arguments.iter().map(|argument| template::fill_deployment(argument, service, environment)),
        )
        .env("ACKFLOW_IDEMPOTENCY_KEY", key)
        .env("ACKFLOW_SERVICE", service)
        .env("ACKFLOW_ENVIRONMENT", environment)
        .env("ACKFLOW_REQUESTED_BY", requested_by)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // A group of its own: what it starts is stopped with it, and a Ctrl-C is not for it.
    #[cfg(unix)]
    command.process_group(0);
    for secret in SECRETS {
        command.env_remove(secret);
    }
    if let Some(folder) = &target.folder {
        command.current_dir(folder);
    }
    command
}

/// A program and, where the system knows groups of processes, what it has started. Dropped, it stops them all.
struct Group(Option<u32>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id())
    }

    /// The program has ended by itself: what it left running is its own business.
    fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.0.and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
            // It may have ended meanwhile.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

fn could_not_run(target: &CommandTarget, error: &io::Error) -> DeployError {
    DeployError::Refused(format!("{} can't be run: {error}", target.program))
}

/// The last line that is not empty, as far as it is shown. Reads to the end in bounded memory.
async fn last_line(output: Option<impl AsyncRead + Unpin>) -> Option<String> {
    let mut output = output?;
    let (mut tail, mut piece) = (Vec::new(), vec![0; TAIL]);
    while let Ok(length @ 1..) = output.read(&mut piece).await {
        tail.extend_from_slice(&piece[..length]);
        tail.drain(..tail.len().saturating_sub(TAIL));
    }
    let text = String::from_utf8_lossy(&tail);
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(SHOWN).collect())
}
