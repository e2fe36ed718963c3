//! Retry, Catch and timeouts.

use ackflow_engine::Outcome;
use serde_json::{Value, json};

use super::{echo, run, snapshot};
use crate::simulator::{Answer, Simulator, machine, start};

fn task(fields: Value) -> Value {
    let mut state = json!({ "Type": "Task", "Resource": "${do}", "Next": "Done" });
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({ "StartAt": "Do", "States": {
        "Do": state,
        "Done": { "Type": "Succeed" },
        "Caught": { "Type": "Pass", "End": true },
        "Other": { "Type": "Pass", "Result": "other", "End": true },
    } })
}

fn reachable(fields: Value) -> Value {
    let mut definition = task(fields);
    let text = definition["States"]["Do"].to_string();
    for name in ["Caught", "Other"] {
        if !text.contains(name) {
            definition["States"].as_object_mut().unwrap().remove(name);
        }
    }
    definition
}

/// What an execution failed with that nothing catches.
pub(super) fn runtime_error<'r>(run: &'r Simulator<'_>) -> &'r str {
    match run.outcome() {
        Outcome::Failed { error, cause } if error == "States.Runtime" => cause,
        other => panic!("{other:?}"),
    }
}

/// Where the query stands whose failure ended an execution, and the cause, as the event of it tells.
pub(super) fn failed_query<'r>(run: &'r Simulator<'_>) -> (&'r str, &'r str) {
    assert_eq!(run.error(), "States.QueryEvaluationError");
    let mut events = run.history.iter();
    let event = events.find(|event| event.event_type == "EvaluationFailed").expect("an event tells of it");
    let text = |field: &str| event.details[field].as_str().expect("a text");
    (text("location"), text("cause"))
}

/// When each attempt began, in seconds, if all fail.
fn attempts(retrier: Value, seed: u64) -> Vec<f64> {
    let definition = reachable(json!({ "Retry": [retrier] }));
    let mut start = start(json!({}));
    start.seed = seed;
    let began = start.at;
    let run = Simulator::new(machine(&definition), start, |_| Answer::fails("Busy", "")).run();
    let scheduled = run.history.iter().filter(|event| event.event_type == "LambdaFunctionScheduled");
    scheduled.map(|event| event.timestamp.duration_since(began).as_secs_f64()).collect()
}

#[test]
fn retries_wait_longer_each_time_up_to_the_longest_delay() {
    let all = json!(["States.ALL"]);
    assert_eq!(attempts(json!({ "ErrorEquals": all }), 0), [0.0, 1.0, 3.0, 7.0]);
    assert_eq!(attempts(json!({ "ErrorEquals": all, "MaxAttempts": 0 }), 0), [0.0]);
    let slow = json!({
        "ErrorEquals": all, "IntervalSeconds": 3, "BackoffRate": 1.5, "MaxAttempts": 4, "MaxDelaySeconds": 5,
    });
    assert_eq!(attempts(slow, 0), [0.0, 3.0, 7.5, 12.5, 17.5]);
}

#[test]
fn full_jitter_stays_within_the_delay_and_follows_from_the_seed() {
    let retrier = json!({
        "ErrorEquals": ["States.ALL"], "IntervalSeconds": 4, "MaxAttempts": 6, "MaxDelaySeconds": 20,
        "JitterStrategy": "FULL",
    });
    let mut different = false;
    for seed in 0..50 {
        let times = attempts(retrier.clone(), seed);
        assert_eq!(times, attempts(retrier.clone(), seed));
        different |= times != attempts(retrier.clone(), seed + 1);
        let delays = times.windows(2).map(|pair| pair[1] - pair[0]);
        for (delay, longest) in delays.zip([4.0, 8.0, 16.0, 20.0, 20.0, 20.0]) {
            assert!((0.0..=longest).contains(&delay), "{delay} of {longest}");
        }
    }
    assert!(different);
}

