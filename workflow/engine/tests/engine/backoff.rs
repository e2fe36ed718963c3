//! How long retries wait, to the second.
//!
//! Source: <https://states-language.net/spec.html>, "Retrying after error"

use std::iter;

use serde_json::{Value, json};

use crate::simulator::{Answer, Simulator, machine, start};

fn task(fields: Value) -> Value {
    let mut state = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": { "FunctionName": "charge" },
        "End": true,
    });
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({ "StartAt": "Charge", "States": { "Charge": state } })
}

/// Seconds from each scheduled task to the next. The tasks answer in this order; any more of them succeed.
fn between_tasks(definition: &Value, answers: impl IntoIterator<Item = Answer>) -> Vec<f64> {
    let mut answers = answers.into_iter();
    let run = Simulator::new(machine(definition), start(json!({})), |_| {
        answers.next().unwrap_or_else(|| Answer::gives(json!("charged")))
    })
    .run();
    let scheduled = run.history.iter().filter(|event| event.event_type == "TaskScheduled");
    let times: Vec<_> = scheduled.map(|event| event.timestamp).collect();
    times.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs_f64()).collect()
}

fn fails(error: &str) -> Answer {
    Answer::fails(error, "")
}

#[test]
fn each_retrier_has_a_backoff_of_its_own() {
    let definition = task(json!({ "Retry": [
        { "ErrorEquals": ["Busy", "Throttled"], "IntervalSeconds": 2 },
        { "ErrorEquals": ["Offline"], "IntervalSeconds": 7, "BackoffRate": 1.5 },
        { "ErrorEquals": ["States.ALL"], "IntervalSeconds": 60 },
    ] }));
    let errors = ["Busy", "Offline", "Throttled", "Odd", "Offline", "Busy"];
    assert_eq!(between_tasks(&definition, errors.map(fails)), [2.0, 7.0, 4.0, 60.0, 10.5, 8.0]);
}

#[test]
fn the_longest_delay_is_that_of_its_retrier() {
    let definition = task(json!({ "Retry": [
        {
            "ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 10,
            "MaxAttempts": 4,
        },
        { "ErrorEquals": ["States.ALL"], "IntervalSeconds": 20 },
    ] }));
    let errors = ["Busy", "Busy", "Odd", "Busy", "Busy"];
    assert_eq!(between_tasks(&definition, errors.map(fails)), [2.0, 6.0, 20.0, 10.0, 10.0]);
}

#[test]
fn the_wait_begins_when_the_task_has_timed_out() {
    let retrier = json!({ "ErrorEquals": ["States.Timeout"], "IntervalSeconds": 5 });
    let definition = task(json!({ "TimeoutSeconds": 30, "Retry": [retrier] }));
    let answers = [Answer::hangs(), Answer::hangs(), fails("Busy").after(29)];
    assert_eq!(between_tasks(&definition, answers), [35.0, 40.0]);
}

#[test]
fn the_wait_begins_when_a_heartbeat_has_stayed_away() {
    let definition = task(json!({
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": { "FunctionName": "charge", "Payload": { "token.$": "$$.Task.Token" } },
        "HeartbeatSeconds": 10,
        "Retry": [{ "ErrorEquals": ["States.HeartbeatTimeout"], "IntervalSeconds": 3, "BackoffRate": 1 }],
    }));
    let silent = Answer::hangs().submitted(json!({}));
    let answers = [silent.clone(), silent.heartbeat(8)];
    assert_eq!(between_tasks(&definition, answers), [13.0, 21.0]);
}

#[test]
fn the_backoff_begins_anew_on_each_visit() {
    let mut definition = task(json!({ "Retry": [{ "ErrorEquals": ["Busy"] }] }));
    let charge = definition["States"]["Charge"].as_object_mut().unwrap();
    charge.remove("End");
    charge.insert("Next".to_owned(), json!("Enough"));
    definition["States"]["Enough"] = json!({
        "Type": "Choice",
        "Choices": [{ "Variable": "$.visit", "NumericEquals": 2, "Next": "Done" }],
        "Default": "Charge",
    });
    definition["States"]["Done"] = json!({ "Type": "Succeed" });
    let visit = |number: u8| [fails("Busy"), fails("Busy"), Answer::gives(json!({ "visit": number }))];
    let answers = [visit(1), visit(2)].into_iter().flatten();
    assert_eq!(between_tasks(&definition, answers), [1.0, 2.0, 0.0, 1.0, 2.0]);
}

#[test]
fn the_retries_of_a_branch_begin_anew_with_each_of_the_parallel() {
    let branch = task(json!({ "Retry": [{ "ErrorEquals": ["Busy"], "MaxAttempts": 1 }] }));
    let definition = json!({ "StartAt": "Only", "States": { "Only": {
        "Type": "Parallel",
        "Branches": [branch],
        "Retry": [{ "ErrorEquals": ["Busy"], "IntervalSeconds": 10, "MaxAttempts": 2 }],
        "End": true,
    } } });
    let answers = iter::repeat_n(fails("Busy"), 6);
    assert_eq!(between_tasks(&definition, answers), [1.0, 10.0, 1.0, 20.0, 1.0]);
}
