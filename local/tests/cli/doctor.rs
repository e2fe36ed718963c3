//! `ackflow doctor`.

use std::{path::PathBuf, process::Command, sync::Arc};

use ackflow::{
    clock::SystemClock,
    simulator::{Fault, Simulator, Target, Workspace},
};
use axum::{Json, Router, routing::post};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{
    ackflow::{Ended, ackflow, snapshots},
    server::Server,
    workspace::{dev, workspace},
};

/// Documents are stored, and the votes of these channels counted.
fn votes(channels: &[&str]) -> String {
    format!("[votes]\nchannels = {channels:?}\n")
}

/// A configuration file in a folder of its own.
struct File {
    path: PathBuf,
    _folder: TempDir,
}

fn file(configuration: &str) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ackflow.toml");
    std::fs::write(&path, configuration).unwrap();
    File { path, _folder: folder }
}

/// The bot scopes of the manifest.
fn scopes(configuration: &str) -> Vec<String> {
    let configuration = file(configuration);
    let mut command = ackflow();
    command.args(["manifest", "--format", "json", "--url", "https://h.example", "--config"]);
    let manifest = Ended::from(command.arg(&configuration.path).output().unwrap()).json();
    serde_json::from_value(manifest["oauth_config"]["scopes"]["bot"].clone()).unwrap()
}

async fn with_scopes(scopes: Vec<String>) -> Simulator {
    let settings = Workspace { scopes, ..Workspace::default() };
    Simulator::start(settings, Arc::new(SystemClock)).await.unwrap()
}

/// The command with the workspace's own secrets.
fn doctor(simulator: &Simulator, configuration: &File) -> Command {
    let mut command = ackflow();
    command
        .args(["doctor", "--config"])
        .arg(&configuration.path)
        .env("SLACK_SIGNING_SECRET", simulator.workspace().signing_secret.expose_secret())
        .env("SLACK_BOT_TOKEN", simulator.workspace().bot_token.expose_secret())
        .env("SLACK_API_URL", simulator.api_url());
    command
}

fn ended(command: &mut Command) -> Ended {
    let ended: Ended = command.output().unwrap().into();
    for secret in ["simulated-bot-token", "simulated-signing-secret", "hush"] {
        assert!(!ended.stdout.contains(secret) && !ended.stderr.contains(secret), "{ended:?}");
    }
    ended
}

