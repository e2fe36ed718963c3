//! `ackflow demo`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::ackflow::{run, snapshots};

const SAMPLES: [&[u8]; 2] =
    [include_bytes!("../../samples/q3-report.md"), include_bytes!("../../samples/budget.csv")];

fn sha256(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// The hashes of the files that a demo stored.
fn hashes(demo: &Value) -> BTreeSet<String> {
    let objects = demo["objects"].as_array().unwrap().iter();
    let files = objects.filter(|object| object["key"].as_str().unwrap().starts_with("files/"));
    files.map(|object| object["sha256"].as_str().unwrap().to_owned()).collect()
}

/// Times are compared as times: as texts, `05.12Z` is after `05.121Z`.
fn time(value: &Value) -> jiff::Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn it_tells_all_that_happened() {
    let data = tempfile::tempdir().unwrap();
    let demo = run(["demo", "--json", "--data", data.path().to_str().unwrap()]).json();
    assert_eq!(
        (&demo["acknowledgement"]["status"], &demo["acknowledgement"]["attempts"]),
        (&json!(200), &json!(1))
    );
    assert!(demo["acknowledgement"]["milliseconds"].as_f64().unwrap() > 0.0);
    let execution = &demo["execution"];
    assert_eq!(execution["status"], "SUCCEEDED");
    let states = execution["states"].as_array().unwrap();
    let names: Vec<_> = states.iter().map(|state| state["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["FetchFiles", "FetchFile", "FetchFile", "SaveMetadata", "NotifyThread"]);
    for state in states {
        let attempts = u64::from(state["type"] != "Map");
        assert_eq!(state["attempts"], attempts, "{state}");
        assert!(state["output"].is_object() && time(&state["entered_at"]) <= time(&state["exited_at"]));
    }
    assert_eq!(hashes(&demo), SAMPLES.map(sha256).into());
    for object in demo["objects"].as_array().unwrap() {
        let content =
            std::fs::read(data.path().join("objects").join(object["key"].as_str().unwrap())).unwrap();
        assert_eq!((&object["size"], &object["sha256"]), (&json!(content.len()), &json!(sha256(&content))));
    }
    let messages = demo["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["text"], "Q3 numbers for the board #finance #2026-q3");
    assert!(messages[1]["text"].as_str().unwrap().contains("Stored 2 files, tagged #finance #2026-q3."));
    assert_eq!(demo["data"], data.path().to_str().unwrap());
}

#[test]
fn people_read_it() {
    // One file, since two are fetched at once and end in either order.
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/q3-report.md");
    let ended = run(["demo", "--file", sample]);
    let mut settings = snapshots();
    // A document tells when it was stored, to the last digit that is not zero.
    settings.add_filter(r"json  \d+ bytes  sha256 \w+", "json  [n] bytes  sha256 [hash]");
    settings.bind(|| insta::assert_snapshot!("demo", ended.text()));
}

#[test]
fn it_takes_the_files_that_people_have() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["Q3 report (final).pdf", "budget #2.csv", "Übersicht 二〇二六.txt", "100% & <more>.md"];
    let mut arguments = vec!["demo".to_owned(), "--json".to_owned()];
    for name in names {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("content of {name}")).unwrap();
        arguments.extend(["--file".to_owned(), path.to_str().unwrap().to_owned()]);
    }
    let data = folder.path().join("data folder");
    arguments.extend(["--data".to_owned(), data.to_str().unwrap().to_owned()]);
    arguments.extend(["--comment".to_owned(), "R&D <@here> #Größe #2026-Q3".to_owned()]);
    let demo = run(arguments).json();
    let expected = names.map(|name| sha256(format!("content of {name}").as_bytes()));
    assert_eq!(hashes(&demo), expected.into());
    let message = demo["messages"][1]["text"].as_str().unwrap();
    assert!(message.contains("Stored 4 files, tagged #größe #2026-q3."), "{message}");
    assert!(message.contains("• 100% &amp; &lt;more&gt;.md"), "{message}");
    let key = demo["objects"][1]["key"].as_str().unwrap();
    let document: Value =
        serde_json::from_slice(&std::fs::read(data.join("objects").join(key)).unwrap()).unwrap();
    assert_eq!(
        (&document["name"], &document["comment"]),
        (&json!(names[0]), &json!("R&D <@here> #Größe #2026-Q3"))
    );
}

#[test]
fn a_file_that_cannot_be_posted_is_refused_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let missing = folder.path().join("missing.pdf");
    for (file, expected) in [(missing.as_path(), "can't read the file"), (folder.path(), "is not a file")] {
        let ended =
            run(["demo".as_ref(), "--data".as_ref(), data.as_os_str(), "--file".as_ref(), file.as_os_str()]);
        assert!(ended.error().contains(expected), "{ended:?}");
        assert!(!data.exists());
    }
}

#[test]
fn two_demos_share_a_data_folder() {
    let data = tempfile::tempdir().unwrap();
    let demo = || run(["demo", "--json", "--data", data.path().to_str().unwrap()]).json();
    let (first, second) = (demo(), demo());
    assert_ne!(first["execution"]["name"], second["execution"]["name"]);
    assert_eq!(second["messages"].as_array().unwrap().len(), 2);
    let listed = run(["executions", "list", "--json", "--data", data.path().to_str().unwrap()]).json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(names, [&second["execution"]["name"], &first["execution"]["name"]], "the newest first");
}

#[test]
fn a_folder_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let ended = run(["demo".as_ref(), "--data".as_ref(), file.as_os_str()]);
    assert!(ended.error().contains("can't be used"), "{ended:?}");
}
