//! What `--help` says.

use super::ackflow::{run, snapshots};

#[test]
fn each_command_tells_what_it_does() {
    for command in [
        "",
        "asl",
        "asl run",
        "asl test-state",
        "asl validate",
        "config",
        "config check",
        "config schema",
        "cost",
        "demo",
        "demo devops",
        "demo documents",
        "dev",
        "doctor",
        "executions",
        "executions list",
        "executions show",
        "executions redrive",
        "executions stop",
        "executions prune",
        "join",
        "manifest",
        "new",
        "new flow",
        "new step",
        "send",
        "synth",
    ] {
        let ended = run(command.split_whitespace().chain(["--help"]));
        let name = format!("help {command}").trim_end().replace(' ', "_");
        snapshots().bind(|| insta::assert_snapshot!(name, ended.text()));
    }
}

#[test]
fn what_is_no_command_is_refused() {
    for arguments in [&["demonstrate"][..], &["demo", "--fil", "a"], &["send"], &["executions"], &[]] {
        let ended = run(arguments);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.stderr.contains("Usage: ackflow"), "{ended:?}");
    }
}

#[test]
fn it_says_its_version() {
    assert_eq!(run(["--version"]).text(), format!("ackflow {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn synth_prints_the_same_each_time() {
    let (first, second) = (run(["synth"]), run(["synth"]));
    assert_eq!(first.text(), second.text());
    let description = first.json();
    assert_eq!(description["version"], 1);
    let flows: Vec<_> = description["flows"].as_array().unwrap().iter().map(|flow| &flow["name"]).collect();
    assert_eq!(
        flows,
        [
            "document-pipeline",
            "comment-edits",
            "commands",
            "deployments",
            "approvals",
            "moderation",
            "onboarding",
            "channel-guides",
            "votes"
        ]
    );
}
