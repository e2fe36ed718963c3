//! What has ended is deleted when it is old enough.

use ackflow_engine::{JournalError, Prunable, Status};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::world::World;
use crate::simulator::{epoch, machine};

fn waiting() -> Value {
    json!({ "StartAt": "Wait", "States": {
        "Wait": { "Type": "Wait", "SecondsPath": "$.seconds", "End": true },
    } })
}

fn world() -> World {
    World::new(waiting(), |call| async move { Ok(call.input) })
}

fn hours(hours: i64) -> Timestamp {
    epoch() + SignedDuration::from_hours(hours)
}

fn count(world: &World, table: &str) -> i64 {
    let connection = rusqlite::Connection::open(world.path()).unwrap();
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// Starts an execution for each hour of the clock; each ends when its hour is over.
async fn ran(world: &World, executions: usize) {
    let mut run = world.start_up().await;
    for name in 0..executions {
        run.start(&name.to_string(), json!({ "seconds": 3600 })).await;
        run.ended(1).await;
    }
    run.engine.drain().await;
}

#[tokio::test]
async fn what_ended_before_is_deleted_and_nothing_else() {
    let world = world();
    ran(&world, 10).await;
    let journal = world.journal();
    assert_eq!(journal.prunable(hours(6)).await.unwrap(), Prunable { executions: 5, of: 10 });
    assert_eq!(journal.prune(hours(6)).await.unwrap(), 5);
    assert_eq!(journal.prune(hours(6)).await.unwrap(), 0);
    let mut names: Vec<_> = world.statuses().await.into_keys().collect();
    names.sort();
    assert_eq!(names, ["5", "6", "7", "8", "9"]);
    assert_eq!(count(&world, "signals"), 5);
    assert!(matches!(journal.find(None, "0").await, Err(JournalError::NotFound(_))));
    world.replay("5").await;
}

#[tokio::test]
async fn what_is_under_way_stays() {
    let world = world();
    ran(&world, 3).await;
    world.tamper("UPDATE executions SET status = 'RUNNING', ended_at = NULL WHERE name = '1'");
    while world.journal().prune(hours(100)).await.unwrap() > 0 {}
    assert_eq!(world.row("1").await.status, Status::Running);
    assert_eq!(world.statuses().await.len(), 2, "and the newest");
}

/// The engine takes executions up by their numbers.
#[tokio::test]
async fn what_starts_when_all_was_deleted_runs() {
    let world = world();
    ran(&world, 3).await;
    let mut run = world.start_up().await;
    run.start("last", json!({ "seconds": 1 })).await;
    run.ended(1).await;
    while world.journal().prune(hours(100)).await.unwrap() > 0 {}
    run.start("next", json!({ "seconds": 1 })).await;
    run.ended(1).await;
    assert_eq!(world.row("next").await.status, Status::Succeeded);
}

#[tokio::test]
async fn many_are_deleted_in_batches_and_the_file_shrinks() {
    let world = world();
    let mut run = world.start_up().await;
    let input = json!({ "seconds": 1, "rest": "x".repeat(5_000) });
    let names: Vec<_> = (0..600).map(|name| name.to_string()).collect();
    join_all(names.iter().map(|name| run.start(name, input.clone()))).await;
    run.ended(names.len()).await;
    let (database, journal) = (world.database(), world.journal());
    let before = database.space().await.unwrap();
    let mut batches = 0;
    while journal.prune(hours(10_000)).await.unwrap() > 0 {
        batches += 1;
    }
    assert!(batches > 1);
    let pruned = database.space().await.unwrap();
    assert!(pruned.used < before.used / 10 && pruned.free > before.used / 2, "{before:?} {pruned:?}");
    while database.shrink(64).await.unwrap() {}
    let shrunk = database.space().await.unwrap();
    assert!(shrunk.used <= pruned.used && shrunk.free == 0, "{pruned:?} {shrunk:?}");
}

#[tokio::test]
async fn a_definition_that_nobody_runs_any_more_goes_with_the_next_start() {
    let world = world();
    let other = json!({ "StartAt": "Other", "States": { "Other": { "Type": "Succeed" } } });
    world.journal().define(&machine(&other)).await.unwrap();
    assert_eq!(count(&world, "machines"), 1);
    ran(&world, 1).await;
    assert_eq!(count(&world, "machines"), 1, "the one that is run");
    assert_eq!(world.row("0").await.status, Status::Succeeded);
}
