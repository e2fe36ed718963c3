//! The Python packages that tests need, in an environment of their own under `target/`.

use std::{
    env, fs, io,
    path::PathBuf,
    process::{Command, Stdio},
};

use miette::{Context, IntoDiagnostic, Result, miette};

use crate::root::root;

/// What builds the Lambda functions, from `PyPI` as its documentation says.
const CARGO_LAMBDA: &str = "cargo-lambda==1.9.2";

/// A program of the environment.
pub(crate) fn program(name: &str) -> PathBuf {
    root().join("target/venv/bin").join(name)
}

/// Installs what is missing. Says whether it could: without Python it can't, which is an error where all must be
/// proven, and said loudly elsewhere.
pub(crate) fn install() -> Result<bool> {
    let requirements = root().join("xtask/stand-in/requirements.txt");
    let wanted = format!("{}{CARGO_LAMBDA}\n", fs::read_to_string(&requirements).into_diagnostic()?);
    let installed = root().join("target/venv/installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(true);
    }
    let version = Command::new("python3").arg("--version").stdout(Stdio::null()).status();
    if version.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        if env::var_os("ACKFLOW_REQUIRE_SHARED").is_some() {
            return Err(miette!(help = "install Python 3.11 or newer", "python3 is not installed"));
        }
        eprintln!(
            "══ SKIPPED: the tests against AWS need Python 3.11 or newer, and python3 is not installed ══"
        );
        return Ok(false);
    }
    eprintln!("── the stand-in for AWS, and cargo-lambda, in target/venv");
    run(Command::new("python3").args(["-m", "venv"]).arg(root().join("target/venv")))?;
    let pip =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", CARGO_LAMBDA, "--requirement"];
    run(Command::new(program("python")).args(pip).arg(&requirements))?;
    fs::write(installed, wanted).into_diagnostic()?;
    Ok(true)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().into_diagnostic().wrap_err("python3 can't be started")?;
    if status.success() { Ok(()) } else { Err(miette!("{command:?} fails; what it printed says why")) }
}
