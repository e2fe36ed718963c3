//! Heartbeats of whoever works on a task.

use ackflow_engine::{Answered, EngineError, Outcome};
use serde_json::json;

use super::world::{Run, World, in_time};

/// Asks somebody, who is to send a heartbeat every so many seconds. The call of the execution `busy` never ends: as
/// long as it runs, the clock stands still.
fn world() -> World {
    let definition = json!({ "StartAt": "Ask", "States": { "Ask": {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": { "FunctionName": "${Ask}", "Payload": { "token.$": "$$.Task.Token" } },
        "HeartbeatSecondsPath": "$.seconds",
        "End": true,
    } } });
    World::new(definition, |call| async move {
        if call.input["Payload"]["token"].as_str().is_some_and(|token| token.contains(":busy:")) {
            std::future::pending::<()>().await;
        }
        Ok(json!(null))
    })
}

async fn asked(world: &World) -> (Run, String) {
    let mut run = world.start_up().await;
    run.start("one", json!({ "seconds": 60 })).await;
    run.event("TaskSubmitted").await;
    let token = world.calls()[0].input["Payload"]["token"].as_str().unwrap().to_owned();
    (run, token)
}

#[tokio::test]
async fn a_task_without_a_heartbeat_fails() {
    let world = world();
    let (mut run, token) = asked(&world).await;
    run.ended(1).await;
    assert_eq!(world.clock.elapsed(), 60);
    let (outcome, _) = world.replay("one").await;
    assert!(matches!(outcome, Some(Outcome::Failed { error, .. }) if error == "States.Timeout"));
    assert_eq!(in_time(run.engine.heartbeat(&token)).await.unwrap(), Answered::NotAwaited);
}

/// The second life knows of the heartbeat of the first.
#[tokio::test]
async fn a_heartbeat_gives_more_time_also_after_a_restart() {
    let mut world = world();
    world.settings.max_idle_executions = 0;
    let mut run = world.start_up().await;
    run.start("busy", json!({ "seconds": 1_000_000 })).await;
    while world.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    run.start("one", json!({ "seconds": 60 })).await;
    run.event("TaskSubmitted").await;
    let token = world.calls()[1].input["Payload"]["token"].as_str().unwrap().to_owned();
    world.clock.advance(50);
    assert_eq!(in_time(run.engine.heartbeat(&token)).await.unwrap(), Answered::Taken);
    drop(run);
    world.clock.advance(50);
    let run = world.start_up().await;
    assert_eq!(in_time(run.engine.answer(&token, Ok(json!("alive")))).await.unwrap(), Answered::Taken);
    assert_eq!(world.replay("one").await.0, Some(Outcome::Succeeded { output: json!("alive").into() }));
}

#[tokio::test]
async fn nobody_waits_for_a_heartbeat_with_another_token() {
    let world = world();
    let (run, token) = asked(&world).await;
    for other in ["", "flow:two:3", &format!("{token}0")] {
        assert_eq!(in_time(run.engine.heartbeat(other)).await.unwrap(), Answered::NotAwaited, "{other}");
    }
    run.engine.drain().await;
    let refused = run.engine.heartbeat(&token).await;
    assert!(matches!(refused, Err(EngineError::Stopped)), "{refused:?}");
}
