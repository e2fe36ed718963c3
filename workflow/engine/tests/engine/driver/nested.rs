//! Tasks that start executions of other machines.

use std::sync::Arc;

use ackflow_engine::{Answered, Outcome, Settings, Started, Status, TaskCall, TaskError};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::world::{Run, World, failure, in_time, is_end, raw};

/// Starts an execution of `child`: in which form, and with which parameters besides the machine.
fn parent(form: &str, parameters: Value) -> Value {
    let mut state = json!({
        "Type": "Task",
        "Resource": format!("arn:aws:states:::states:startExecution{form}"),
        "Parameters": { "StateMachineArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:child" },
        "End": true,
    });
    state["Parameters"].as_object_mut().unwrap().extend(parameters.as_object().unwrap().clone());
    json!({ "StartAt": "Nest", "States": { "Nest": state } })
}

/// Does its work in one task.
fn child() -> Value {
    json!({ "StartAt": "Do", "States": { "Do": { "Type": "Task", "Resource": "${Do}", "End": true } } })
}

/// Waits for an hour.
fn slow_child() -> Value {
    json!({ "StartAt": "Wait", "States": { "Wait": { "Type": "Wait", "Seconds": 3600, "End": true } } })
}

async fn scripted(call: TaskCall) -> Result<Value, TaskError> {
    if call.input["fails"] == true { failure("Broken") } else { Ok(json!({ "done": call.input })) }
}

fn world(parent: Value, child: Value) -> World {
    let mut world = World::new(parent, scripted);
    world.others.push(("child", child));
    world
}

/// Runs `one` until it and so many other executions have ended.
async fn ran(world: &World, others: usize) -> Run {
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.ended(1 + others).await;
    run
}

async fn output(world: &World) -> Value {
    match world.replay("one").await.0 {
        Some(Outcome::Succeeded { output }) => Value::clone(&output),
        other => panic!("it did not succeed: {other:?}"),
    }
}

/// The error and the cause that `one` failed with.
async fn failed(world: &World) -> (String, String) {
    match world.replay("one").await.0 {
        Some(Outcome::Failed { error, cause }) => (error, cause),
        other => panic!("it did not fail: {other:?}"),
    }
}

async fn types(world: &World) -> Vec<&'static str> {
    world.replay("one").await.1.iter().map(|event| event.event_type).collect()
}

/// Waits until an execution stands so.
async fn stands(world: &World, run: &mut Run, name: &str, status: Status) {
    while world.row(name).await.status != status {
        in_time(run.told.recv()).await.expect("the engine runs");
    }
}

const CHILD: &str = "arn:aws:states:local:000000000000:execution:child:two";

#[tokio::test]
async fn a_task_may_end_when_the_execution_has_started() {
    let world = world(parent("", json!({ "Name": "two", "Input": { "a": 1 } })), slow_child());
    let mut run = ran(&world, 0).await;
    let started = world.row("two").await.start;
    assert_eq!(started.input, json!({ "a": 1 }));
    let expected = json!({ "ExecutionArn": CHILD, "StartDate": started.at.as_millisecond() });
    assert_eq!(output(&world).await, expected);
    assert!(!types(&world).await.contains(&"TaskSubmitted"));
    // It goes on, though its parent has ended.
    run.ended(1).await;
    assert_eq!(world.row("two").await.status, Status::Succeeded);
}

#[tokio::test]
async fn a_task_may_wait_for_the_end() {
    let world = world(parent(".sync", json!({ "Name": "two", "Input": { "a": 1 } })), child());
    ran(&world, 1).await;
    let row = world.row("two").await;
    let expected = json!({
        "ExecutionArn": CHILD,
        "Input": "{\"a\":1}",
        "InputDetails": { "Included": true },
        "Name": "two",
        "Output": "{\"done\":{\"a\":1}}",
        "OutputDetails": { "Included": true },
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StartDate": row.start.at.as_millisecond(),
        "StateMachineArn": "arn:aws:states:local:000000000000:stateMachine:child",
        "Status": "SUCCEEDED",
        "StopDate": row.ended_at.unwrap().as_millisecond(),
    });
    assert_eq!(output(&world).await.to_string(), expected.to_string(), "in this order too");
    let types = types(&world).await;
    assert_eq!(types[2..6], ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]);
    let (_, history) = world.replay("one").await;
    assert_eq!(history[4].details["output"]["ExecutionArn"], CHILD);
}

