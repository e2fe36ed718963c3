//! `ackflow asl run`.

use serde_json::{Value, json};

use super::{Ended, MOCKS, ORDER, asl, asl_beside, snapshots, unwrapped};

/// Runs the sample on virtual time.
pub(super) fn order(arguments: &[&str]) -> Ended {
    asl(&[&["run", ORDER, "--input", r#"{"total": 7}"#, "--virtual-time"][..], arguments].concat())
}

/// Runs a document on virtual time, with these mocks.
pub(super) fn run(document: &Value, mocks: &Value, arguments: &[&str]) -> Ended {
    let (document, mocks) = (document.to_string(), mocks.to_string());
    let files = [("machine.json", document.as_str()), ("mocks.json", mocks.as_str())];
    let run = ["run", "machine.json", "--mocks", "mocks.json", "--virtual-time"];
    asl_beside(&files, &[&run[..], arguments].concat())
}

/// A machine of one task.
pub(super) fn work(resource: &str) -> Value {
    json!({ "StartAt": "Work", "States": { "Work": { "Type": "Task", "Resource": resource, "End": true } } })
}

#[test]
fn tasks_are_mocked_in_order() {
    let ran = order(&["--mocks", MOCKS, "--history"]);
    snapshots().bind(|| insta::assert_snapshot!("asl_run", ran.text()));
    assert!(ran.text().ends_with("\n\"on its way\"\n"), "{ran:?}");
}

#[test]
fn programs_read_how_it_ended() {
    let ran = order(&["--mocks", MOCKS, "--json"]).json();
    assert_eq!(ran, json!({ "status": "SUCCEEDED", "output": "on its way" }));
    let ran = order(&["--mocks", MOCKS, "--json", "--history"]).json();
    let events = ran["history"].as_array().unwrap();
    assert_eq!((&events[0]["id"], &events[0]["type"]), (&json!(1), &json!("ExecutionStarted")));
    assert_eq!(events.last().unwrap()["type"], "ExecutionSucceeded");
}

#[test]
fn an_execution_that_fails_says_why() {
    let mocks = json!({ "Work": { "error": "Broken", "cause": "It fell." } });
    let failed = run(&work("${Work}"), &mocks, &[]);
    assert_eq!(failed.error(), "FAILED: Broken: It fell.\n");
    let failed = run(&work("${Work}"), &mocks, &["--json"]);
    let said = "FAILED: Broken: It fell.\n";
    assert_eq!((failed.status, failed.stderr.as_str()), (Some(1), said), "{failed:?}");
    let document: Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!(document, json!({ "status": "FAILED", "error": "Broken", "cause": "It fell." }));
}

#[test]
fn an_execution_that_fails_without_a_reason_says_that_it_failed() {
    let fail = |state: Value| json!({ "StartAt": "Fail", "States": { "Fail": state } });
    let bare = fail(json!({ "Type": "Fail" }));
    assert_eq!(run(&bare, &json!({}), &[]).error(), "FAILED\n");
    let printed = run(&bare, &json!({}), &["--json"]).stdout;
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), json!({ "status": "FAILED" }));
    let with_cause = fail(json!({ "Type": "Fail", "Cause": "It fell." }));
    assert_eq!(run(&with_cause, &json!({}), &[]).error(), "FAILED: It fell.\n");
}

#[test]
fn an_execution_may_take_too_long() {
    let nap = json!({ "Nap": { "Type": "Wait", "Seconds": 400, "End": true } });
    let limited = json!({ "StartAt": "Nap", "TimeoutSeconds": 60, "States": nap });
    assert_eq!(run(&limited, &json!({}), &[]).error(), "TIMED_OUT\n");
    let unlimited = json!({ "StartAt": "Nap", "States": nap });
    assert_eq!(run(&unlimited, &json!({}), &[]).text(), "{}\n");
    // Five minutes are the most of an express workflow.
    assert_eq!(run(&unlimited, &json!({}), &["--type", "express"]).error(), "TIMED_OUT\n");
}

#[test]
fn a_mock_may_take_its_time() {
    let mut machine = work("arn:aws:states:us-east-1:123456789012:activity:work");
    machine["States"]["Work"]["TimeoutSeconds"] = json!(30);
    let after = |seconds: u32| json!({ "Work": { "output": null, "afterSeconds": seconds } });
    assert_eq!(run(&machine, &after(29), &[]).text(), "null\n");
    assert!(run(&machine, &after(31), &[]).error().starts_with("FAILED: States.Timeout"));
}

#[test]
fn the_context_object_shows_the_execution() {
    let machine = json!({ "StartAt": "Show", "States": {
        "Show": { "Type": "Pass", "Parameters": { "name.$": "$$.Execution.Name" }, "End": true }
    } });
    assert_eq!(run(&machine, &json!({}), &["--name", "one"]).text(), "{\"name\":\"one\"}\n");
}

#[test]
fn a_task_that_nothing_does_is_named_with_the_ways_to_do_it() {
    let undone = order(&[]);
    snapshots().bind(|| insta::assert_snapshot!("asl_run_undone", undone.error()));
    let mocks = json!({ "Charge": [{ "error": "Busy" }] });
    let order: Value = serde_json::from_str(&std::fs::read_to_string(ORDER).unwrap()).unwrap();
    let said = unwrapped(run(&order, &mocks, &[]).error());
    assert!(said.contains(r#"the mocks of the state "Charge" are used up"#), "{said}");
}

#[test]
fn mocks_that_are_none_are_refused() {
    for (mocks, expected) in [
        (json!([]), "it is no JSON object of states"),
        (json!({ "Work": [{ "output": 1 }, {}] }), r#"the mock 2 of "Work": it has either `output`"#),
        (json!({ "Work": { "output": 1, "cause": "?" } }), "it has either `output`"),
        (json!({ "Work": { "outptu": 1 } }), "unknown field `outptu`"),
        (json!({ "Work": { "output": 1, "afterSeconds": -1 } }), "-1"),
    ] {
        let said = unwrapped(run(&work("${Work}"), &mocks, &[]).error());
        assert!(said.contains("mocks.json holds no mocks") && said.contains(expected), "{said}");
    }
}

#[test]
fn a_state_has_its_mocks_in_one_place() {
    let machine = work("${Work}").to_string();
    let mocks = r#"{ "Work": { "output": 1 }, "Work": { "output": 2 } }"#;
    let files = [("machine.json", machine.as_str()), ("mocks.json", mocks)];
    let ended = asl_beside(&files, &["run", "machine.json", "--mocks", "mocks.json"]);
    let said = unwrapped(ended.error());
    assert!(said.contains(r#"mocks.json holds no mocks: the state "Work" is named twice"#), "{said}");
}

#[test]
fn a_mock_is_of_a_state_that_runs_a_task() {
    let machine = json!({ "StartAt": "Each", "States": {
        "Each": { "Type": "Map", "ItemProcessor": work("${Work}"), "Next": "Rest" },
        "Rest": { "Type": "Pass", "End": true },
    } });
    for state in ["Wrok", "Rest", "Each", "Work[0]"] {
        let said = unwrapped(run(&machine, &json!({ state: { "output": 1 } }), &[]).error());
        let expected = format!("there is a mock of {state:?}, and no such state runs a task; these do: Work");
        assert!(said.contains(&expected), "{said}");
    }
}

#[test]
fn a_program_is_for_a_resource_that_there_is() {
    let said = unwrapped(order(&["--mocks", MOCKS, "--task", "${Chrage}=cat"]).error());
    let expected = "a program for ${Chrage}, and no state has that resource; theirs are: ${Charge}, ${Ship}";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn mocks_that_are_not_used_are_told_of() {
    let mocks = json!({ "Charge": { "error": "Declined" }, "Ship": { "output": 1 } });
    let order: Value = serde_json::from_str(&std::fs::read_to_string(ORDER).unwrap()).unwrap();
    let said = unwrapped(run(&order, &mocks, &[]).error());
    assert!(said.contains(r#"1 mock of the state "Ship" was not used"#), "{said}");
    let mocks = json!({ "Work": [{ "output": 1 }, { "output": 2 }, { "output": 3 }] });
    let ended = run(&work("${Work}"), &mocks, &[]);
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(0), "1\n"), "{ended:?}");
    let said = unwrapped(&ended.stderr);
    assert!(said.contains(r#"2 mocks of the state "Work" were not used"#), "{said}");
}

/// The first item's first task takes long, the second item's fails and is tried again.
#[test]
fn iterations_take_their_mocks_in_the_order_in_which_their_tasks_begin() {
    let mut work = work("${Work}");
    work["States"]["Work"]["Retry"] = json!([{ "ErrorEquals": ["Busy"], "IntervalSeconds": 5 }]);
    let mocks = json!({ "Work": [
        { "output": 1, "afterSeconds": 3 }, { "error": "Busy" }, { "output": 3 }, { "output": 4 },
    ] });
    let distributed = json!({ "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" });
    for config in [json!({ "Mode": "INLINE" }), distributed] {
        work["ProcessorConfig"] = config;
        let each = json!({ "Type": "Map", "ItemProcessor": work, "End": true });
        let machine = json!({ "StartAt": "Each", "States": { "Each": each } });
        assert_eq!(run(&machine, &mocks, &["--input", "[1, 2, 3]"]).text(), "[1,4,3]\n", "{machine}");
    }
}

#[test]
fn files_may_begin_with_a_byte_order_mark() {
    let marked = |value: Value| format!("\u{feff}{value}");
    let [machine, mocks] = [work("${Work}"), json!({ "Work": { "output": 1 } })].map(marked);
    let files =
        [("machine.json", machine.as_str()), ("mocks.json", mocks.as_str()), ("input.json", "\u{feff}{}")];
    let run = ["run", "machine.json", "--mocks", "mocks.json", "--input", "@input.json"];
    assert_eq!(asl_beside(&files, &run).text(), "1\n");
    assert_eq!(asl_beside(&files, &["validate", "machine.json"]).text(), "machine.json is in order.\n");
}

#[test]
fn a_document_that_is_no_state_machine_is_not_run() {
    let document = r#"{ "StartAt": "A", "States": { "A": { "Type": "Pass", "Next": "B" } } }"#;
    let ended = asl_beside(&[("odd.json", document)], &["run", "odd.json"]);
    let said = unwrapped(ended.error());
    assert!(said.contains("odd.json is no state machine that can run"), "{said}");
    assert!(said.contains("Missing 'Next' target: B"), "{said}");
}

#[test]
fn a_program_that_cannot_be_run_is_named() {
    let ended = order(&["--task", "${Charge}=./no-such-program"]);
    let said = unwrapped(ended.error());
    assert!(said.contains("./no-such-program can't be run"), "{said}");
    for task in ["${Charge}", "${Charge}=", "${Charge}='cat"] {
        assert_eq!(order(&["--task", task]).status, Some(2), "{task}");
    }
}
