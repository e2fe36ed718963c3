//! `cargo xtask test`: everything that must hold before a change lands.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use clap::Args;
use miette::{Context, IntoDiagnostic, Result, miette};

use crate::{
    cargo::{WORKSPACE, cargo, cargo_path},
    codegen::Codegen,
    e2e::E2e,
    infra, python,
    root::root,
    scaffold::Scaffold,
};

/// Run every check and test
#[derive(Debug, Args)]
pub(crate) struct Test {}

impl Test {
    #[allow(clippy::unused_self, reason = "every chore runs the same way")]
    pub(crate) fn run(self) -> Result<()> {
        let begun = Instant::now();
        cargo("the layout of the code", &["fmt", "--all", "--check"], &[])?;
        Codegen::checking().run()?;
        let all = ["--workspace", "--all-targets"];
        cargo("the lints", &[&["clippy"][..], &all, &["--", "-D", "warnings"]].concat(), &[])?;
        let has_python = python::install()?;
        run_tests()?;
        cargo("the examples in the documentation", &["test", "--workspace", "--doc"], &[])?;
        let deny = [("RUSTDOCFLAGS", "-D warnings")];
        cargo("the documentation", &["doc", "--workspace", "--no-deps", "--document-private-items"], &deny)?;
        infra::test()?;
        if has_python {
            lint_template()?;
            test_stand_in()?;
        }
        E2e {}.run()?;
        Scaffold {}.run()?;
        eprintln!("All checks and tests hold ({} s).", begun.elapsed().as_secs());
        Ok(())
    }
}

/// Holds the template of the stack against the schemas of its resources.
fn lint_template() -> Result<()> {
    // W3005: what depends on a role names it as well. The CDK writes both, so that what runs waits for the policies.
    let arguments = ["--ignore-checks", "W3005", "--", "snapshots/infra/template.json"];
    python::run("the template of the stack", "cfn-lint", &arguments)
}

/// Runs the tests of the stand-in, which the end-to-end tests rely on.
fn test_stand_in() -> Result<()> {
    python::run("the tests of the stand-in for AWS", "pytest", &["--quiet", "xtask/stand-in/tests"])
}

/// Runs the tests, and rejects snapshots that no test refers to or nobody has reviewed.
fn run_tests() -> Result<()> {
    let references = root().join("target/snapshot-references");
    if references.exists() {
        fs::remove_file(&references).into_diagnostic()?;
    }
    let path = references.display().to_string();
    // A snapshot that differs fails its test, on every machine as in CI.
    let environment = [("INSTA_UPDATE", "no"), ("INSTA_SNAPSHOT_REFERENCES_FILE", &path)];
    cargo("the build of the binaries that tests run", &[&["build"][..], &WORKSPACE].concat(), &[])?;
    if has_nextest() {
        cargo("the tests", &[&["nextest", "run"][..], &WORKSPACE].concat(), &environment)?;
    } else {
        eprintln!("cargo-nextest is not installed: the tests run with `cargo test`, which takes longer.");
        let tests = [&["test"][..], &WORKSPACE, &["--lib", "--bins", "--tests"]].concat();
        cargo("the tests", &tests, &environment)?;
    }
    check_snapshots(&references)
}

fn check_snapshots(references: &Path) -> Result<()> {
    let text =
        fs::read_to_string(references).into_diagnostic().wrap_err("no test has referred to a snapshot")?;
    let referred: BTreeSet<PathBuf> = text.lines().filter_map(|line| fs::canonicalize(line).ok()).collect();
    let mut found = Vec::new();
    collect_files(&root().join("snapshots"), &mut found)?;
    // Those of infra/ are not insta's; its own tests reject what is left over.
    let infra = fs::canonicalize(root().join("snapshots/infra")).into_diagnostic()?;
    found.retain(|path| !path.starts_with(&infra));
    let is_new = |path: &PathBuf| path.to_string_lossy().ends_with(".snap.new");
    let (unreviewed, kept): (Vec<PathBuf>, Vec<PathBuf>) = found.into_iter().partition(is_new);
    let unreferenced = kept.into_iter().filter(|path| !referred.contains(path));
    let problems: Vec<String> = unreviewed
        .iter()
        .map(|path| format!("unreviewed: {}", path.display()))
        .chain(unreferenced.map(|path| format!("no test refers to it: {}", path.display())))
        .collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(miette!(
        help = "write new ones with INSTA_UPDATE=always, review them with `git diff snapshots`, and delete those that nothing refers to",
        "snapshots are not in order:\n{}",
        problems.join("\n")
    ))
}

fn collect_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).into_diagnostic()? {
        let path = entry.into_diagnostic()?.path();
        if path.is_dir() {
            collect_files(&path, found)?;
        } else {
            found.push(fs::canonicalize(path).into_diagnostic()?);
        }
    }
    Ok(())
}

fn has_nextest() -> bool {
    Command::new(cargo_path())
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}
