//! Runs cargo in the workspace's folder.

use std::{env, process::Command};

use miette::{Context, IntoDiagnostic, Result, miette};

use crate::root::root;

/// The workspace without the functions' binaries, which no test runs as they are built for this machine: linking all of
/// them, and a harness without tests for each, takes minutes and gigabytes.
///
/// Never a part of the rest alone: cargo unites the features of what it builds, and would build the same crates again.
pub(crate) const WORKSPACE: [&str; 3] = ["--workspace", "--exclude", "ackflow-functions"];

/// Runs cargo; `what` is done by it.
pub(crate) fn cargo(what: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    eprintln!("── {what}: cargo {}", arguments.join(" "));
    let status = Command::new(cargo_path())
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(root())
        .status()
        .into_diagnostic()
        .wrap_err_with(|| format!("cargo {} can't be started", arguments.join(" ")))?;
    if status.success() {
        return Ok(());
    }
    Err(miette!("{what}: `cargo {}` fails; what it printed says why", arguments.join(" ")))
}

/// The cargo that runs this.
pub(crate) fn cargo_path() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}