/// What a check found, as `level: message`.
fn found(ended: &Ended, check: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let findings = document["findings"].as_array().unwrap().iter().filter(|it| it["check"] == check);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings.map(|it| format!("{}: {}", text(&it["level"]), text(&it["message"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_made_of_the_manifest_is_in_order() {
    let simulator = with_scopes(scopes(&votes(&["C0VOTES"]))).await;
    let (public, private) =
        (simulator.create_channel("ideas"), simulator.create_private_channel("board", true));
    let configuration = file(&votes(&[&public, &private]));
    let ended = ended(doctor(&simulator, &configuration).env("SLACK_OPERATORS_CHANNEL", &public));
    snapshots().bind(|| insta::assert_snapshot!("doctor", ended.text()));
    assert!(simulator.messages(&public).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_and_channels_that_are_not_as_they_should_be() {
    let mut scopes = scopes(&votes(&["C0VOTES"]));
    scopes.retain(|scope| scope != "reactions:read" && scope != "channels:join");
    scopes.push("users:read".to_owned());
    let simulator = with_scopes(scopes).await;
    let outside = simulator.create_channel_without_bot("ideas");
    let closed = simulator.create_private_channel("board", false);
    let old = simulator.create_channel("old");
    simulator.archive_channel(&old).unwrap();
    let configuration = file(&votes(&[&outside, &closed, &old]));
    let text = ended(&mut doctor(&simulator, &configuration));
    assert_eq!(text.status, Some(1), "{text:?}");
    assert!(text.stderr.contains("the set-up of the Slack app is not in order"), "{text:?}");
    snapshots().bind(|| insta::assert_snapshot!("doctor_with_errors", text.stdout));

    let json = ended(doctor(&simulator, &configuration).arg("--json"));
    assert_eq!(json.status, Some(1), "{json:?}");
    let missing =
        ["warning: the scope channels:join is missing", "error: the scope reactions:read is missing"];
    assert_eq!(found(&json, "scopes")[..2], missing);
    let document: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&document["errors"], &document["warnings"]), (&json!(4), &json!(2)), "{document}");
}

#[tokio::test(flavor = "multi_thread")]
async fn warnings_alone_are_no_failure() {
    let simulator = with_scopes([scopes(""), vec!["users:read".to_owned()]].concat()).await;
    let ended = ended(doctor(&simulator, &file("")).arg("--json"));
    assert_eq!(found(&ended, "scopes"), ["warning: the scope users:read is not needed"]);
    assert_eq!(ended.json()["errors"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_slack_refuses_is_told_with_its_remedy() {
    let simulator = workspace().await;
    let stranger = ended(doctor(&simulator, &file("")).env("SLACK_BOT_TOKEN", "xoxb-hush-hush-hush"));
    assert_eq!(stranger.status, Some(1), "{stranger:?}");
    assert!(
        stranger.stdout.contains("invalid_auth") && stranger.stdout.contains("copy it anew"),
        "{stranger:?}"
    );
    for (error, remedy) in [
        ("account_inactive", "install it again"),
        ("token_revoked", "install the app again"),
        ("token_expired", "rotation"),
        ("access_denied", "ask an admin"),
        ("something_new", "docs.slack.dev"),
    ] {
        simulator.fault(Target::Method("auth.test".into()), 1, Fault::SlackError(error.into()));
        let ended = ended(&mut doctor(&simulator, &file("")));
        assert_eq!(ended.status, Some(1), "{ended:?}");
        assert!(ended.stdout.contains(error) && ended.stdout.contains(remedy), "{error}: {ended:?}");
    }
    simulator.fault(Target::Method("auth.test".into()), 1, Fault::ServerError(503));
    let unreachable = ended(doctor(&simulator, &file("")).arg("--json"));
    assert_eq!(found(&unreachable, "bot token").len(), 1);
    assert!(found(&unreachable, "scopes").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_is_not_wanted_is_told() {
    let simulator = workspace().await;
    let ended = ended(doctor(&simulator, &file("")).arg("--json").env("SLACK_TEAM_IDS", "T0OTHER"));
    assert_eq!(found(&ended, "bot token"), ["error: it is of the workspace T0ACKFLOW"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_and_a_configuration_that_are_wrong_are_told_together() {
    let simulator = workspace().await;
    let broken = file("[votes]\nchannels = [\"#ideas\"]\n");
    let ended = ended(doctor(&simulator, &broken).arg("--json").env("SLACK_SIGNING_SECRET", "hush"));
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert_eq!(found(&ended, "configuration").len(), 1);
    assert_eq!(
        found(&ended, "settings"),
        ["error: SLACK_SIGNING_SECRET is no signing secret (32 hexadecimal digits)"]
    );
    assert_eq!(found(&ended, "bot token").len(), 1);
    assert!(found(&ended, "channels").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn moderation_wants_an_admins_token() {
    const MODERATION: &str = r#"
        [moderation]
        moderators_channel = "C0MODS"
        [[moderation.rules]]
        name = "access keys"
        pattern = "AKIA"
        text = "Rotate it."
    "#;
    let settings = Workspace { user_token: Some("xoxp-simulated-user-token".into()), ..Workspace::default() };
    let simulator = Simulator::start(settings, Arc::new(SystemClock)).await.unwrap();
    let configuration = file(MODERATION);
    let with = |token: &str| {
        let ended = ended(doctor(&simulator, &configuration).arg("--json").env("SLACK_USER_TOKEN", token));
        found(&ended, "user token")
    };
    assert_eq!(with(""), ["warning: there is none"]);
    assert_eq!(with("xoxp-hush-hush-hush"), ["error: Slack refuses auth.test: invalid_auth"]);
    assert_eq!(with("xoxp-simulated-user-token"), ["ok: it is of the user U0ADMIN"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_answers_as_slack_expects() {
    let simulator = workspace().await;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(dev(&simulator, data.path()));
    let configuration = file("");
    let examine = |secret: &str, url: &str| {
        let mut command = doctor(&simulator, &configuration);
        found(
            &ended(command.args(["--json", "--url", url]).env("SLACK_SIGNING_SECRET", secret)),
            "Request URL",
        )
    };
    let secret = simulator.workspace().signing_secret.expose_secret();
    let levels = |findings: &[String]| -> Vec<String> {
        findings.iter().map(|finding| finding.split(':').next().unwrap().to_owned()).collect()
    };
    assert_eq!(levels(&examine(secret, &server.url)), ["ok", "ok", "ok"]);
    let other = examine("hush-hush-hush-hush", &server.url);
    assert_eq!(levels(&other), ["ok", "error", "ok"]);
    assert!(other[1].contains("401") && other[1].contains("the signature is wrong"), "{other:?}");
    // What answers there is something else.
    let elsewhere = examine(secret, &format!("http://{}", simulator.host()));
    assert_eq!(levels(&elsewhere), ["error", "error", "warning"]);
    assert!(elsewhere[0].contains("404"), "{elsewhere:?}");
}

/// A Slack of one workspace, whose clock is ahead of this machine's.
async fn slack(team: &str, seconds_ahead: i64) -> String {
    let date = Timestamp::now() + SignedDuration::from_secs(seconds_ahead);
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap();
    let identity = json!({ "ok": true, "team": team, "team_id": "T0ACKFLOW", "user_id": "U0ACKFLOW" });
    let answer = move || async move { ([("date", date)], Json(identity)) };
    let routes = Router::new().route("/api/auth.test", post(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api/", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, routes).into_future());
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_told() {
    let simulator = workspace().await;
    for (seconds, level) in [(0, "ok"), (120, "warning"), (-120, "warning"), (600, "error"), (-600, "error")]
    {
        let slack = slack("ackflow", seconds).await;
        let ended = ended(doctor(&simulator, &file("")).arg("--json").env("SLACK_API_URL", slack));
        let clock = found(&ended, "clock");
        assert!(clock.len() == 1 && clock[0].starts_with(level), "{seconds}: {clock:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_workspace_does_not_drive_the_terminal() {
    let simulator = workspace().await;
    let slack = slack("red \u{1b}[31m\u{9b}2J\u{202e} team", 0).await;
    let formats: [&[&str]; 2] = [&[], &["--json"]];
    for format in formats {
        let ended = ended(doctor(&simulator, &file("")).args(format).env("SLACK_API_URL", &slack));
        assert!(ended.stdout.contains("red \u{fffd}[31m\u{fffd}2J\u{fffd} team"), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_that_can_not_work_on_this_machine_are_told() {
    const DEPLOY: &str = r#"
        [deploy.environments.stg]
        needs_approval = false
        [deploy.services]
        built.target.codebuild.project = "web"
        gone.target.command = { program = "./deploy.sh", folder = "/no/such/folder" }
    "#;
    let simulator = workspace().await;
    let told = ended(doctor(&simulator, &file(DEPLOY)).arg("--json"));
    let expected = [
        "warning: deploy.services.built.target.codebuild: builds are started on AWS only",
        "error: deploy.services.gone.target.command.folder: there is no folder /no/such/folder",
    ];
    assert_eq!(found(&told, "targets"), expected);
    assert_eq!(told.status, Some(1), "{told:?}");

    let fine = DEPLOY.replace("./deploy.sh", "sh").replace("/no/such/folder", "/");
    let told = ended(doctor(&simulator, &file(&fine)).arg("--json"));
    assert_eq!(found(&told, "targets").len(), 1, "{told:?}");
}
