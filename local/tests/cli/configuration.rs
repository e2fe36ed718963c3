//! What is wrong with the configuration is told all at once, and no secret is shown.

use super::ackflow::{Ended, ackflow, run, snapshots};

fn dev(environment: &[(&str, &str)]) -> Ended {
    // A folder that must not come to be.
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let ended: Ended = ackflow()
        .args(["dev", "--data"])
        .arg(&data)
        .envs(environment.iter().copied())
        .output()
        .unwrap()
        .into();
    assert!(!data.exists());
    ended
}

#[test]
fn all_that_is_missing() {
    let ended = dev(&[]);
    snapshots().bind(|| insta::assert_snapshot!("dev_without_configuration", ended.error()));
}

#[test]
fn all_that_is_malformed() {
    let ended = dev(&[
        ("ACKFLOW_LISTEN", "everywhere"),
        ("SLACK_SIGNING_SECRET", "hush-1,hush-2,hush-3"),
        ("SLACK_BOT_TOKEN", "xoxp-hush"),
        ("SLACK_API_URL", "http://slack.example/hush"),
        ("SLACK_TEAM_IDS", "T0HUSH hush"),
        ("SLACK_OPERATORS_CHANNEL", "#hush"),
    ]);
    snapshots().bind(|| insta::assert_snapshot!("dev_with_malformed_configuration", ended.error()));
    assert!(!ended.stderr.contains("hush"), "{}", ended.stderr);
}

#[test]
fn an_empty_value_is_a_missing_one() {
    let ended = dev(&[("SLACK_SIGNING_SECRET", " "), ("SLACK_BOT_TOKEN", "")]);
    assert!(ended.error().contains("SLACK_SIGNING_SECRET is not set"), "{ended:?}");
    assert!(ended.error().contains("SLACK_BOT_TOKEN is not set"), "{ended:?}");
}

#[test]
fn an_api_url_that_would_show_the_token_is_refused() {
    let is_refused = |url| dev(&[("SLACK_API_URL", url)]).stderr.contains("SLACK_API_URL");
    for url in ["ftp://slack.com/api/", "http://slack.com/api/", "https://slack.com/api/?a=b", "slack.com"] {
        assert!(is_refused(url), "{url}");
    }
    for url in
        ["", "https://slack.com/api", "http://127.0.0.1:9/api/", "http://[::1]:9/", "http://localhost:9/"]
    {
        assert!(!is_refused(url), "{url}");
    }
}

#[test]
fn a_list_of_workspaces_with_an_empty_part_is_refused() {
    for ids in [",", "T0123ABCD,", "T0123ABCD;T0456EFGH"] {
        let ended = dev(&[("SLACK_TEAM_IDS", ids)]);
        assert!(ended.error().contains("SLACK_TEAM_IDS holds what is no workspace id"), "{ids}: {ended:?}");
    }
}

/// Which files may be executed is known on Unix.
#[cfg(unix)]
#[test]
fn targets_that_can_not_work_here_are_told_before_anybody_deploys() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("deploy.sh"), "#!/bin/sh\n").unwrap();
    let file = folder.path().join("ackflow.toml");
    let configuration = format!(
        r#"
        [deploy.environments.stg]
        needs_approval = false
        [deploy.services]
        away.target.command = {{ program = "sh", folder = "{here}/away" }}
        built.target.codebuild.project = "web"
        fine.target.command = {{ program = "sh", folder = "{here}" }}
        gone.target.command = {{ program = "./gone.sh", folder = "{here}" }}
        hidden.target.command.program = "no-such-program-of-ackflow"
        locked.target.command = {{ program = "./deploy.sh", folder = "{here}" }}
        machine.target.state_machine.arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:deploy"
        "#
    );
    std::fs::write(&file, configuration).unwrap();
    let file = file.to_str().unwrap();
    let keys = [
        "away.target.command.folder",
        "built.target.codebuild",
        "gone.target.command.program",
        "hidden.target.command.program",
        "locked.target.command.program",
        "machine.target.state_machine",
    ];
    let assert_told = |text: &str| {
        for key in keys {
            assert!(text.contains(&format!("deploy.services.{key}:")), "{key}: {text}");
        }
        assert!(!text.contains("deploy.services.fine"), "{text}");
    };
    assert_told(dev(&[("ACKFLOW_CONFIG", file)]).error());
    // The file may be meant for elsewhere.
    for check in [&["config", "check", file][..], &["config", "check", "--config", file]] {
        let checked = run(check);
        assert!(checked.text().contains("is in order: 7 services"), "{checked:?}");
        assert_told(checked.text());
    }
}

#[test]
fn a_log_filter_that_is_none_is_named() {
    let ended = dev(&[("RUST_LOG", "ackflow=loud")]);
    assert!(ended.error().contains("RUST_LOG is no log filter"), "{ended:?}");
}

#[test]
fn help_shows_no_secret() {
    let environment =
        [("SLACK_SIGNING_SECRET", "hush"), ("SLACK_BOT_TOKEN", "hush"), ("VERIFICATION_TOKEN", "hush")];
    for command in ["dev", "doctor", "join", "send"] {
        let ended: Ended = ackflow().args([command, "--help"]).envs(environment).output().unwrap().into();
        assert!(!ended.text().contains("hush"), "{}", ended.stdout);
    }
}
