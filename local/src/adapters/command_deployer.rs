//! Deploys by running a program on this machine.
//!
//! A program outlives a process that is killed. So each one that runs is noted in a file, and whoever starts next knows
//! whether it goes on: until it has ended, no other deployment of the service has its turn.

mod escapes;
mod note;
mod program;

use std::{fs, io, path::PathBuf, process::Stdio, time::Duration};

use ackflow_flows::{CommandTarget, Target, template};
use ackflow_handlers::ports::{DeployError, Deployer, Deployment, Progress};
use async_trait::async_trait;
use tokio::process::Command;

use self::{note::Note, program::Program};
use crate::process_group::ProcessGroup;

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
    /// The notes of the programs that run, each in files that are named by its deployment's key.
    notes: PathBuf,
}

impl CommandDeployer {
    /// One that notes the programs that run in this folder, which it creates when it needs it.
    pub fn new(notes: PathBuf) -> Self {
        Self { notes }
    }

    fn note(&self, deployment: &Deployment) -> Note {
        Note::of(&self.notes, &deployment.key)
    }
}

#[async_trait]
impl Deployer for CommandDeployer {
    async fn start(&self, deployment: &Deployment) -> Result<Progress, DeployError> {
        let Target::Command(target) = &deployment.target else {
            return Err(DeployError::Unsupported("the target is no command".to_owned()));
        };
        let note = self.note(deployment);
        let outputs = fs::create_dir_all(&self.notes).and_then(|()| note.outputs());
        let (stdout, stderr) = outputs.map_err(|error| DeployError::Refused(note.unwritable(&error)))?;
        let spawned = ProcessGroup::spawn(command(target, deployment).stdout(stdout).stderr(stderr));
        let (mut child, group) = spawned.map_err(|error| {
            note.cross_out();
            could_not_run(target, &error)
        })?;
        // Nothing is waited for in between: a crash finds a program that is noted.
        let id = child.id().expect("nobody has waited for its end yet");
        note.write(Program::of(id)).map_err(|error| {
            let why = note.unwritable(&error);
            DeployError::Uncertain(format!("{} was stopped at once: {why}", target.program))
        })?;
        let limit = Duration::from_secs(target.timeout_seconds);
        let ended = tokio::time::timeout(limit, child.wait()).await;
        if ended.is_ok() {
            group.leave();
        } else {
            drop(group);
        }
        let said = note.last_line().map(|line| format!(": {line}")).unwrap_or_default();
        note.cross_out();
        match ended {
            Ok(Ok(status)) if status.success() => Ok(Progress::Succeeded(None)),
            Ok(Ok(status)) => Ok(Progress::Failed(format!("{} ended with {status}{said}", target.program))),
            Ok(Err(error)) => Err(DeployError::Uncertain(format!("{} was lost: {error}", target.program))),
            Err(_) => {
                let limit = target.timeout_seconds;
                Ok(Progress::Failed(format!("{} took longer than {limit} s and was stopped", target.program)))
            }
        }
    }

    async fn find(&self, deployment: &Deployment) -> Result<Option<Progress>, DeployError> {
        self.check(deployment, &self.note(deployment).read()).await.map(Some)
    }

    /// The handle is what was noted of the program.
    async fn check(&self, deployment: &Deployment, handle: &str) -> Result<Progress, DeployError> {
        if handle.parse().is_ok_and(Program::is_running) {
            return Ok(Progress::Running(handle.to_owned()));
        }
        self.note(deployment).cross_out();
        Err(DeployError::Uncertain(format!(
            "Ackflow stopped while the program that deploys {} was running, and a program can't be asked how it ended",
            deployment.service
        )))
    }
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
        .stdin(Stdio::null());
    for secret in SECRETS {
        command.env_remove(secret);
    }
    if let Some(folder) = &target.folder {
        command.current_dir(folder);
    }
    command
}

fn could_not_run(target: &CommandTarget, error: &io::Error) -> DeployError {
    DeployError::Refused(format!("{} can't be run: {error}", target.program))
}
