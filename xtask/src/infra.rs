//! The checks and tests of `infra/`, which npm runs.

use std::{fs, process::Command};

use miette::{IntoDiagnostic, Result, miette};

use crate::{root::root, tool};

/// Checks and tests the CDK app.
pub(crate) fn test() -> Result<()> {
    if install()? {
        npm("the types, lints and layout of infra/", &["run", "check"])?;
        npm("the tests of infra/", &["test"])?;
    }
    Ok(())
}

/// Installs its packages, unless they are. Says whether it could: without Node.js it can't.
pub(crate) fn install() -> Result<bool> {
    let infra = root().join("infra");
    let wanted = fs::read_to_string(infra.join("package-lock.json")).into_diagnostic()?;
    let installed = infra.join("node_modules/.installed-lock.json");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(true);
    }
    if !tool::is_installed("npm", "Node.js 20.19 or newer", "the tests of infra/")? {
        return Ok(false);
    }
    npm("the packages of infra/", &["ci", "--no-audit", "--no-fund"])?;
    fs::write(installed, wanted).into_diagnostic()?;
    Ok(true)
}

fn npm(what: &str, arguments: &[&str]) -> Result<()> {
    eprintln!("── {what}: npm {}", arguments.join(" "));
    // In CI, vitest writes no snapshot that is missing.
    let status =
        Command::new("npm").args(arguments).env("CI", "1").current_dir(root().join("infra")).status();
    if status.into_diagnostic()?.success() {
        return Ok(());
    }
    Err(miette!("{what}: `npm {}` fails in infra/; what it printed says why", arguments.join(" ")))
}
