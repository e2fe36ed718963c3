//! `ackflow manifest`.

use std::path::Path;

use serde_json::{Value, json};

use super::ackflow::{Ended, run, snapshots};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ackflow.example.toml");
const URL: [&str; 2] = ["--url", "https://ackflow.example.com"];

fn manifest(arguments: &[&str]) -> Ended {
    run(["manifest"].iter().chain(arguments))
}

/// The manifest of a configuration, as JSON.
fn of(configuration: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ackflow.toml");
    std::fs::write(&file, configuration).unwrap();
    manifest(&[&["--format", "json", "--config", file.to_str().unwrap()][..], &URL].concat()).json()
}

/// One of Slack's JSON Schemas for manifests; `None`, said aloud, where the collection is absent.
fn schema(version: &str) -> Option<Value> {
    let collection = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/slack-payloads");
    if !collection.is_dir() {
        let required = std::env::var("ACKFLOW_REQUIRE_SHARED").is_ok_and(|value| value == "1");
        assert!(!required, "ACKFLOW_REQUIRE_SHARED=1, but there is no {}", collection.display());
        eprintln!("SKIPPED: there is no {}, no manifest was checked", collection.display());
        return None;
    }
    let text = std::fs::read(collection.join(format!("specs/manifest.{version}.schema.json"))).unwrap();
    Some(serde_json::from_slice(&text).unwrap())
}

#[test]
fn the_manifest_follows_from_the_configuration() {
    let default = manifest(&URL);
    snapshots().bind(|| insta::assert_snapshot!("manifest", default.text()));
    let example = manifest(&[&["--config", EXAMPLE][..], &URL].concat());
    snapshots().bind(|| insta::assert_snapshot!("manifest_example", example.text()));
}

#[test]
fn slack_takes_it() {
    for version in ["v1", "v2"] {
        let Some(schema) = schema(version) else { return };
        let validator = jsonschema::draft7::new(&schema).unwrap();
        assert!(!validator.is_valid(&json!({ "display_information": {} })));
        let example = std::fs::read_to_string(EXAMPLE).unwrap();
        for configuration in ["", "documents.enabled = false", &example] {
            let manifest = of(configuration);
            let faults: Vec<String> =
                validator.iter_errors(&manifest).map(|error| error.to_string()).collect();
            assert!(faults.is_empty(), "{version}: {faults:?} in {manifest}");
        }
    }
}

#[test]
fn yaml_and_json_say_the_same() {
    let options = [&["--config", EXAMPLE][..], &URL].concat();
    let yaml: Value = yaml_serde::from_str(manifest(&options).text()).unwrap();
    let json = manifest(&[options.as_slice(), &["--format", "json"]].concat()).json();
    assert_eq!(yaml, json);
}

#[test]
fn what_is_switched_off_is_not_asked_for() {
    let manifest = of("documents.enabled = false\n[votes]\nchannels = [\"C0VOTES\"]\n");
    let settings = &manifest["settings"];
    assert_eq!(settings["event_subscriptions"]["bot_events"], json!(["reaction_added", "reaction_removed"]));
    assert_eq!(settings.get("interactivity"), None);
    assert_eq!(manifest["features"].get("slash_commands"), None);
    assert_eq!(manifest["oauth_config"]["scopes"].get("user"), None);
    let scopes = manifest["oauth_config"]["scopes"]["bot"].as_array().unwrap();
    assert!(!scopes.contains(&json!("files:read")), "{scopes:?}");
    assert_eq!(of("documents.enabled = false")["settings"].get("event_subscriptions"), None);
}

#[test]
fn without_a_url_there_is_a_placeholder_and_a_word_about_it() {
    let ended = manifest(&["--format", "json"]);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let printed: Value = serde_json::from_str(&ended.stdout).unwrap();
    let url = printed["settings"]["event_subscriptions"]["request_url"].as_str().unwrap();
    let (host, path) = url.split_at(url.len() - "/slack/events".len());
    assert_eq!(path, "/slack/events");
    assert!(ended.stderr.contains(host) && ended.stderr.contains("--url"), "{ended:?}");
}

#[test]
fn the_url_may_be_the_request_url_and_may_have_a_path() {
    for (url, request_url) in [
        ("https://h.example/", "https://h.example/slack/events"),
        ("https://h.example/slack/events", "https://h.example/slack/events"),
        ("https://h.example/prod", "https://h.example/prod/slack/events"),
    ] {
        let manifest = manifest(&["--format", "json", "--url", url]).json();
        assert_eq!(manifest["settings"]["event_subscriptions"]["request_url"], request_url, "{url}");
    }
}

#[test]
fn what_slack_would_not_take_is_refused() {
    let (name, description) = ("n".repeat(36), "d".repeat(141));
    for (arguments, said) in [
        (["--name", name.as_str()], "it has 36 characters, and Slack takes 35"),
        (["--name", " "], "it is empty"),
        (["--description", &description], "it has 141 characters, and Slack takes 140"),
        (["--url", "h.example"], "it is no http(s) URL"),
        (["--url", "https://h.example/?stage=prod"], "it is no http(s) URL"),
    ] {
        let ended = manifest(&arguments);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
    assert!(manifest(&["--url", "http://h.example"]).error().contains("https URLs only"));
    // Thirty-five characters of more than one byte each.
    manifest(&["--name", &"ü".repeat(35), URL[0], URL[1]]).text();
}

#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    assert!(manifest(&["--config", "nowhere.toml"]).error().contains("nowhere.toml can't be read"));
}