#[test]
fn each_retrier_counts_by_itself() {
    let definition = reachable(json!({ "Retry": [
        { "ErrorEquals": ["Busy"], "MaxAttempts": 2, "BackoffRate": 1 },
        { "ErrorEquals": ["Gone"], "MaxAttempts": 1, "BackoffRate": 1 },
    ] }));
    let mut errors = ["Busy", "Gone", "Busy", "Gone"].into_iter();
    let run = run(&definition, json!({}), |call| {
        errors.next().map_or_else(|| echo(call), |error| Answer::fails(error, "for a while"))
    });
    assert_eq!(run.error(), "Gone");
    assert_eq!(run.calls.len(), 4);
    snapshot("retry", &run.transcript());
}

#[test]
fn retries_are_counted_anew_when_the_state_is_entered_again() {
    let definition = json!({ "StartAt": "Do", "States": {
        "Do": {
            "Type": "Task", "Resource": "${do}", "Next": "Enough",
            "Retry": [{ "ErrorEquals": ["Busy"], "MaxAttempts": 1 }],
        },
        "Enough": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$.n", "NumericGreaterThanEquals": 3, "Next": "Done" }],
            "Default": "Do",
        },
        "Done": { "Type": "Succeed" },
    } });
    let mut calls = 0;
    let run = run(&definition, json!({ "n": 0 }), |_| {
        calls += 1;
        if calls % 2 == 1 { Answer::fails("Busy", "") } else { Answer::gives(json!({ "n": calls / 2 })) }
    });
    assert_eq!(run.output(), &json!({ "n": 3 }));
    assert_eq!(run.calls.len(), 6);
}

#[test]
fn a_catcher_puts_the_error_where_it_is_wanted() {
    let catch = |catcher: Value| {
        let mut catcher = catcher;
        catcher["ErrorEquals"] = json!(["NoFile"]);
        catcher["Next"] = json!("Caught");
        run(&reachable(json!({ "Catch": [catcher] })), json!({ "id": "F1" }), |_| {
            Answer::fails("NoFile", "F1 is gone")
        })
    };
    let error = json!({ "Error": "NoFile", "Cause": "F1 is gone" });
    assert_eq!(catch(json!({})).output(), &error);
    assert_eq!(catch(json!({ "ResultPath": null })).output(), &json!({ "id": "F1" }));
    assert_eq!(catch(json!({ "ResultPath": "$.id.x" })).error(), "States.ResultPathMatchFailure");
    let put = catch(json!({ "ResultPath": "$.error" }));
    assert_eq!(put.output(), &json!({ "id": "F1", "error": error }));
    snapshot("catch", &put.transcript());
}

#[test]
fn the_first_catcher_that_matches_takes_the_error() {
    let definition = reachable(json!({ "Catch": [
        { "ErrorEquals": ["NoFile"], "Next": "Caught" },
        { "ErrorEquals": ["States.TaskFailed"], "Next": "Other" },
    ] }));
    assert_eq!(run(&definition, json!({}), |_| Answer::fails("NoRoom", "")).output(), "other");
    let caught = run(&definition, json!({}), |_| Answer::fails("NoFile", ""));
    assert_eq!(caught.output()["Error"], "NoFile");
}

#[test]
fn nothing_catches_a_runtime_error_but_its_name() {
    let broken = |error: &str| {
        run(
            &reachable(json!({
                "Parameters": { "id.$": "$.none" },
                "Retry": [{ "ErrorEquals": ["States.ALL"] }],
                "Catch": [{ "ErrorEquals": [error], "Next": "Caught" }],
            })),
            json!({}),
            echo,
        )
    };
    let run = broken("States.ALL");
    assert_eq!(run.error(), "States.Runtime");
    assert!(run.elapsed().abs() < f64::EPSILON, "it is not retried");
    assert!(run.calls.is_empty());
}

#[test]
fn a_task_that_takes_too_long_is_stopped() {
    let definition = reachable(json!({
        "TimeoutSeconds": 10,
        "Retry": [{ "ErrorEquals": ["States.Timeout"], "MaxAttempts": 1 }],
        "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }],
    }));
    let run = run(&definition, json!({}), |_| Answer::hangs());
    assert_eq!(run.output(), &json!({ "Error": "States.Timeout", "Cause": "" }));
    assert_eq!(run.cancelled, run.calls.iter().map(|call| call.task).collect::<Vec<_>>());
    snapshot("task_timeout", &run.transcript());
}