#[tokio::test]
async fn a_task_may_want_the_output_as_json() {
    let world = world(parent(".sync:2", json!({ "Input": { "a": 1 } })), child());
    ran(&world, 1).await;
    let output = output(&world).await;
    assert_eq!((&output["Input"], &output["Output"]), (&json!({ "a": 1 }), &json!({ "done": { "a": 1 } })));
}

#[tokio::test]
async fn a_task_may_wait_for_an_answer() {
    let parameters = json!({ "Input": { "token.$": "$$.Task.Token" } });
    let world = world(parent(".waitForTaskToken", parameters), child());
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.ended(1).await;
    let token = world.calls()[0].input["token"].as_str().unwrap().to_owned();
    assert_eq!(in_time(run.engine.answer(&token, Ok(json!("yes")))).await.unwrap(), Answered::Taken);
    run.ended(1).await;
    assert_eq!(output(&world).await, json!("yes"));
}

#[tokio::test]
async fn an_input_may_be_left_out_or_be_text() {
    for (given, expected) in [
        (json!({}), json!({})),
        (json!({ "Input": null }), json!({})),
        (json!({ "Input": "{\"a\": [1]}" }), json!({ "a": [1] })),
        (json!({ "Input": "{\"a\": [1" }), json!("{\"a\": [1")),
        (json!({ "Input": [1, 2] }), json!([1, 2])),
    ] {
        let world = world(parent(".sync", given), child());
        ran(&world, 1).await;
        assert_eq!(world.calls()[0].input, expected);
    }
}

#[tokio::test]
async fn a_machine_may_be_named_in_short_or_with_its_alias() {
    for machine in ["child", "arn:aws:states:eu-central-1:123456789012:stateMachine:child:PROD"] {
        let world = world(parent(".sync:2", json!({ "StateMachineArn": machine })), child());
        ran(&world, 1).await;
        assert_eq!(output(&world).await["Output"], json!({ "done": {} }));
    }
}

#[tokio::test]
async fn an_execution_that_fails_fails_the_task() {
    for form in [".sync", ".sync:2"] {
        let world = world(parent(form, json!({ "Name": "two", "Input": { "fails": true } })), child());
        ran(&world, 1).await;
        let (error, cause) = failed(&world).await;
        assert_eq!(error, "States.TaskFailed");
        let cause: Value = serde_json::from_str(&cause).unwrap();
        assert_eq!((&cause["Error"], &cause["Cause"]), (&json!("Broken"), &json!("as scripted")));
        assert_eq!((&cause["Status"], &cause["Input"]), (&json!("FAILED"), &json!("{\"fails\":true}")));
        assert_eq!((&cause["ExecutionArn"], cause.get("Output")), (&json!(CHILD), None));
        assert_eq!(types(&world).await[4..6], ["TaskSubmitted", "TaskFailed"]);
    }
}

#[tokio::test]
async fn an_execution_that_takes_too_long_fails_the_task() {
    let mut late = slow_child();
    late["TimeoutSeconds"] = json!(60);
    let world = world(parent(".sync", json!({})), late);
    ran(&world, 1).await;
    let (error, cause) = failed(&world).await;
    let cause: Value = serde_json::from_str(&cause).unwrap();
    assert_eq!(error, "States.TaskFailed");
    assert_eq!((&cause["Status"], &cause["Error"]), (&json!("TIMED_OUT"), &json!("States.Timeout")));
    assert_eq!(world.clock.elapsed(), 60);
}

