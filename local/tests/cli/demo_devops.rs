//! `ackflow demo devops`.

use serde_json::{Value, json};

use super::ackflow::{run, snapshots};

/// The texts of an array under this key in each of its objects.
fn each<'a>(array: &'a Value, key: &str) -> Vec<&'a str> {
    array.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap()).collect()
}

#[test]
fn people_read_it() {
    let ended = run(["demo", "devops"]);
    let mut settings = snapshots();
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "[time]");
    settings.add_filter(r"in \d+ s\b", "in [n] s");
    settings.bind(|| insta::assert_snapshot!("demo_devops", ended.text()));
}

#[test]
fn it_tells_all_that_happened() {
    let data = tempfile::tempdir().unwrap();
    let demo = run(["demo", "devops", "--json", "--data", data.path().to_str().unwrap()]).json();
    assert!(demo["checks"].as_array().unwrap().iter().all(|check| check["is_so"] == true), "{demo}");
    assert_eq!(demo["deployments"], json!(["api stg", "api prod"]));
    let mut flows = each(&demo["executions"], "flow");
    flows.sort_unstable();
    // Votes that fall into two seconds are counted twice.
    flows.dedup_by(|one, other| one == other && *one == "votes");
    let expected = [
        ("approvals", 3),
        ("channel-guides", 1),
        ("commands", 2),
        ("deployments", 3),
        ("moderation", 1),
        ("onboarding", 1),
        ("votes", 1),
    ];
    let expected: Vec<&str> =
        expected.into_iter().flat_map(|(flow, times)| std::iter::repeat_n(flow, times)).collect();
    assert_eq!(flows, expected);
    let talks = [
        "#general",
        "#devops",
        "#leads",
        "#alerts",
        "#votes",
        "Direct messages to dana",
        "Direct messages to sam",
    ];
    assert_eq!(each(&demo["channels"], "name"), talks);

    let list = run(["executions", "list", "--json", "--data", data.path().to_str().unwrap()]).json();
    let results = |flow: &str| {
        let executions = list.as_array().unwrap().iter().filter(|execution| execution["flow"] == flow);
        let mut results: Vec<&str> = executions.map(|it| it["result"].as_str().unwrap()).collect();
        results.sort_unstable();
        results
    };
    assert_eq!(results("approvals"), ["decided", "decided", "not_an_approver"]);
    assert_eq!(results("commands"), ["help", "not_understood"]);
    assert_eq!(results("deployments"), ["deployed", "deployed", "not_approved"]);

    let configuration = demo["configuration"].as_str().unwrap();
    let checked = run(["config", "check", configuration]);
    assert!(checked.text().contains("is in order"), "{checked:?}");
}

#[test]
fn the_documents_are_a_job_of_their_own_too() {
    let demo = run(["demo", "documents", "--json"]).json();
    assert_eq!(demo["execution"]["status"], "SUCCEEDED");
}

#[test]
fn a_job_does_not_take_the_options_of_another() {
    for arguments in [&["demo", "--file", "a", "devops"][..], &["demo", "devops", "--file", "a"]] {
        let ended = run(arguments);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
    }
}
