//! Each type of state by itself.

use ackflow_engine::{Outcome, Start, WorkflowType};
use jiff::SignedDuration;
use serde_json::json;

use super::{echo, errors::failed_query, run, run_alone, snapshot};
use crate::simulator::{Answer, Simulator, epoch, machine, start};

#[test]
fn a_task_is_scheduled_and_gives_its_result() {
    let definition = json!({ "StartAt": "Fetch", "States": {
        "Fetch": { "Type": "Task", "Resource": "arn:aws:lambda:local:000000000000:function:fetch", "Next": "Tell" },
        "Tell": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": { "Message.$": "$.id" },
            "TimeoutSeconds": 30,
            "End": true,
        },
    } });
    let run = run(&definition, json!({ "id": "F1" }), |call| echo(call).after(2));
    snapshot("task", &run.transcript());
    let tokens: Vec<_> = run.calls.iter().map(|call| call.token.as_str()).collect();
    assert_eq!(tokens, ["flow:one:3", "flow:one:8"]);
}

#[test]
fn the_integrations_have_their_own_events() {
    let resource = |resource: &str| {
        let definition = json!({ "StartAt": "Call", "States": {
            "Call": { "Type": "Task", "Resource": resource, "End": true },
        } });
        let run = run(&definition, json!({}), echo);
        let scheduled = run.history.into_iter().nth(2).expect("a scheduling event");
        (
            scheduled.event_type.to_owned(),
            scheduled.details["resourceType"].clone(),
            scheduled.details["resource"].clone(),
        )
    };
    let of = |event: &str, service: &str, action: &str| (event.to_owned(), json!(service), json!(action));
    assert_eq!(
        resource("arn:aws:states:::aws-sdk:s3:getObject"),
        of("TaskScheduled", "aws-sdk:s3", "getObject")
    );
    assert_eq!(
        resource("arn:aws:states:::states:startExecution.sync:2"),
        of("TaskScheduled", "states", "startExecution.sync:2")
    );
    assert_eq!(resource("arn:aws:states:us-east-1:000000000000:activity:sign").0, "ActivityScheduled");
    assert_eq!(resource("${FetchFunctionArn}").0, "LambdaFunctionScheduled");
}

#[test]
fn a_pass_gives_its_input_or_its_result() {
    let definition = json!({ "StartAt": "Keep", "States": {
        "Keep": { "Type": "Pass", "Next": "Put" },
        "Put": { "Type": "Pass", "Result": { "done": true }, "ResultPath": "$.put", "Next": "Build" },
        "Build": { "Type": "Pass", "Parameters": { "was.$": "$.put.done" }, "End": true },
    } });
    snapshot("pass", &run_alone(&definition, json!({ "a": 1 })).transcript());
}

#[test]
fn a_choice_takes_the_first_rule_that_holds() {
    let definition = json!({ "StartAt": "Which", "States": {
        "Which": {
            "Type": "Choice",
            "Choices": [
                { "Variable": "$.stage", "StringEquals": "prod", "Next": "Ask" },
                { "Variable": "$.stage", "StringMatches": "*", "Next": "Deploy" },
            ],
            "Default": "Ask",
        },
        "Ask": { "Type": "Pass", "Result": "asked", "End": true },
        "Deploy": { "Type": "Pass", "Result": "deployed", "End": true },
    } });
    assert_eq!(run_alone(&definition, json!({ "stage": "prod" })).output(), "asked");
    assert_eq!(run_alone(&definition, json!({ "stage": 1 })).output(), "asked");
    snapshot("choice", &run_alone(&definition, json!({ "stage": "stg" })).transcript());
}

#[test]
fn a_choice_without_a_way_out_fails() {
    let definition = json!({ "StartAt": "Which", "States": {
        "Which": { "Type": "Choice", "Choices": [{ "Variable": "$.n", "NumericEquals": 1, "Next": "One" }] },
        "One": { "Type": "Succeed" },
    } });
    assert_eq!(run_alone(&definition, json!({ "n": 2 })).error(), "States.Runtime");
    assert_eq!(run_alone(&definition, json!({})).error(), "States.Runtime");
}