#[tokio::test]
async fn what_cannot_be_started_fails_the_task() {
    for (parameters, error, says) in [
        (json!({ "StateMachineArn": "other" }), "StepFunctions.StateMachineDoesNotExistException", "'other'"),
        (json!({ "StateMachineArn": 7 }), "States.Runtime", "StateMachineArn"),
        (json!({ "Name": "a b" }), "StepFunctions.InvalidNameException", "\"a b\""),
        (json!({ "Name": "a".repeat(81) }), "StepFunctions.InvalidNameException", "1 to 80"),
        (json!({ "Name": 7 }), "StepFunctions.InvalidNameException", "7"),
    ] {
        let mut definition = parent(".sync", json!({}));
        let state = &mut definition["States"]["Nest"];
        state.as_object_mut().unwrap().remove("Parameters");
        // As input, so that no validator sees what is wrong.
        let mut input = json!({ "StateMachineArn": "child" });
        input.as_object_mut().unwrap().extend(parameters.as_object().unwrap().clone());
        let world = world(definition, child());
        let mut run = world.start_up().await;
        run.start("one", input).await;
        run.ended(1).await;
        let (found, cause) = failed(&world).await;
        assert_eq!(found, error);
        assert!(cause.contains(says), "{cause}");
        assert_eq!(world.statuses().await.len(), 1);
    }
}

/// Two branches, each with a name and an input.
fn twice(first: &Value, second: &Value) -> Value {
    let branch = |name: &str, parameters: &Value| {
        let states = parent(".sync:2", parameters.clone())["States"]["Nest"].take();
        json!({ "StartAt": name, "States": { name: states } })
    };
    let branches = [branch("First", first), branch("Second", second)];
    json!({ "StartAt": "Both", "States": {
        "Both": { "Type": "Parallel", "End": true, "Branches": branches },
    } })
}

#[tokio::test]
async fn the_same_name_and_input_are_the_same_execution() {
    let same = json!({ "Name": "two", "Input": { "a": 1 } });
    let world = world(twice(&same, &same), child());
    ran(&world, 1).await;
    let output = output(&world).await;
    assert_eq!(output[0], output[1]);
    assert_eq!(world.calls().len(), 1);
}

#[tokio::test]
async fn an_execution_may_have_ended_before_it_is_started_again() {
    let world = world(parent(".sync:2", json!({ "Name": "two", "Input": { "a": 1 } })), child());
    let mut run = ran(&world, 1).await;
    let first = output(&world).await;
    run.start("three", json!({})).await;
    run.ended(1).await;
    assert_eq!(world.replay("three").await.0, Some(Outcome::Succeeded { output: first.into() }));
    assert_eq!(world.calls().len(), 1);
}

#[tokio::test]
async fn the_same_name_with_another_input_is_refused() {
    let (first, second) = (json!({ "Name": "two" }), json!({ "Name": "two", "Input": [1] }));
    let world = world(twice(&first, &second), slow_child());
    ran(&world, 1).await;
    let (error, cause) = failed(&world).await;
    assert_eq!(error, "StepFunctions.ExecutionAlreadyExistsException");
    assert!(cause.contains("\"two\""), "{cause}");
    // Its sibling's task is cancelled, and so is what that started.
    assert_eq!(world.row("two").await.status, Status::Aborted);
}

