//! `ackflow asl run`.

use serde_json::{Value, json};

use super::{Ended, MOCKS, ORDER, asl, asl_beside, snapshots, unwrapped};

/// Runs the sample on virtual time.
fn order(arguments: &[&str]) -> Ended {
    asl(&[&["run", ORDER, "--input", r#"{"total": 7}"#, "--virtual-time"][..], arguments].concat())
}

/// Runs a document on virtual time, with these mocks.
fn run(document: &Value, mocks: &Value, arguments: &[&str]) -> Ended {
    let (document, mocks) = (document.to_string(), mocks.to_string());
    let files = [("machine.json", document.as_str()), ("mocks.json", mocks.as_str())];
    let run = ["run", "machine.json", "--mocks", "mocks.json", "--virtual-time"];
    asl_beside(&files, &[&run[..], arguments].concat())
}

/// A machine of one task.
fn work(resource: &str) -> Value {
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
    assert_eq!(failed.error(), "Broken: It fell.\n");
    let failed = run(&work("${Work}"), &mocks, &["--json"]);
    assert_eq!((failed.status, failed.stderr.as_str()), (Some(1), "Broken: It fell.\n"), "{failed:?}");
    let document: Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!(document, json!({ "status": "FAILED", "error": "Broken", "cause": "It fell." }));
}

#[test]
fn an_execution_that_takes_too_long_has_a_status_of_its_own() {
    let nap = json!({ "Nap": { "Type": "Wait", "Seconds": 400, "End": true } });
    let limited = json!({ "StartAt": "Nap", "TimeoutSeconds": 60, "States": nap });
    assert_eq!(run(&limited, &json!({}), &[]).status, Some(2));
    let unlimited = json!({ "StartAt": "Nap", "States": nap });
    assert_eq!(run(&unlimited, &json!({}), &[]).text(), "{}\n");
    // Five minutes are the most of an express workflow.
    assert_eq!(run(&unlimited, &json!({}), &["--type", "express"]).status, Some(2));
}

#[test]
fn a_mock_may_take_its_time() {
    let mut machine = work("arn:aws:states:us-east-1:123456789012:activity:work");
    machine["States"]["Work"]["TimeoutSeconds"] = json!(30);
    let after = |seconds: u32| json!({ "Work": { "output": null, "afterSeconds": seconds } });
    assert_eq!(run(&machine, &after(29), &[]).text(), "null\n");
    assert!(run(&machine, &after(31), &[]).error().starts_with("States.Timeout"));
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

/// The programs are Unix ones.
#[cfg(unix)]
mod programs {
    use super::{Ended, asl_beside, json, order, run, work};

    const INPUT: &str = r#"{"word": "hello"}"#;

    /// Runs a task that is this shell script.
    fn scripted(script: &str) -> Ended {
        let machine = work("${Work}").to_string();
        let files = [("machine.json", machine.as_str()), ("script.sh", script)];
        asl_beside(&files, &["run", "machine.json", "--input", INPUT, "--task", "${Work}=sh script.sh"])
    }

    #[test]
    fn a_program_gets_the_input_and_prints_the_result() {
        assert_eq!(scripted("cat").text(), "{\"word\":\"hello\"}\n");
        assert_eq!(scripted("echo 42").text(), "42\n");
    }

    #[test]
    fn a_program_fails_with_the_error_that_it_names() {
        let named = scripted(r#"echo log >&2; echo '{"error": "Broken", "cause": "It fell."}' >&2; exit 3"#);
        assert_eq!(named.error(), "Broken: It fell.\n");
        let other = scripted("echo 'It fell.' >&2; exit 3");
        assert_eq!(other.error(), "TaskFailed: sh ended with exit status: 3: It fell.\n");
        assert!(scripted("echo well").error().starts_with("TaskFailed: sh printed no JSON"));
    }

    #[test]
    fn a_prefix_stands_for_every_resource_that_begins_so() {
        assert_eq!(order(&["--task", "${*=cat"]).text(), "{\"total\":7,\"receipt\":{\"total\":7}}\n");
    }

    #[test]
    fn mocks_come_before_programs() {
        let mocks = json!({ "Work": { "output": "mocked" } });
        let ran = run(&work("${Work}"), &mocks, &["--task", "${Work}=cat"]);
        assert_eq!(ran.text(), "\"mocked\"\n");
    }

    #[test]
    fn a_program_that_takes_too_long_is_stopped() {
        let mut machine = work("${Work}");
        machine["States"]["Work"]["TimeoutSeconds"] = json!(1);
        let files = [("machine.json", machine.to_string())];
        let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
        let ended = asl_beside(&files, &["run", "machine.json", "--task", "${Work}=sleep 600"]);
        assert!(ended.error().starts_with("States.Timeout"), "{ended:?}");
    }
}
