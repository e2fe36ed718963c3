//! `cargo xtask conformance`: the engine, held against what was recorded from AWS Step Functions.

use std::path::{self, PathBuf};

use clap::Args;
use miette::{IntoDiagnostic, Result};

use crate::cargo::cargo;

/// Hold the engine against what was recorded from AWS Step Functions
#[derive(Debug, Args)]
pub(crate) struct Conformance {
    /// The folder of the scenarios; without it, `../shared/asl-conformance` beside the repository
    dir: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Write what the engine gave for each scenario into this folder, one JSON file each
    #[arg(long, value_name = "OUT_DIR")]
    actual: Option<PathBuf>,
}

impl Conformance {
    pub(crate) fn run(&self) -> Result<()> {
        let run = ["run", "--quiet", "--package=ackflow-conformance", "--"];
        let mut arguments: Vec<String> = run.map(str::to_owned).into();
        if self.json {
            arguments.push("--json".to_owned());
        }
        if let Some(folder) = &self.actual {
            arguments.extend(["--actual".to_owned(), absolute(folder)?]);
        }
        if let Some(folder) = &self.dir {
            arguments.push(absolute(folder)?);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        cargo("the recorded scenarios", &arguments, &[])
    }
}

/// Cargo runs in the workspace's folder, not in the one where the path was typed.
fn absolute(path: &path::Path) -> Result<String> {
    Ok(path::absolute(path).into_diagnostic()?.display().to_string())
}