/// Each attempt is an execution of its own where no name is given.
#[tokio::test]
async fn a_retry_starts_another_execution() {
    let mut definition = parent(".sync", json!({ "Input": { "fails": true } }));
    let retrier = json!({ "ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2 });
    definition["States"]["Nest"]["Retry"] = json!([retrier]);
    let world = world(definition, child());
    ran(&world, 3).await;
    assert_eq!(world.calls().len(), 3);
    assert_eq!(world.statuses().await.len(), 4);
}

/// However few may be in memory: who waits for another's end is in nobody's way.
#[tokio::test]
async fn many_wait_while_few_may_run() {
    let mut world = world(parent(".sync", json!({})), slow_child());
    world.settings = Settings { max_running_tasks: 1, max_active_executions: 1, max_idle_executions: 0 };
    let mut run = world.start_up().await;
    for name in 0..20 {
        assert_eq!(run.start(&name.to_string(), json!({})).await, Started::New);
    }
    run.ended(40).await;
    assert!(world.statuses().await.values().all(|status| *status == Status::Succeeded));
}

#[tokio::test]
async fn an_execution_may_start_one_that_starts_one() {
    let mut world = world(parent(".sync:2", json!({ "Input": { "a": 1 } })), Value::Null);
    let mut middle = parent(".sync:2", json!({ "Input.$": "$" }));
    middle["States"]["Nest"]["Parameters"]["StateMachineArn"] = json!("last");
    world.others = vec![("child", middle), ("last", child())];
    ran(&world, 2).await;
    assert_eq!(output(&world).await["Output"]["Output"], json!({ "done": { "a": 1 } }));
}

#[tokio::test]
async fn a_task_that_takes_too_long_stops_the_execution() {
    let mut definition = parent(".sync", json!({ "Name": "two" }));
    definition["States"]["Nest"]["TimeoutSeconds"] = json!(60);
    let world = world(definition, slow_child());
    ran(&world, 1).await;
    assert_eq!(failed(&world).await, ("States.Timeout".to_owned(), String::new()));
    let stopped = Outcome::Aborted { error: String::new(), cause: String::new() };
    assert_eq!(world.replay("two").await.0, Some(stopped));
    assert_eq!(world.clock.elapsed(), 60);
}

/// The engine stops right after the parent has ended: that the other is to be stopped is as durable as that.
#[tokio::test]
async fn what_is_to_be_stopped_is_stopped_after_a_crash() {
    let mut definition = parent(".sync", json!({ "Name": "two" }));
    definition["States"]["Nest"]["TimeoutSeconds"] = json!(60);
    let world = world(definition, slow_child());
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.event("ExecutionFailed").await;
    drop(run);
    let mut run = world.start_up().await;
    stands(&world, &mut run, "two", Status::Aborted).await;
    assert_eq!(world.clock.elapsed(), 60);
}

#[tokio::test]
async fn an_execution_that_has_but_the_token_goes_on() {
    let mut definition = parent(".waitForTaskToken", json!({ "Name": "two" }));
    definition["States"]["Nest"]["TimeoutSeconds"] = json!(60);
    let world = world(definition, slow_child());
    ran(&world, 1).await;
    assert_eq!(failed(&world).await.0, "States.Timeout");
    assert_eq!(world.row("two").await.status, Status::Succeeded);
}

/// The engine stops after the execution has started, and before the journal has that the task was submitted.
#[tokio::test]
async fn a_crash_between_start_and_wait_starts_no_other() {
    let world = world(parent(".sync:2", json!({ "Input": { "a": 1 } })), slow_child());
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.event("TaskSubmitted").await;
    drop(run);
    world.tamper(
        "DELETE FROM signals WHERE execution = (SELECT id FROM executions WHERE flow = 'flow');
         DELETE FROM waiting WHERE execution = (SELECT id FROM executions WHERE flow = 'flow');",
    );
    let mut run = world.start_up().await;
    run.ended(2).await;
    assert_eq!(output(&world).await["Output"], json!({ "a": 1 }));
    assert_eq!(world.statuses().await.len(), 2);
    assert_eq!(types(&world).await[4..6], ["TaskSubmitted", "TaskSucceeded"]);
}

/// It ended in the last moment: the task is told at the next start.
#[tokio::test]
async fn an_end_that_was_not_told_is_told_at_the_next_start() {
    let world = world(parent(".sync:2", json!({ "Name": "two" })), slow_child());
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.event("TaskSubmitted").await;
    drop(run);
    // What the engine writes for the end of a Wait state.
    world.tamper(
        "INSERT INTO signals (execution, number, at, signal)
         SELECT id, 1, started_at + 3600000, '{\"signal\":\"timers_due\"}' FROM executions WHERE name = 'two';
         DELETE FROM waiting WHERE execution = (SELECT id FROM executions WHERE name = 'two');
         UPDATE executions SET status = 'SUCCEEDED', ended_at = started_at + 3600000 WHERE name = 'two';",
    );
    let mut run = world.start_up().await;
    run.ended(1).await;
    assert_eq!(output(&world).await["Status"], "SUCCEEDED");
    assert_eq!(world.clock.elapsed(), 0, "nobody waits for it again");
}

/// Stops after each observation of a clean run, in turn.
#[tokio::test]
async fn both_end_wherever_the_engine_stops() {
    for stop_after in 0..10 {
        let world = world(parent(".sync:2", json!({ "Input": { "a": 1 } })), child());
        let mut run = world.start_up().await;
        run.start("one", json!({})).await;
        let mut ended = 0;
        for _ in 0..stop_after {
            if ended < 2 {
                let told = in_time(run.told.recv()).await.expect("the engine runs");
                ended += usize::from(told.events.iter().any(is_end));
            }
        }
        drop(run);
        let mut run = world.start_up().await;
        stands(&world, &mut run, "one", Status::Succeeded).await;
        assert_eq!(output(&world).await["Output"], json!({ "done": { "a": 1 } }), "{stop_after}");
        assert_eq!(world.statuses().await.len(), 2, "{stop_after}");
    }
}

/// Both are told at the next start, before the parent's turn to be in memory has come. It takes one place there.
#[tokio::test]
async fn a_parent_of_which_two_tasks_wait_for_one_execution_is_brought_up_once() {
    let gate = Arc::new(Semaphore::new(0));
    let open = Arc::clone(&gate);
    let mut definition = twice(&json!({ "Name": "two" }), &json!({ "Name": "two" }));
    let hold = json!({ "Type": "Task", "Resource": "${Hold}", "End": true });
    let third = json!({ "StartAt": "Third", "States": { "Third": hold } });
    definition["States"]["Both"]["Branches"].as_array_mut().unwrap().push(third);
    let mut world = World::new(definition, move |call| {
        let open = Arc::clone(&open);
        async move {
            open.acquire().await.unwrap().forget();
            Ok(call.input)
        }
    });
    world.others = vec![("child", slow_child()), ("hold", child())];
    world.settings.max_active_executions = 2;
    let mut run = world.start_up().await;
    run.engine.start("hold", "first", &raw(&json!({}))).await.unwrap();
    run.start("one", json!({})).await;
    run.event("TaskSubmitted").await;
    drop(run);
    // What the engine writes for the start and the end of a Wait state.
    world.tamper(
        "INSERT INTO signals (execution, number, at, signal)
         SELECT id, 1, started_at + 3600000, '{\"signal\":\"timers_due\"}' FROM executions WHERE name = 'two';
         UPDATE executions SET status = 'SUCCEEDED', ended_at = started_at + 3600000 WHERE name = 'two';",
    );
    world.settings.max_active_executions = 1;
    let mut run = world.start_up().await;
    gate.add_permits(100);
    run.ended(2).await;
    run.engine.start("hold", "last", &raw(&json!({}))).await.unwrap();
    run.ended(1).await;
    assert!(world.statuses().await.values().all(|status| *status == Status::Succeeded));
}

/// What a task is still to be told of is not deleted.
#[tokio::test]
async fn an_end_that_was_not_told_is_not_pruned() {
    let world = world(parent(".sync", json!({ "Name": "two" })), child());
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.ended(2).await;
    run.start("last", json!({})).await;
    run.ended(1).await;
    drop(run);
    let child = world.row("two").await;
    world.tamper(&format!("INSERT INTO nested VALUES ({}, 99, 1, 0)", child.id));
    let after = world.row("last").await.ended_at.unwrap() + jiff::SignedDuration::from_secs(1);
    assert_eq!(world.journal().prune(after).await.unwrap(), 1);
    assert!(world.statuses().await.contains_key("two"));
}
