//! An execution is stopped, as Step Functions' `StopExecution` does.

use ackflow_engine::{EngineError, JournalError, Outcome, Status, TaskCall, TaskError};
use serde_json::{Value, json};

use super::world::{Run, World, in_time};

/// Hangs where it is told to.
async fn scripted(call: TaskCall) -> Result<Value, TaskError> {
    if call.input == json!("hang") { std::future::pending().await } else { Ok(call.input) }
}

fn world() -> World {
    let definition =
        json!({ "StartAt": "Do", "States": { "Do": { "Type": "Task", "Resource": "${Do}", "End": true } } });
    World::new(definition, scripted)
}

/// An execution whose task runs.
async fn hung(world: &World) -> Run {
    let run = world.start_up().await;
    run.start("one", json!("hang")).await;
    in_time(async {
        while world.calls().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    run
}

fn stopped() -> Outcome {
    Outcome::Aborted { error: "Mistake".to_owned(), cause: "It was the wrong one.".to_owned() }
}

#[tokio::test]
async fn a_stopped_execution_says_why() {
    let world = world();
    let mut run = hung(&world).await;
    run.engine.stop("flow", "one", "Mistake", "It was the wrong one.").await.unwrap();
    run.ended(1).await;
    assert_eq!(world.row("one").await.status, Status::Aborted);
    let (outcome, history) = world.replay("one").await;
    assert_eq!(outcome, Some(stopped()));
    let last = history.last().unwrap();
    assert_eq!(last.event_type, "ExecutionAborted");
    assert_eq!(last.details, json!({ "error": "Mistake", "cause": "It was the wrong one." }));
    // Its task does not run any more.
    in_time(run.engine.drain()).await;
}

#[tokio::test]
async fn what_has_ended_stays_as_it_is() {
    let world = world();
    let mut run = world.start_up().await;
    run.start("one", json!(1)).await;
    run.ended(1).await;
    run.engine.stop("flow", "one", "", "").await.unwrap();
    run.start("two", json!(2)).await;
    run.ended(1).await;
    assert!(world.statuses().await.values().all(|status| *status == Status::Succeeded));
    let refused = world.journal().stop(None, "one", "", "").await.unwrap_err();
    assert!(matches!(refused, JournalError::NotRunning { .. }));
}

#[tokio::test]
async fn what_never_was_cannot_be_stopped() {
    let world = world();
    let run = world.start_up().await;
    let refused = run.engine.stop("flow", "nobody", "", "").await.unwrap_err();
    assert!(matches!(refused, EngineError::Journal(JournalError::NotFound(name)) if name == "nobody"));
}

#[tokio::test]
async fn a_stop_from_another_process_is_taken_up() {
    let world = world();
    let mut run = hung(&world).await;
    world.journal().stop(None, "one", "Mistake", "It was the wrong one.").await.unwrap();
    run.engine.look_for_stopped();
    run.ended(1).await;
    assert_eq!(world.replay("one").await.0, Some(stopped()));
}

/// Nobody asks: the next start finds it, and does not run its task again.
#[tokio::test]
async fn a_stop_is_taken_up_at_the_next_start() {
    let world = world();
    drop(hung(&world).await);
    world.journal().stop(None, "one", "Mistake", "It was the wrong one.").await.unwrap();
    let mut run = world.start_up().await;
    run.ended(1).await;
    assert_eq!(world.replay("one").await.0, Some(stopped()));
    assert_eq!(world.calls().len(), 1);
}

#[tokio::test]
async fn what_has_left_memory_is_stopped_too() {
    let asking = json!({ "StartAt": "Ask", "States": { "Ask": {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": { "FunctionName": "${Ask}", "Payload": { "token.$": "$$.Task.Token" } },
        "End": true,
    } } });
    let mut world = World::new(asking, scripted);
    world.settings.max_idle_executions = 0;
    let mut run = world.start_up().await;
    run.start("one", json!({})).await;
    run.event("TaskSubmitted").await;
    run.engine.stop("flow", "one", "Mistake", "It was the wrong one.").await.unwrap();
    run.ended(1).await;
    assert_eq!(world.replay("one").await.0, Some(stopped()));
}

#[tokio::test]
async fn a_redrive_goes_on_where_it_was_stopped() {
    let world = world();
    let mut run = hung(&world).await;
    run.engine.stop("flow", "one", "", "").await.unwrap();
    run.ended(1).await;
    world.journal().redrive(None, "one", world.row("one").await.start.at).await.unwrap();
    run.engine.look_for_redriven();
    run.event("ExecutionRedriven").await;
    // The stop is over and done with.
    run.engine.look_for_stopped();
    in_time(async {
        while world.calls().len() < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(world.row("one").await.status, Status::Running);
}
