//! `cargo xtask fuzz`: gives parsers and engine inputs that nobody thought of, led by the code that they reach.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use miette::{Context, IntoDiagnostic, Result, miette};

use crate::{cargo::cargo, root::target};

/// What makes the compiler count for libFuzzer which code is reached, and check what a debug build checks.
///
/// Source: <https://github.com/rust-fuzz/cargo-fuzz/blob/main/src/project.rs>
const FLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1 \
    -Cdebug-assertions";

/// How many seconds one input may take. A query of JSONata may take one.
const TIMEOUT: u32 = 30;

/// Give parsers and engine inputs that nobody thought of
#[derive(Debug, Args)]
pub(crate) struct Fuzz {
    /// What is fuzzed: everything by default, one after the other
    target: Option<String>,

    /// How long each target is fuzzed
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,

    /// Give the target this input alone, such as one that was found
    #[arg(long, value_name = "FILE", requires = "target")]
    input: Option<PathBuf>,
}

impl Fuzz {
    pub(crate) fn run(self) -> Result<()> {
        let folder = target().join("fuzz");
        fs::create_dir_all(&folder).into_diagnostic()?;
        let folder = fs::canonicalize(folder).into_diagnostic()?;
        let targets = self.choose(write_seeds(&folder)?)?;
        let fuzzer = build()?;
        targets.iter().try_for_each(|target| self.fuzz(target, &fuzzer, &folder))
    }

    fn choose(&self, targets: Vec<String>) -> Result<Vec<String>> {
        match &self.target {
            None => Ok(targets),
            Some(target) if targets.contains(target) => Ok(vec![target.clone()]),
            Some(target) => Err(miette!(
                help = format!("name one of {}, or none for all", targets.join(", ")),
                "there is no target `{target}` to fuzz"
            )),
        }
    }

    fn fuzz(&self, target: &str, fuzzer: &Path, folder: &Path) -> Result<()> {
        let (corpus, found) = (folder.join("corpus").join(target), folder.join("found").join(target));
        fs::create_dir_all(&corpus).into_diagnostic()?;
        fs::create_dir_all(&found).into_diagnostic()?;
        let mut command = Command::new(fuzzer);
        command.env("ACKFLOW_FUZZ_TARGET", target).arg(format!("-timeout={TIMEOUT}"));
        command.arg(format!("-artifact_prefix={}/", found.display()));
        if let Some(input) = &self.input {
            command.arg(input);
        } else {
            command.arg(format!("-max_total_time={}", self.seconds));
            // What reaches new code is added to the first folder.
            command.arg(corpus).arg(folder.join("seeds").join(target));
        }
        eprintln!("── the target {target}");
        let status = command.status().into_diagnostic().wrap_err("the fuzzer can't be started")?;
        if status.success() {
            return Ok(());
        }
        Err(miette!(
            help = format!("see it again with `cargo xtask fuzz {target} --input FILE`, and make it a test"),
            "{target} does not take every input: what libFuzzer printed says why, and which file in {} holds the input",
            found.display()
        ))
    }
}

/// Writes the inputs that each target begins with, and gives the names of the targets.
fn write_seeds(folder: &Path) -> Result<Vec<String>> {
    let seeds = folder.join("seeds");
    if seeds.exists() {
        fs::remove_dir_all(&seeds).into_diagnostic()?;
    }
    let path = seeds.display().to_string();
    let arguments = ["run", "--quiet", "--package", "ackflow-fuzz", "--bin", "fuzz-seeds", "--", &path];
    cargo("the inputs to begin with", &arguments, &[])?;
    let mut targets = Vec::new();
    for entry in fs::read_dir(&seeds).into_diagnostic()? {
        targets.push(entry.into_diagnostic()?.file_name().display().to_string());
    }
    targets.sort();
    Ok(targets)
}

fn build() -> Result<PathBuf> {
    let host = host()?;
    // With a target named, the flags are for the programs alone: build scripts and macros do not link with libFuzzer.
    let arguments = [
        "build",
        "--package=ackflow-fuzz",
        "--bin=fuzz",
        "--features=libfuzzer",
        "--profile=measured",
        "--target",
        &host,
    ];
    cargo("the fuzzer", &arguments, &[("RUSTFLAGS", FLAGS)])?;
    Ok(target().join(host).join("measured/fuzz"))
}

/// What this machine is to the compiler, such as `x86_64-unknown-linux-gnu`.
fn host() -> Result<String> {
    let output = Command::new("rustc").args(["--print", "host-tuple"]).output();
    let output = output.into_diagnostic().wrap_err("rustc can't be started")?;
    let host = String::from_utf8(output.stdout).into_diagnostic()?;
    Ok(host.trim().to_owned())
}