#[test]
fn a_wait_waits_in_each_of_its_forms() {
    let waits = |how: serde_json::Value| {
        let mut state = json!({ "Type": "Wait", "End": true });
        state.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
        let definition = json!({ "StartAt": "Wait", "States": { "Wait": state } });
        run_alone(&definition, json!({ "for": 90, "until": "2026-03-01T12:00:01.0005Z", "bad": -1 }))
    };
    assert!((waits(json!({ "Seconds": 60 })).elapsed() - 60.0).abs() < f64::EPSILON);
    assert!((waits(json!({ "SecondsPath": "$.for" })).elapsed() - 90.0).abs() < f64::EPSILON);
    assert!((waits(json!({ "Timestamp": "2026-03-01T13:00:00+01:00" })).elapsed()).abs() < f64::EPSILON);
    // Between two milliseconds: it is over at the later one, or a clock of whole milliseconds would miss it.
    assert!((waits(json!({ "TimestampPath": "$.until" })).elapsed() - 1.001).abs() < f64::EPSILON);
    assert!((waits(json!({ "Timestamp": "2020-01-01T00:00:00Z" })).elapsed()).abs() < f64::EPSILON);
    assert_eq!(waits(json!({ "SecondsPath": "$.bad" })).error(), "States.Runtime");
    assert_eq!(waits(json!({ "TimestampPath": "$.for" })).error(), "States.Runtime");
    snapshot("wait", &waits(json!({ "Seconds": 60 })).transcript());
}

/// As recorded from AWS: 24,855 days are waited for, and 24,856 are not.
#[test]
fn a_wait_has_an_end() {
    let wait = |how: &str, input: serde_json::Value| {
        let mut state = json!({ "Type": "Wait", "End": true });
        state[how] = json!("$.x");
        let definition = json!({ "StartAt": "Wait", "States": { "Wait": state } });
        run_alone(&definition, json!({ "x": input }))
    };
    let until = |days: i64| wait("TimestampPath", json!(epoch() + SignedDuration::from_hours(24 * days)));
    assert!((until(24_855).elapsed() - 24_855.0 * 86_400.0).abs() < f64::EPSILON);
    assert_eq!(until(24_856).error(), "States.Runtime");
    let Outcome::Failed { cause, .. } =
        wait("TimestampPath", json!("9999-12-01T00:00:00Z")).outcome().clone()
    else {
        panic!("nobody waits for thousands of years");
    };
    assert!(cause.contains("68 years"), "{cause}");
    assert!((wait("SecondsPath", json!(2_147_483_647)).elapsed() - 2_147_483_647.0).abs() < f64::EPSILON);
    assert_eq!(wait("SecondsPath", json!(1_000_000_000_000_u64)).error(), "States.Runtime");
    assert_eq!(wait("SecondsPath", json!(u64::MAX)).error(), "States.Runtime");
}

/// The limits are those of seconds that are written down.
#[test]
fn a_query_gives_seconds_within_the_limits() {
    let wait = |seconds: serde_json::Value| {
        let state = json!({ "Type": "Wait", "Seconds": "{% $states.input %}", "End": true });
        let definition =
            json!({ "QueryLanguage": "JSONata", "StartAt": "Wait", "States": { "Wait": state } });
        run_alone(&definition, seconds)
    };
    for seconds in [json!(-1), json!(1.5), json!(100_000_000)] {
        let run = wait(seconds.clone());
        let (location, cause) = failed_query(&run);
        assert_eq!(location, "Seconds");
        let wanted = format!(
            "The JSONata expression '$states.input' specified for the field 'Seconds' must return a whole number from \
             0 to 99999999, and it returned {seconds}."
        );
        assert!(cause.ends_with(&wanted), "{cause}");
    }
    assert!(wait(json!(0)).elapsed().abs() < f64::EPSILON);
    assert!((wait(json!(99_999_999)).elapsed() - 99_999_999.0).abs() < f64::EPSILON);
}

/// Clocks tell whole milliseconds: the end of time is the last of them.
#[test]
fn a_wait_beyond_the_end_of_time_is_over_at_its_end() {
    let definition =
        json!({ "StartAt": "Wait", "States": { "Wait": { "Type": "Wait", "Seconds": 60, "End": true } } });
    let at = "9999-12-30T21:59:59Z".parse().expect("a timestamp");
    let start = Start { at, ..start(json!({})) };
    let run = Simulator::new(machine(&definition), start, |call| panic!("{call:?}")).run();
    assert_eq!(run.output(), &json!({}));
    assert_eq!(run.now.subsec_nanosecond() % 1_000_000, 0);
}

