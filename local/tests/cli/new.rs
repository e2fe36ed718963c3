//! `ackflow new`. That what it writes compiles and runs is proven by `cargo xtask test`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::ackflow::{Ended, ackflow, run};

const EVENTS: [&str; 6] =
    ["message", "app_mention", "team_join", "member_joined_channel", "reaction_added", "reaction_removed"];

const KUDOS: [&str; 5] = ["new", "flow", "kudos", "--on", "reaction_added"];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn run_in(folder: &Path, arguments: &[&str]) -> Ended {
    ackflow().args(arguments).current_dir(folder).output().unwrap().into()
}

/// Of the workspace, only the files that a new flow is added to.
fn clone() -> TempDir {
    let clone = tempfile::tempdir().unwrap();
    let plan = run(KUDOS.into_iter().chain(["--dry-run"]));
    let changed = plan.text().lines().filter_map(|line| line.strip_prefix("change "));
    for path in changed.chain(["Cargo.toml"]) {
        let to = clone.path().join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(workspace().join(path), to).unwrap();
    }
    clone
}

fn read(clone: &TempDir, path: &str) -> String {
    fs::read_to_string(clone.path().join(path)).unwrap()
}

/// Every file below a folder, with what is in it.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

/// An error without the marks and the line breaks of its layout.
fn said(ended: &Ended) -> String {
    ended
        .error()
        .split_whitespace()
        .filter(|word| !["×", "│", "help:"].contains(word))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_flow_is_written_and_known_to_every_list() {
    let clone = clone();
    let ended = run_in(clone.path(), &KUDOS);
    for command in ["cargo fmt --all", "cargo xtask codegen", "cargo xtask test"] {
        assert!(ended.text().contains(command), "{}", ended.text());
    }
    for path in [
        "schemas/devops/handle_kudos_input.json",
        "schemas/devops/handle_kudos_output.json",
        "workflow/flows/src/kudos.rs",
        "workflow/flows/src/handle_kudos.rs",
        "workflow/flows/src/route/kudos.rs",
        "handlers/src/handle_kudos.rs",
        "local/tests/system/kudos.rs",
        "docs/flows/kudos.md",
    ] {
        assert!(ended.text().contains(&format!("create {path}\n")), "{}", ended.text());
        assert!(!read(&clone, path).contains("__"), "{path} has a placeholder left");
    }
    for (path, line) in [
        ("workflow/flows/src/lib.rs", "named(kudos()),"),
        ("workflow/flows/src/function.rs", "HandleKudos::FUNCTION,"),
        ("workflow/flows/src/route.rs", "kudos::ROUTED,"),
        ("workflow/flows/src/route.rs", "Event::ReactionAdded(event) if kudos::is_wanted(&event) =>"),
        ("workflow/flows/tests/flows/consistency.rs", "contract::<HandleKudos>(),"),
        ("handlers/src/lib.rs", "pub use handle_kudos::HandleKudosHandler;"),
        ("handlers/aws/src/functions/step.rs", "impl LambdaStep for HandleKudos {"),
        ("local/src/system.rs", ".with::<HandleKudos>(HandleKudosHandler)"),
        ("local/tests/system/main.rs", "mod kudos;"),
        ("docs/README.md", "(flows/kudos.md)"),
    ] {
        assert!(ended.text().contains(&format!("change {path}\n")), "{}", ended.text());
        assert_eq!(read(&clone, path).matches(line).count(), 1, "{path}: {line}");
    }
}

#[test]
fn a_step_is_written_for_a_flow() {
    let clone = clone();
    run_in(clone.path(), &KUDOS).text();
    let ended = run_in(clone.path(), &["new", "step", "count-kudos", "--flow", "kudos"]);
    assert!(ended.text().contains(".then(task::<CountKudos>()"), "{}", ended.text());
    assert!(read(&clone, "workflow/flows/src/count_kudos.rs").contains("pub struct CountKudos;"));
    assert!(read(&clone, "local/src/system.rs").contains(".with::<CountKudos>(CountKudosHandler)"));
    assert!(!read(&clone, "workflow/flows/src/kudos.rs").contains("CountKudos"), "its place is not chosen");
}

#[test]
fn a_dry_run_shows_everything_and_writes_nothing() {
    let clone = clone();
    let before = files(clone.path());
    for event in EVENTS {
        let ended = run_in(clone.path(), &["new", "flow", "kudos", "--on", event, "--dry-run"]);
        let model: String = event.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert!(ended.text().contains(&format!("    + Event::{model}(event) if ")), "{}", ended.text());
        assert!(ended.text().contains("    + pub struct HandleKudosHandler;\n"), "{}", ended.text());
    }
    assert_eq!(files(clone.path()), before);
}

#[test]
fn a_name_has_one_form() {
    let long = "a".repeat(41);
    let malformed = ["", "Kudos", "two words", "snake_case", "2fa", "-kudos", "kudos-", "a--b", "é", &long];
    for name in malformed.into_iter().chain(["match", "std"]) {
        let ended = run(["new", "flow", "--on", "message", "--dry-run", "--", name]);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{name}: {ended:?}");
        assert!(ended.stderr.contains("<NAME>"), "{name}: {ended:?}");
    }
    let ended = run(["new", "step", "count", "--flow", "votes", "--dry-run"]);
    assert!(said(&ended).contains("a verb and an object"), "{ended:?}");
}

#[test]
fn a_name_that_is_taken_is_refused() {
    for name in ["onboarding", "flows", "configuration", "template"] {
        let ended = run(["new", "flow", name, "--on", "team_join", "--dry-run"]);
        assert!(said(&ended).contains("the name is taken, by workflow/flows/src/"), "{ended:?}");
    }
    let ended = run(["new", "step", "count-reactions", "--flow", "votes", "--dry-run"]);
    assert!(said(&ended).contains("the name is taken"), "{ended:?}");
}

#[test]
fn an_event_without_a_model_is_refused_with_those_that_have_one() {
    let ended = run(["new", "flow", "kudos", "--on", "channel_created"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
    for event in EVENTS {
        assert!(ended.stderr.contains(event), "{ended:?}");
    }
}

#[test]
fn a_step_is_for_a_flow_that_is_there() {
    for flow in ["unheard-of", "notices"] {
        let ended = run(["new", "step", "count-kudos", "--flow", flow, "--dry-run"]);
        assert!(said(&ended).contains(&format!("there is no flow {flow}")), "{ended:?}");
    }
}

#[test]
fn outside_a_clone_there_is_nothing_to_write_to() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_in(folder.path(), &KUDOS);
    assert!(said(&ended).contains("clone of Ackflow's repository"), "{ended:?}");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn without_a_place_in_a_list_nothing_is_written() {
    let clone = clone();
    let path = "local/src/system.rs";
    let other = read(&clone, path).replace("fn steps(", "fn handlers(");
    fs::write(clone.path().join(path), other).unwrap();
    let before = files(clone.path());
    let ended = run_in(clone.path(), &KUDOS);
    assert!(
        said(&ended).contains("local/src/system.rs has no `fn steps(` … `Steps::default()`"),
        "{ended:?}"
    );
    assert_eq!(files(clone.path()), before);
}
