//! A simulation tells an execution all that can be heard of a task.

use ackflow_engine::Simulation;
use serde_json::{Value, json};

use crate::simulator::{Answer, machine, start};

fn run(resource: &str, fields: &Value, answer: &Answer) -> Simulation<'static> {
    let mut state = json!({ "Type": "Task", "Resource": resource, "End": true });
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let definition = json!({ "StartAt": "Do", "States": { "Do": state } });
    let answer = answer.clone();
    Simulation::new(machine(&definition), start(json!({})), move |_| answer.clone()).run()
}

fn types(run: &Simulation<'_>) -> Vec<&'static str> {
    run.history[2..].iter().map(|event| event.event_type).collect()
}

const JOB: &str = "arn:aws:states:::states:startExecution.sync";
const CALLBACK: &str = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
const ACTIVITY: &str = "arn:aws:states:us-east-1:111111111111:activity:one";

#[test]
fn a_job_is_submitted_before_it_ends() {
    let answer = Answer::gives(json!("done")).submitted(json!({ "id": 1 })).after(7);
    let run = run(JOB, &json!({ "Parameters": {} }), &answer);
    let told = ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited"];
    assert_eq!(types(&run)[..5], told);
    assert_eq!(run.history[4].details["output"], json!({ "id": 1 }));
    assert_eq!((run.output(), run.elapsed()), (&json!("done"), 7.0));
}

#[test]
fn heartbeats_keep_a_task_alive() {
    let fields = json!({ "HeartbeatSeconds": 5, "Parameters": { "token.$": "$$.Task.Token" } });
    let silent = Answer::gives(json!("late")).submitted(json!({})).after(8);
    let late = run(CALLBACK, &fields, &silent);
    assert_eq!((late.error(), late.elapsed()), ("States.Timeout", 5.0));
    let alive = run(CALLBACK, &fields, &silent.heartbeat(4));
    assert_eq!((alive.output(), alive.elapsed()), (&json!("late"), 8.0));
}

#[test]
fn a_worker_takes_the_task_of_an_activity() {
    let fields = json!({ "TimeoutSeconds": 60 });
    let taken = run(ACTIVITY, &fields, &Answer::fails("Odd", "it is").taken_by("w1"));
    assert_eq!(types(&taken), ["ActivityScheduled", "ActivityStarted", "ActivityFailed", "ExecutionFailed"]);
    assert_eq!(taken.history[3].details, json!({ "workerName": "w1" }));
    let left = run(ACTIVITY, &fields, &Answer::gives(json!(1)).not_taken());
    assert_eq!(types(&left), ["ActivityScheduled", "ActivityTimedOut", "ExecutionFailed"]);
}

#[test]
fn what_waits_for_ever_stops() {
    let run = run("${do}", &json!({}), &Answer::hangs());
    assert_eq!(run.execution.outcome(), None);
    assert_eq!(run.calls.len(), 1);
}