#[test]
fn a_task_in_time_leaves_no_timer_behind() {
    let definition = reachable(json!({ "TimeoutSeconds": 10 }));
    let mut run = Simulator::new(machine(&definition), start(json!({})), |call| echo(call).after(9));
    assert!(run.execution.next_due().is_some());
    run.step();
    assert_eq!(run.execution.next_due(), None);
    assert_eq!(run.output(), &json!({}));
}

#[test]
fn a_timeout_can_be_read_from_the_input() {
    let definition = reachable(json!({ "TimeoutSecondsPath": "$.patience" }));
    let run_with = |patience: Value| run(&definition, json!({ "patience": patience }), |_| Answer::hangs());
    let run = run_with(json!(3));
    assert_eq!(run.error(), "States.Timeout");
    assert!((run.elapsed() - 3.0).abs() < f64::EPSILON);
    assert_eq!(run_with(json!("soon")).error(), "States.Runtime");
}

/// The limits are those of seconds that are written down.
#[test]
fn seconds_that_are_read_have_limits() {
    let run_with = |fields: Value, seconds: u64| run(&reachable(fields), json!({ "n": seconds }), echo);
    for path in ["TimeoutSecondsPath", "HeartbeatSecondsPath"] {
        let run_with = |seconds: u64| run_with(json!({ path: "$.n" }), seconds);
        for seconds in [0, 100_000_000] {
            let run = run_with(seconds);
            let cause = runtime_error(&run);
            let wanted = format!(
                "The {path} parameter must reference a whole number from 1 to 99999999: $.n == {seconds}"
            );
            assert!(cause.ends_with(&wanted), "{cause}");
            assert!(run.calls.is_empty());
        }
        assert_eq!(run_with(99_999_999).output()["n"], 99_999_999);
    }

    let heartbeat =
        |seconds: u64| run_with(json!({ "TimeoutSeconds": 60, "HeartbeatSecondsPath": "$.n" }), seconds);
    assert_eq!(heartbeat(59).output()["n"], 59);
    let run = heartbeat(60);
    let cause = runtime_error(&run);
    assert!(
        cause.ends_with("The heartbeat's 60 seconds must be less than the timeout's 60 seconds."),
        "{cause}"
    );
}

#[test]
fn a_query_gives_a_timeout_within_the_limits() {
    let run_with = |field: &str, seconds: Value| {
        let fields = json!({ "QueryLanguage": "JSONata", field: "{% $states.input %}" });
        run(&reachable(fields), seconds, echo)
    };
    for field in ["TimeoutSeconds", "HeartbeatSeconds"] {
        for seconds in [json!(0), json!(1.5), json!(100_000_000)] {
            let run = run_with(field, seconds.clone());
            let (location, cause) = failed_query(&run);
            assert_eq!(location, field);
            let wanted = format!("a whole number from 1 to 99999999, and it returned {seconds}.");
            assert!(cause.ends_with(&wanted), "{cause}");
        }
        assert_eq!(run_with(field, json!(1)).output(), 1);
    }
}

#[test]
fn an_execution_that_takes_too_long_ends() {
    let mut definition = reachable(json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }] }));
    definition["TimeoutSeconds"] = json!(60);
    let run = run(&definition, json!({}), |_| Answer::hangs());
    assert_eq!(run.outcome(), &Outcome::TimedOut);
    assert_eq!(run.cancelled.len(), 1);
    assert!(run.execution.running_tasks().is_empty());
    assert_eq!(run.execution.next_due(), None);
    snapshot("machine_timeout", &run.transcript());
}

#[test]
fn a_result_after_the_timeout_is_about_nothing() {
    let definition = reachable(json!({
        "TimeoutSeconds": 1,
        "Catch": [{ "ErrorEquals": ["States.Timeout"], "Next": "Caught" }],
    }));
    let mut run = run(&definition, json!({}), |_| Answer::hangs());
    let task = run.calls[0].task;
    let late = ackflow_engine::Signal::TaskSucceeded { task, output: json!(1) };
    assert_eq!(run.execution.apply(&late, run.now), None);
    assert_eq!(run.execution.apply(&ackflow_engine::Signal::TimersDue, run.now), None);
    assert_eq!(run.execution.apply(&ackflow_engine::Signal::Redriven, run.now), None);
    assert!(run.execution.take_history().is_empty());
}
