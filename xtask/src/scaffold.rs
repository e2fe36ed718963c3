//! Whether what `ackflow new` writes holds: a flow for each event and a step, written into a copy of the workspace.
//!
//! The copy is built into the same folder as the workspace, so that no dependency is built again. Cargo knows a
//! workspace's crates by name, version and their path in it: without a version of its own, the copy's crates would take
//! the place of the workspace's.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use miette::{Context, IntoDiagnostic, Result, miette};

use crate::{
    cargo::{WORKSPACE, cargo, cargo_path},
    root::{root, target},
};

/// The events that `ackflow new flow --on` takes.
const EVENTS: [&str; 6] =
    ["message", "app_mention", "team_join", "member_joined_channel", "reaction_added", "reaction_removed"];

/// Where the version of every crate stands in the workspace's manifest.
const VERSION: &str = "[workspace.package]\nversion = \"";

/// Build and test what `ackflow new` writes
#[derive(Debug, Args)]
pub(crate) struct Scaffold {}

impl Scaffold {
    #[allow(clippy::unused_self, reason = "every chore runs the same way")]
    pub(crate) fn run(self) -> Result<()> {
        cargo("the program that writes", &[&["build"][..], &WORKSPACE].concat(), &[])?;
        let copy = copy()?;
        let held = hold(&copy);
        // The copy's programs now lie where the workspace's do; they are fresh, and only linked to again.
        cargo("the programs of this workspace", &[&["build"][..], &WORKSPACE].concat(), &[])?;
        held
    }
}

fn hold(copy: &Path) -> Result<()> {
    let ackflow = target().join("debug/ackflow").display().to_string();
    for event in EVENTS {
        let name = format!("scaffolded-{}", event.replace('_', "-"));
        run(copy, &ackflow, &["new", "flow", &name, "--on", event])?;
    }
    run(copy, &ackflow, &["new", "step", "greet-author", "--flow", "scaffolded-message"])?;
    let cargo = cargo_path();
    run(copy, &cargo, &["fmt", "--all"])?;
    run(copy, &cargo, &["xtask", "codegen"])?;
    run(copy, &cargo, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    let tests = ["test", "--workspace", "--test", "flows", "--test", "system", "--"];
    // The step has no place in its flow yet: that is left to whoever writes it.
    let which = [
        "consistency::",
        "each_document_is_valid",
        "scaffolded_",
        "--skip",
        "each_step_has_a_function_and_each_step_function_a_state",
    ];
    run(copy, &cargo, &[&tests[..], &which].concat())
}

/// Copies the workspace as it is, without what git ignores.
fn copy() -> Result<PathBuf> {
    let copy = target().join("scaffold");
    if copy.exists() {
        fs::remove_dir_all(&copy).into_diagnostic()?;
    }
    let list = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .into_diagnostic()
        .wrap_err("git can't be started; it knows which files belong to the workspace")?;
    let list = String::from_utf8(list.stdout).into_diagnostic()?;
    // A file that was deleted and not committed is listed too.
    for name in list.split_terminator('\0').filter(|name| root().join(name).is_file()) {
        let to = copy.join(name);
        fs::create_dir_all(to.parent().unwrap_or(&copy)).into_diagnostic()?;
        fs::copy(root().join(name), &to).into_diagnostic().wrap_err_with(|| format!("copying {name}"))?;
    }
    let path = copy.join("Cargo.toml");
    let manifest = fs::read_to_string(&path)
        .into_diagnostic()
        .wrap_err("the workspace's files can't be copied: is this a clone made by git?")?;
    if !manifest.contains(VERSION) {
        return Err(miette!("Cargo.toml has no version of the workspace to change in its copy"));
    }
    fs::write(path, manifest.replace(VERSION, &format!("{VERSION}0.0.0-"))).into_diagnostic()?;
    Ok(copy)
}

/// Runs a program in the copy.
fn run(copy: &Path, program: &str, arguments: &[&str]) -> Result<()> {
    eprintln!("── in a copy of the workspace: {} {}", shown(program), arguments.join(" "));
    let target = fs::canonicalize(target()).into_diagnostic()?;
    let status = Command::new(program)
        .args(arguments)
        .env("CARGO_TARGET_DIR", target)
        // Everything is here: the copy needs what the workspace does.
        .env("CARGO_NET_OFFLINE", "true")
        .current_dir(copy)
        .status()
        .into_diagnostic()
        .wrap_err_with(|| format!("{program} can't be started"))?;
    if status.success() {
        return Ok(());
    }
    Err(miette!(
        help = "what it printed says why; the templates are in local/src/cli/new/templates",
        "what `ackflow new` writes does not hold: `{} {}` fails in {}",
        shown(program),
        arguments.join(" "),
        copy.display()
    ))
}

/// A program's name.
fn shown(program: &str) -> String {
    Path::new(program).file_stem().unwrap_or_default().display().to_string()
}
