//! Heartbeats of whoever works on a task.

use ackflow_engine::{Answered, EngineError, Outcome};
use serde_json::json;

use super::world::{Run, World, in_time, raw};

/// How many signals the journal holds of an execution, and when the last of them came, in seconds since the start.
fn signals(world: &World, name: &str) -> (i64, i64) {
    let sql = "SELECT count(*), (max(at) - min(started_at)) / 1000
               FROM signals JOIN executions ON id = execution WHERE name = ?";
    let connection = rusqlite::Connection::open(world.path()).unwrap();
    connection.query_row(sql, [name], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

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

async fn asked_while_the_clock_stands(world: &World) -> (Run, String) {
    let mut run = world.start_up().await;
    run.start("busy", json!({ "seconds": 1_000_000 })).await;
    while world.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    run.start("one", json!({ "seconds": 60 })).await;
    run.event("TaskSubmitted").await;
    let token = world.calls()[1].input["Payload"]["token"].as_str().unwrap().to_owned();
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
    let (run, token) = asked_while_the_clock_stands(&world).await;
    world.clock.advance(50);
    assert_eq!(in_time(run.engine.heartbeat(&token)).await.unwrap(), Answered::Taken);
    drop(run);
    world.clock.advance(50);
    let run = world.start_up().await;
    assert_eq!(in_time(run.engine.answer(&token, Ok(json!("alive")))).await.unwrap(), Answered::Taken);
    assert_eq!(world.replay("one").await.0, Some(Outcome::Succeeded { output: json!("alive").into() }));
}

#[tokio::test]
async fn of_many_heartbeats_the_last_is_kept() {
    let world = world();
    let (run, token) = asked_while_the_clock_stands(&world).await;
    for _ in 0..10 {
        world.clock.advance(30);
        assert_eq!(in_time(run.engine.heartbeat(&token)).await.unwrap(), Answered::Taken);
    }
    assert_eq!(signals(&world, "one"), (2, 300), "that it was submitted, and the last heartbeat");
    drop(run);
    world.clock.advance(50);
    let run = world.start_up().await;
    assert_eq!(in_time(run.engine.answer(&token, Ok(json!("alive")))).await.unwrap(), Answered::Taken);
    assert_eq!(world.replay("one").await.0, Some(Outcome::Succeeded { output: json!("alive").into() }));
}

/// A replay without the first of the two would find the task out of time when the other branch has waited.
#[tokio::test]
async fn a_heartbeat_before_something_else_is_kept_too() {
    let ask = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": { "FunctionName": "${Ask}", "Payload": { "token.$": "$$.Task.Token" } },
        "HeartbeatSeconds": 60,
        "End": true,
    });
    let wait = json!({ "Type": "Wait", "Seconds": 70, "End": true });
    let branches = [
        json!({ "StartAt": "Ask", "States": { "Ask": ask } }),
        json!({ "StartAt": "Wait", "States": { "Wait": wait } }),
    ];
    let definition = json!({ "StartAt": "Both", "States": {
        "Both": { "Type": "Parallel", "Branches": branches, "End": true },
    } });
    let hold = json!({ "StartAt": "Hold", "States": {
        "Hold": { "Type": "Task", "Resource": "${Hold}", "End": true },
    } });
    let mut world = World::new(definition, |call| async move {
        if call.state == "Hold" { std::future::pending().await } else { Ok(json!(null)) }
    });
    // As long as its task runs, the clock stands still.
    world.others.push(("hold", hold));
    let mut run = world.start_up().await;
    run.engine.start("hold", "busy", &raw(&json!({}))).await.unwrap();
    run.event("LambdaFunctionStarted").await;
    run.start("one", json!({})).await;
    run.event("TaskSubmitted").await;
    let token = world.calls()[1].input["Payload"]["token"].as_str().unwrap().to_owned();
    world.clock.advance(50);
    assert_eq!(in_time(run.engine.heartbeat(&token)).await.unwrap(), Answered::Taken);
    world.clock.advance(20);
    run.event("WaitStateExited").await;
    world.clock.advance(30);
    assert_eq!(in_time(run.engine.heartbeat(&token)).await.unwrap(), Answered::Taken);
    assert_eq!(signals(&world, "one"), (4, 100));
    drop(run);
    let mut run = world.start_up().await;
    assert_eq!(in_time(run.engine.answer(&token, Ok(json!("alive")))).await.unwrap(), Answered::Taken);
    run.ended(1).await;
    let output = json!(["alive", {}]);
    assert_eq!(world.replay("one").await.0, Some(Outcome::Succeeded { output: output.into() }));
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
