//! The Python packages that tests need, in an environment of their own under `target/`.

use std::{fs, path::PathBuf, process::Command};

use miette::{Context, IntoDiagnostic, Result, miette};

use crate::{root::root, tool};

/// Which packages: those that the stand-in for AWS needs, and those that build, check and test.
const REQUIREMENTS: [&str; 2] = ["xtask/stand-in/requirements.txt", "xtask/requirements.txt"];

/// A program of the environment.
pub(crate) fn program(name: &str) -> PathBuf {
    root().join("target/venv/bin").join(name)
}

/// Installs what is missing. Says whether it could: without Python it can't.
pub(crate) fn install() -> Result<bool> {
    let files = REQUIREMENTS.iter().map(|file| fs::read_to_string(root().join(file)));
    let wanted = files.collect::<Result<String, _>>().into_diagnostic()?;
    let installed = root().join("target/venv/installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(true);
    }
    if !tool::is_installed("python3", "Python 3.11 or newer", "the tests against AWS")? {
        return Ok(false);
    }
    eprintln!("── the stand-in for AWS, and what builds and checks for AWS, in target/venv");
    succeed(Command::new("python3").args(["-m", "venv", "target/venv"]))?;
    let mut pip = Command::new(program("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    for file in REQUIREMENTS {
        pip.args(["--requirement", file]);
    }
    succeed(&mut pip)?;
    fs::write(installed, wanted).into_diagnostic()?;
    Ok(true)
}

/// Runs a program of the environment; `what` is done by it.
pub(crate) fn run(what: &str, name: &str, arguments: &[&str]) -> Result<()> {
    eprintln!("── {what}: {name} {}", arguments.join(" "));
    succeed(Command::new(program(name)).args(arguments)).wrap_err_with(|| what.to_owned())
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.current_dir(root()).status();
    let status = status.into_diagnostic().wrap_err_with(|| format!("{command:?} can't be started"))?;
    if status.success() { Ok(()) } else { Err(miette!("{command:?} fails; what it printed says why")) }
}
