//! Tasks that workers ask for.

use std::time::Duration;

use ackflow_engine::{ActivityTask, Answered, EngineError, Outcome, TaskError};
use serde_json::{Value, json};

use super::world::{Run, World, in_time, is_end};

const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:Pack";

/// Something to be packed by a worker. The input `hold` runs a task that never ends: the clock stands still then.
fn packing(fields: Value) -> World {
    let mut pack = json!({ "Type": "Task", "Resource": ACTIVITY, "End": true });
    pack.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let hold = json!({ "Variable": "$", "StringEquals": "hold", "Next": "Hold" });
    let definition = json!({ "StartAt": "Which", "States": {
        "Which": { "Type": "Choice", "Choices": [hold], "Default": "Pack" },
        "Pack": pack,
        "Hold": { "Type": "Task", "Resource": "${Hold}", "End": true },
    } });
    World::new(definition, |_| std::future::pending())
}

async fn ask(run: &Run) -> Option<ActivityTask> {
    in_time(run.engine.activity_task(ACTIVITY, Some("ann"), Duration::from_mins(1))).await.unwrap()
}

async fn answer(run: &Run, task: &ActivityTask, output: Value) -> Answered {
    in_time(run.engine.answer(&task.token, Ok(output))).await.unwrap()
}

#[tokio::test]
async fn a_worker_is_given_a_task_and_answers_it() {
    let world = packing(json!({}));
    let mut run = world.start_up().await;
    run.start("one", json!({ "box": 1 })).await;
    let task = ask(&run).await.unwrap();
    assert_eq!(task.input, json!({ "box": 1 }));
    assert_eq!(answer(&run, &task, json!("packed")).await, Answered::Taken);
    run.ended(1).await;
    let (outcome, history) = world.replay("one").await;
    assert_eq!(outcome, Some(Outcome::Succeeded { output: json!("packed").into() }));
    let started = history.iter().find(|event| event.event_type == "ActivityStarted").unwrap();
    assert_eq!(started.details["workerName"], "ann");
    assert!(world.calls().is_empty());
}

#[tokio::test]
async fn a_worker_may_ask_before_there_is_a_task() {
    let world = packing(json!({}));
    let mut run = world.start_up().await;
    run.start("held", json!("hold")).await;
    run.event("LambdaFunctionStarted").await;
    let (task, _) = tokio::join!(biased; ask(&run), run.start("one", json!(1)));
    assert_eq!(task.unwrap().input, json!(1));
}

#[tokio::test]
async fn a_worker_who_asks_in_vain_hears_so_when_the_time_is_over() {
    let world = packing(json!({}));
    let run = world.start_up().await;
    assert_eq!(ask(&run).await, None);
    assert_eq!(world.clock.elapsed(), 60);
}

#[tokio::test]
async fn each_task_goes_to_one_worker() {
    let world = packing(json!({}));
    let mut run = world.start_up().await;
    for name in ["a", "b", "c"] {
        run.start(name, json!(name)).await;
        run.event("ActivityScheduled").await;
    }
    let (first, second, third) = tokio::join!(biased; ask(&run), ask(&run), ask(&run));
    let inputs = [first, second, third].map(|task| task.unwrap().input);
    assert_eq!(inputs, ["a", "b", "c"]);
    assert_eq!(ask(&run).await, None);
}

#[tokio::test]
async fn a_task_waits_for_its_worker_through_restarts_and_out_of_memory() {
    let mut world = packing(json!({}));
    world.settings.max_idle_executions = 0;
    let run = world.start_up().await;
    for name in ["a", "b", "c"] {
        run.start(name, json!(name)).await;
    }
    drop(run);
    let run = world.start_up().await;
    let task = ask(&run).await.unwrap();
    assert_eq!(task.input, "a");
    drop(run);
    let mut run = world.start_up().await;
    assert_eq!(answer(&run, &task, json!("packed")).await, Answered::Taken);
    run.ended(1).await;
    // What a worker has is given to no other.
    assert_eq!(ask(&run).await.unwrap().input, "b");
}

/// It leaves memory while its task waits for a worker, and comes back when there is one.
#[tokio::test]
async fn what_leaves_memory_with_a_task_that_nobody_has_taken_is_told_once() {
    let mut world = packing(json!({}));
    world.settings.max_idle_executions = 0;
    let mut run = world.start_up().await;
    run.start("one", json!(1)).await;
    let mut told = in_time(run.told.recv()).await.expect("the engine runs").events;
    assert_eq!(told.last().unwrap().event_type, "ActivityScheduled");
    let task = ask(&run).await.unwrap();
    assert_eq!(answer(&run, &task, json!("packed")).await, Answered::Taken);
    while !told.iter().any(is_end) {
        told.extend(in_time(run.told.recv()).await.expect("the engine runs").events);
    }
    assert_eq!(told, world.replay("one").await.1);
}

#[tokio::test]
async fn a_task_that_nobody_takes_runs_out_of_time() {
    let world = packing(json!({ "TimeoutSeconds": 30 }));
    let mut run = world.start_up().await;
    run.start("one", json!(1)).await;
    run.ended(1).await;
    let failed = Outcome::Failed { error: "States.Timeout".to_owned(), cause: String::new() };
    assert_eq!(world.replay("one").await.0, Some(failed));
    assert_eq!(ask(&run).await, None);
}

#[tokio::test]
async fn a_worker_may_fail() {
    let world = packing(json!({}));
    let mut run = world.start_up().await;
    run.start("one", json!(1)).await;
    let task = ask(&run).await.unwrap();
    let torn = TaskError { error: "Torn".to_owned(), cause: "No tape.".to_owned() };
    assert_eq!(run.engine.answer(&task.token, Err(torn)).await.unwrap(), Answered::Taken);
    run.ended(1).await;
    let failed = Outcome::Failed { error: "Torn".to_owned(), cause: "No tape.".to_owned() };
    assert_eq!(world.replay("one").await.0, Some(failed));
}

#[tokio::test]
async fn a_stopped_engine_gives_no_tasks() {
    let world = packing(json!({}));
    let run = world.start_up().await;
    run.engine.drain().await;
    let refused = run.engine.activity_task(ACTIVITY, None, Duration::ZERO).await;
    assert!(matches!(refused, Err(EngineError::Stopped)), "{refused:?}");
}
