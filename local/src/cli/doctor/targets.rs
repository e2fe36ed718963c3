//! Whether what deploys the services can work on this machine.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use ackflow_flows::{CommandTarget, Configuration, Target};

use super::finding::Finding;
use crate::cli::terminal::plain;

const CHECK: &str = "targets";

/// A target that can't work on this machine.
pub(in crate::cli) struct Misfit {
    /// Whether it is one for AWS, where it may work.
    is_for_aws: bool,
    /// The service that it deploys.
    service: String,
    /// What is wrong, beginning with the key in the configuration file.
    pub(in crate::cli) message: String,
    /// What to do.
    pub(in crate::cli) remedy: &'static str,
}

/// The targets that can't work on this machine, service by service.
pub(in crate::cli) fn misfits(configuration: &Configuration) -> Vec<Misfit> {
    let services = configuration.deploy.iter().flat_map(|deploy| &deploy.services);
    services.filter_map(|(service, known)| misfit(service, &known.target)).collect()
}

/// What is told of the targets, if there are services.
pub(super) fn check(configuration: &Configuration) -> Vec<Finding> {
    if configuration.deploy.is_none() {
        return Vec::new();
    }
    let findings: Vec<Finding> = misfits(configuration).into_iter().map(finding).collect();
    if findings.is_empty() {
        return vec![Finding::ok(CHECK, "each can work on this machine")];
    }
    findings
}

/// The set-up that is examined may be one on AWS: only `ackflow dev` refuses what is for there.
fn finding(misfit: Misfit) -> Finding {
    let Misfit { is_for_aws, service, message, remedy } = misfit;
    if is_for_aws {
        return Finding::warning(CHECK, message)
            .breaks("`ackflow dev` does not start with it")
            .remedy(remedy);
    }
    Finding::error(CHECK, message).breaks(format!("no deployment of {service} begins")).remedy(remedy)
}

fn misfit(service: &str, target: &Target) -> Option<Misfit> {
    const ON_AWS: &str = "deploy Ackflow on AWS, or give the service a webhook or a command";
    let (is_for_aws, key, what, remedy) = match target {
        Target::Webhook(_) => return None,
        Target::Command(command) => {
            let (key, what, remedy) = unusable(command)?;
            (false, key, what, remedy)
        }
        Target::Codebuild(_) => (true, "codebuild", "builds are started on AWS only".to_owned(), ON_AWS),
        Target::StateMachine(_) => {
            (true, "state_machine", "state machines are started on AWS only".to_owned(), ON_AWS)
        }
    };
    let message = plain(&format!("deploy.services.{service}.target.{key}: {what}"));
    Some(Misfit { is_for_aws, service: service.to_owned(), message, remedy })
}

/// Why a command can't be run: the key at fault, what is wrong, what to do.
fn unusable(command: &CommandTarget) -> Option<(&'static str, String, &'static str)> {
    let folder = command.folder.as_deref();
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let what = format!("there is no folder {}", folder.display());
        return Some(("command.folder", what, "create it, or correct the path"));
    }
    let program = &command.program;
    let candidates = candidates(program, folder.unwrap_or(Path::new("")), env::var_os("PATH"));
    if candidates.iter().any(|file| is_executable(file)) {
        return None;
    }
    let found = candidates.iter().find(|file| file.is_file());
    let (what, remedy) = match (found, &*candidates) {
        (Some(file), _) => {
            (format!("{} may not be executed", file.display()), "make it executable: chmod +x")
        }
        (None, [file]) => {
            (format!("there is no program {}", file.display()), "put it there, or correct the path")
        }
        (None, _) => (format!("there is no program {program} in PATH"), "install it, or give its path"),
    };
    Some(("command.program", what, remedy))
}

/// The files that the system would try to run. A relative path begins in the folder that the program runs in.
///
/// Source: <https://man7.org/linux/man-pages/man3/exec.3.html>
fn candidates(program: &str, folder: &Path, path: Option<OsString>) -> Vec<PathBuf> {
    if program.contains('/') {
        return vec![folder.join(program)];
    }
    let path = path.unwrap_or_else(|| "/bin:/usr/bin".into());
    env::split_paths(&path).map(|place| folder.join(place).join(program)).collect()
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Which files can be run follows from more than the file elsewhere: only the start can tell.
#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    true
}
