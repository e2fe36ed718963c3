//! `ackflow asl validate`.

use std::{io::Write, process::Stdio};

use serde_json::json;

use super::{Ended, ORDER, ackflow, asl, asl_beside, snapshots, unwrapped};

/// Two errors, and a warning.
const FAULTY: &str = r#"{
  "StartAt": "Work",
  "States": {
    "Work": { "Type": "Pass", "Next": "Don" },
    "Nap": { "Type": "Wait", "Seconds": "one", "Next": "Done" },
    "Done": { "Type": "Succeed" }
  }
}
"#;

/// A warning: an error that AWS does not have.
const DOUBTFUL: &str = r#"{
  "StartAt": "Work",
  "States": {
    "Work": {
      "Type": "Task",
      "Resource": "${Work}",
      "Retry": [{ "ErrorEquals": ["States.Timeuot"] }],
      "End": true
    }
  }
}
"#;

fn files() -> [(&'static str, &'static str); 2] {
    [("faulty.json", FAULTY), ("doubtful.json", DOUBTFUL)]
}

#[test]
fn a_document_without_findings_is_in_order() {
    assert_eq!(asl(&["validate", ORDER]).text(), format!("{ORDER} is in order.\n"));
}

#[test]
fn each_finding_is_shown_in_the_text() {
    let ended = asl_beside(&files(), &["validate", "faulty.json", "doubtful.json"]);
    snapshots().bind(|| insta::assert_snapshot!("asl_validate", ended.error()));
}

#[test]
fn programs_read_the_same() {
    let ended = asl_beside(&files(), &["validate", "--json", "doubtful.json"]);
    let finding = &ended.json()["findings"][0];
    assert_eq!((&finding["file"], &finding["line"]), (&json!("doubtful.json"), &json!(7)));
    assert_eq!((&finding["severity"], &finding["code"]), (&json!("WARNING"), &json!("UNKNOWN_ERROR_NAME")));
    assert_eq!(ended.json()["errors"], 0);
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let warned = asl_beside(&files(), &["validate", "doubtful.json"]);
    assert_eq!((warned.status, warned.stdout.as_str()), (Some(0), ""), "{warned:?}");
    assert!(warned.stderr.contains("UNKNOWN_ERROR_NAME"), "{warned:?}");
    let denied = asl_beside(&files(), &["validate", "--deny-warnings", "doubtful.json"]);
    assert!(denied.error().contains("0 errors, 1 warning"), "{denied:?}");
}

#[test]
fn express_workflows_wait_for_no_callback() {
    let document = json!({ "StartAt": "Ask", "States": { "Ask": {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": { "QueueUrl": "https://sqs.example.com/q", "MessageBody": { "Token.$": "$$.Task.Token" } },
        "TimeoutSeconds": 60,
        "End": true,
    } } });
    let files = [("ask.json", document.to_string())];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    assert_eq!(asl_beside(&files, &["validate", "ask.json"]).text(), "ask.json is in order.\n");
    let express = asl_beside(&files, &["validate", "ask.json", "--type", "express"]);
    assert!(express.error().contains("1 error, 0 warnings"), "{express:?}");
}

#[test]
fn standard_input_is_a_document_too() {
    let mut child = ackflow()
        .args(["asl", "validate", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"{ \"StartAt\": }").unwrap();
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert!(ended.error().contains("INVALID_JSON_DESCRIPTION"), "{ended:?}");
    assert!(ended.error().contains("standard input:1:"), "{ended:?}");
}

#[test]
fn what_a_document_holds_does_not_drive_the_terminal() {
    let text = "{ \"StartAt\": \"\u{1b}[2J\u{202e}\", \"States\": {} }";
    let ended = asl_beside(&[("odd.json", text)], &["validate", "odd.json"]);
    assert!(!ended.error().contains(['\u{1b}', '\u{202e}']), "{ended:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let said = unwrapped(asl(&["validate", "nowhere.json"]).error());
    assert!(said.contains("nowhere.json can't be read"), "{said}");
}
