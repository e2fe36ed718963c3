//! Executions that only wait leave memory, and come back.

use std::collections::HashSet;

use ackflow_engine::{Observation, Outcome, Settings, Status};
use serde_json::{Value, json};

use super::world::{Run, World, in_time};

/// Waits for an hour, does something, and that three times.
fn flow() -> Value {
    let wait = |next: &str| json!({ "Type": "Wait", "Seconds": 3600, "Next": next });
    let task = |next: &str| json!({ "Type": "Task", "Resource": "${Do}", "Next": next });
    json!({ "StartAt": "Wait1", "States": {
        "Wait1": wait("Do1"), "Do1": task("Wait2"),
        "Wait2": wait("Do2"), "Do2": task("Wait3"),
        "Wait3": wait("Do3"), "Do3": task("Done"),
        "Done": { "Type": "Succeed" },
    } })
}

/// A world in which only those with work at hand stay in memory, and few of them.
fn world() -> World {
    let mut world = World::new(flow(), |call| async move { Ok(call.input) });
    world.settings = Settings { max_running_tasks: 2, max_active_executions: 3, max_idle_executions: 0 };
    world
}

async fn start(run: &Run, count: usize) {
    for name in 0..count {
        run.start(&name.to_string(), json!(name.to_string())).await;
    }
}

/// Waits until all have ended; gives what was told meanwhile.
async fn until_all_succeeded(world: &World, run: &mut Run) -> Vec<Observation> {
    let mut told = Vec::new();
    while world.statuses().await.values().any(|status| *status != Status::Succeeded) {
        told.push(in_time(run.told.recv()).await.expect("the engine runs"));
    }
    told
}

async fn check(world: &World, count: usize) {
    let calls = world.calls();
    let attempts: HashSet<_> = calls.iter().map(|call| &call.token).collect();
    assert_eq!(attempts.len(), count * 3);
    for name in 0..count {
        let name = &name.to_string();
        let (outcome, history) = world.replay(name).await;
        assert_eq!(outcome, Some(Outcome::Succeeded { output: json!(name).into() }));
        // Started, three waits and tasks of two and five events, Succeed with two, and the end.
        assert_eq!(history.len(), 1 + 3 * (2 + 5) + 2 + 1);
    }
}

#[tokio::test]
async fn what_left_memory_goes_on_when_its_time_comes() {
    let world = world();
    let mut run = world.start_up().await;
    start(&run, 50).await;
    run.ended(50).await;
    check(&world, 50).await;
    assert_eq!(world.calls().len(), 50 * 3, "nothing ran twice");
}

#[tokio::test]
async fn what_waits_goes_on_after_a_restart_and_is_not_told_again() {
    let world = world();
    let mut run = world.start_up().await;
    start(&run, 20).await;
    run.event("LambdaFunctionSucceeded").await;
    drop(run);
    let mut run = world.start_up().await;
    let told = until_all_succeeded(&world, &mut run).await;
    check(&world, 20).await;
    let events = told.iter().flat_map(|it| &it.events);
    let started = events.filter(|event| event.event_type == "ExecutionStarted").count();
    assert!(started < 20, "those that waited were told of before");
}

/// It does not know which executions only wait.
#[tokio::test]
async fn a_journal_of_an_older_version_goes_on() {
    let world = world();
    let run = world.start_up().await;
    start(&run, 10).await;
    drop(run);
    world.tamper("DROP TABLE waiting; DROP INDEX executions_ended");
    let mut run = world.start_up().await;
    until_all_succeeded(&world, &mut run).await;
    check(&world, 10).await;
}