#[test]
fn a_succeed_ends_well_and_a_fail_does_not() {
    let succeed =
        json!({ "StartAt": "Done", "States": { "Done": { "Type": "Succeed", "InputPath": "$.a" } } });
    snapshot("succeed", &run_alone(&succeed, json!({ "a": 1 })).transcript());

    let fail = |fields: serde_json::Value| {
        let mut state = json!({ "Type": "Fail" });
        state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let definition = json!({ "StartAt": "Fail", "States": { "Fail": state } });
        run_alone(&definition, json!({ "error": "NoDisk", "n": 3 }))
    };
    snapshot("fail", &fail(json!({ "Error": "NoDisk", "Cause": "The disk is full." })).transcript());
    let by_path = json!({ "ErrorPath": "$.error", "CausePath": "States.Format('{} disks', $.n)" });
    let wanted = Outcome::Failed { error: "NoDisk".to_owned(), cause: "3 disks".to_owned() };
    assert_eq!(fail(by_path).outcome(), &wanted);
    assert_eq!(fail(json!({ "ErrorPath": "$.n" })).error(), "States.Runtime");
    assert_eq!(fail(json!({})).history.last().unwrap().details, json!({}));
}

#[test]
fn a_parallel_runs_its_branches_side_by_side() {
    let task = |resource: &str| json!({ "Type": "Task", "Resource": resource, "End": true });
    let definition = json!({ "StartAt": "Both", "States": { "Both": {
        "Type": "Parallel",
        "Parameters": { "file.$": "$.id" },
        "Branches": [
            { "StartAt": "Store", "States": { "Store": task("${store}") } },
            { "StartAt": "Tell", "States": { "Tell": task("${tell}") } },
        ],
        "ResultSelector": { "stored.$": "$[0].file", "told.$": "$[1].file" },
        "ResultPath": "$.both",
        "End": true,
    } } });
    // The second branch ends first; the results keep the order of the branches.
    let run = run(&definition, json!({ "id": "F1" }), |call| {
        echo(call).after(if call.state == "Store" { 5 } else { 1 })
    });
    snapshot("parallel", &run.transcript());
}

/// As AWS was seen to do it for a Map.
#[test]
fn a_parallel_whose_query_fails_tells_so() {
    let definition = json!({ "QueryLanguage": "JSONata", "StartAt": "Both", "States": { "Both": {
        "Type": "Parallel",
        "Arguments": "{% $states.input.none %}",
        "Branches": [{ "StartAt": "Pass", "States": { "Pass": { "Type": "Pass", "End": true } } }],
        "End": true,
    } } });
    let run = run_alone(&definition, json!({}));
    let (location, _) = failed_query(&run);
    assert_eq!(location, "Arguments");
    let types: Vec<_> = run.history.iter().map(|event| event.event_type).collect();
    assert_eq!(types[2..], ["EvaluationFailed", "ParallelStateFailed", "ExecutionFailed"]);
}

#[test]
fn an_endless_loop_ends_at_the_limit_of_events() {
    let definition = json!({ "StartAt": "Again", "States": {
        "Again": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$.enough", "IsPresent": true, "Next": "Enough" }],
            "Default": "Again",
        },
        "Enough": { "Type": "Succeed" },
    } });
    let run = run_alone(&definition, json!({}));
    assert_eq!(run.error(), "States.Runtime");
    assert_eq!(run.history.len(), 25_000);
    assert_eq!(run.history.last().unwrap().event_type, "ExecutionFailed");
}

/// An Express workflow has five minutes, and no limit of events.
#[test]
fn an_express_workflow_goes_beyond_the_limit_of_events() {
    let run = |rounds: u32| {
        let definition = json!({ "StartAt": "Count", "States": {
            "Count": { "Type": "Pass", "Parameters": { "n.$": "States.MathAdd($.n, 1)" }, "Next": "Again" },
            "Again": {
                "Type": "Choice",
                "Choices": [{ "Variable": "$.n", "NumericLessThan": rounds, "Next": "Count" }],
                "Default": "Done",
            },
            "Done": { "Type": "Succeed" },
        } });
        let start = Start { workflow_type: WorkflowType::Express, ..start(json!({ "n": 0 })) };
        Simulator::new(machine(&definition), start, |call| panic!("{call:?}")).run()
    };
    assert_eq!(run(7_000).output(), &json!({ "n": 7_000 }));
    // What has no end takes too long, although no time passes here.
    assert_eq!(run(u32::MAX).outcome(), &Outcome::TimedOut);
}

/// A task that is tried again and again enters no state, and meets the limit all the same.
#[test]
fn endless_retries_end_at_the_limit_of_events() {
    let definition = json!({ "StartAt": "Try", "States": { "Try": {
        "Type": "Task",
        "Resource": "${try}",
        "Retry": [{ "ErrorEquals": ["States.ALL"], "MaxAttempts": 99_999_999, "MaxDelaySeconds": 2 }],
        "End": true,
    } } });
    let run = run(&definition, json!({}), |_| Answer::fails("Busy", "still"));
    assert_eq!(run.error(), "States.Runtime");
    assert_eq!(run.history.last().unwrap().id, 25_000);
}
