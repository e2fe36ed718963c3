//! `ackflow asl test-state`.

use serde_json::{Value, json};

use super::{Ended, ORDER, asl, asl_beside, snapshots, unwrapped};

fn charge(arguments: &[&str]) -> Ended {
    let state = ["test-state", "--definition", ORDER, "--state", "Charge", "--input", r#"{"total": 7}"#];
    asl(&[&state[..], arguments].concat())
}

#[test]
fn the_response_is_that_of_the_api() {
    let shown = charge(&["--mock", r#"{"result": {"id": "R1"}}"#, "--inspection-level", "debug"]);
    snapshots().bind(|| insta::assert_snapshot!("asl_test_state", shown.text()));
}

#[test]
fn a_result_may_be_json_in_a_string_as_the_api_has_it() {
    let response = |mock| charge(&["--mock", mock]).json();
    assert_eq!(response(r#"{"result": "{\"id\": \"R1\"}"}"#), response(r#"{"result": {"id": "R1"}}"#));
    assert_eq!(response(r#"{"result": null}"#)["output"], r#"{"total":7,"receipt":null}"#);
}

#[test]
fn a_state_that_fails_was_tested_all_the_same() {
    let mock = r#"{"errorOutput": {"error": "Busy", "cause": "Come back later."}}"#;
    assert_eq!(charge(&["--mock", mock]).json()["status"], "RETRIABLE");
    let response = charge(&["--mock", mock, "--state-configuration", r#"{"retrierRetryCount": 2}"#]).json();
    assert_eq!((&response["status"], &response["error"]), (&json!("FAILED"), &json!("Busy")));
}

#[test]
fn a_state_by_itself_reads_files_variables_and_context() {
    let state = r#"{ "Type": "Task", "Resource": "${Greet}", "End": true,
        "Parameters": { "name.$": "$name", "by.$": "$$.Execution.Name", "word.$": "$.word" } }"#;
    let files = [("greet.json", state), ("input.json", r#"{ "word": "hello" }"#)];
    let arguments = [
        "test-state",
        "--definition=greet.json",
        "--input=@input.json",
        r#"--variables={"name": "dana"}"#,
        r#"--context={"Execution": {"Name": "one"}}"#,
        r#"--mock={"result": 1}"#,
        "--inspection-level=DEBUG",
    ];
    let response = asl_beside(&files, &arguments).json();
    let given = response["inspectionData"]["afterParameters"].as_str().unwrap();
    let given: Value = serde_json::from_str(given).unwrap();
    assert_eq!(given, json!({ "name": "dana", "by": "one", "word": "hello" }));
}

#[test]
fn a_request_that_aws_refuses_is_refused() {
    for (arguments, expected) in [
        (&[][..], "RoleArn must be specified when testing a Task state"),
        (&["--mock", "{}"][..], "A test mock should have one of the following fields"),
        (&["--mock", r#"{"result": 1}"#, "--reveal-secrets"][..], "does not support RevealSecrets"),
        (&["--mock", r#"{"result": 1}"#, "--variables", "[]"][..], "Variables must be a JSON object"),
    ] {
        let said = unwrapped(charge(arguments).error());
        assert!(said.contains("ValidationException") && said.contains(expected), "{said}");
    }
}

#[test]
fn a_whole_state_machine_needs_the_name_of_a_state() {
    let said = unwrapped(asl(&["test-state", "--definition", ORDER]).error());
    assert!(said.contains("is a whole state machine, and one of its states is tested"), "{said}");
    assert!(said.contains("name it with --state; the first level has Charge, Ship, NotPaid"), "{said}");
    let misspelt = asl(&["test-state", "--definition", ORDER, "--state", "Chrage"]);
    let said = unwrapped(misspelt.error());
    assert!(said.contains("help: --state takes the name of a state as the definition has it"), "{said}");
}

#[test]
fn a_state_by_itself_needs_no_name() {
    let files = [("pass.json", r#"{ "Type": "Pass", "End": true }"#)];
    let ended = asl_beside(&files, &["test-state", "--definition=pass.json", "--state=Pass"]);
    let said = unwrapped(ended.error());
    assert!(said.contains("pass.json is one state, and --state names one of a state machine"), "{said}");
    assert_eq!(asl_beside(&files, &["test-state", "--definition=pass.json"]).json()["output"], "{}");
}

#[test]
fn what_is_no_argument_is_named() {
    for arguments in [["--mock", "{"], ["--mock", "@nowhere.json"], ["--inspection-level", "LOUD"]] {
        let ended = charge(&arguments);
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.stderr.contains(arguments[0]), "{ended:?}");
    }
}
