//! `cargo xtask e2e`: the real binaries, deployed by the real CDK to a stand-in for AWS, and used as from Slack.

use std::process::Command;

use clap::Args;
use miette::{IntoDiagnostic, Result, miette};

use crate::{
    cargo::{WORKSPACE, cargo},
    infra, python,
    root::{root, target},
};

/// Deploy the real stack to a stand-in for AWS, and use it
#[derive(Debug, Args)]
pub(crate) struct E2e {}

impl E2e {
    #[allow(clippy::unused_self, reason = "every chore runs the same way")]
    pub(crate) fn run(self) -> Result<()> {
        if !infra::install()? || !python::install()? {
            return Ok(());
        }
        build_functions()?;
        cargo("the build of what drives it", &[&["build"][..], &WORKSPACE].concat(), &[])?;
        eprintln!("── the deployed stack");
        let status = Command::new(target().join("debug/ackflow-e2e")).status().into_diagnostic()?;
        if status.success() { Ok(()) } else { Err(miette!("the deployed stack does not do what it should")) }
    }
}

/// Builds the functions' binaries. Optimised as a release, but without link-time optimisation, which takes long.
pub(crate) fn build_functions() -> Result<()> {
    let arguments = [
        "lambda",
        "build",
        "--profile=measured",
        "--package=ackflow-functions",
        "--x86-64",
        // With the system's own linker: nothing is to be fetched for another target.
        "--compiler=cargo",
        "--skip-target-check",
    ];
    eprintln!("── the functions: cargo {}", arguments.join(" "));
    let status = Command::new(python::program("cargo-lambda")).args(arguments).current_dir(root()).status();
    if status.into_diagnostic()?.success() {
        return Ok(());
    }
    Err(miette!("the functions can't be built; what cargo-lambda printed says why"))
}
