//! The journal fails: nothing more happens, the reason is told, nothing is lost.

use std::sync::Arc;

use ackflow_engine::{Database, DatabaseError, Journal, Outcome, Status, TaskCall};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::world::{World, in_time, raw};

fn two_tasks() -> Value {
    json!({ "StartAt": "Do", "States": {
        "Do": { "Type": "Task", "Resource": "${Do}", "Next": "Then" },
        "Then": { "Type": "Task", "Resource": "${Then}", "End": true },
    } })
}

/// Tasks that wait until they are let go.
fn gated() -> (World, Arc<Semaphore>, Arc<Semaphore>) {
    let (gate, begun) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (open, signal) = (Arc::clone(&gate), Arc::clone(&begun));
    let world = World::new(two_tasks(), move |call: TaskCall| {
        let (open, signal) = (Arc::clone(&open), Arc::clone(&signal));
        async move {
            signal.add_permits(1);
            open.acquire().await.unwrap().forget();
            Ok(call.input)
        }
    });
    (world, gate, begun)
}

#[tokio::test]
async fn an_engine_whose_journal_fails_stops_and_says_why() {
    let (world, gate, begun) = gated();
    let run = world.start_up().await;
    run.start("one", json!(1)).await;
    in_time(begun.acquire()).await.unwrap().forget();
    world.tamper("ALTER TABLE signals RENAME TO gone");
    gate.add_permits(1);
    let reason = in_time(run.engine.failed()).await;
    assert!(reason.contains("no such table"), "{reason}");
    assert!(run.engine.start("flow", "two", &raw(&json!(2))).await.is_err());
    assert_eq!(begun.available_permits(), 0, "what would follow was not begun");

    world.tamper("ALTER TABLE gone RENAME TO signals");
    gate.add_permits(100);
    let mut run = world.start_up().await;
    run.ended(1).await;
    let (outcome, _) = world.replay("one").await;
    assert_eq!(outcome, Some(Outcome::Succeeded { output: json!(1).into() }));
}

#[tokio::test]
async fn a_start_that_was_not_kept_is_an_error() {
    let (world, gate, begun) = gated();
    let database = world.database();
    let run = world.start_up_on(Journal::new(database.clone())).await;
    run.start("one", json!(1)).await;
    in_time(begun.acquire()).await.unwrap().forget();
    limit_pages(&database, 1).await;
    let large = json!("x".repeat(200_000));
    let error = run.engine.start("flow", "two", &raw(&large)).await.unwrap_err();
    assert!(error.to_string().contains("full"), "{error}");

    // There is room again: what was acknowledged goes on, what was not can be started.
    drop(run);
    limit_pages(&database, 1_000_000).await;
    gate.add_permits(100);
    let mut run = world.start_up_on(Journal::new(database)).await;
    run.start("two", large).await;
    run.ended(2).await;
    let statuses = world.statuses().await;
    assert_eq!(statuses.len(), 2);
    assert!(statuses.values().all(|status| *status == Status::Succeeded));
}

#[tokio::test]
async fn a_folder_that_can_not_be_written_to_says_so_and_loses_nothing() {
    let (world, gate, begun) = gated();
    let database = world.database();
    let run = world.start_up_on(Journal::new(database.clone())).await;
    run.start("one", json!(1)).await;
    in_time(begun.acquire()).await.unwrap().forget();
    database.write(|connection| connection.pragma_update(None, "query_only", true)).await.unwrap();
    let error = run.engine.start("flow", "two", &raw(&json!(2))).await.unwrap_err();
    assert!(
        error.to_string().contains("check that the disk has room and that the data folder is writable"),
        "{error}"
    );
    gate.add_permits(1);
    let reason = in_time(run.engine.failed()).await;
    assert!(reason.contains("readonly"), "{reason}");
    assert!(run.engine.start("flow", "two", &raw(&json!(2))).await.is_err());

    // It can be written to again.
    gate.add_permits(100);
    let mut run = world.start_up().await;
    run.start("two", json!(2)).await;
    run.ended(2).await;
    let statuses = world.statuses().await;
    assert_eq!(statuses.len(), 2);
    assert!(statuses.values().all(|status| *status == Status::Succeeded));
}

/// SQLite takes the size that the file has when the limit is below it.
async fn limit_pages(database: &Database, pages: u32) {
    let sql = format!("PRAGMA max_page_count = {pages}");
    database.write(move |connection| connection.query_row(&sql, [], |_| Ok(()))).await.unwrap();
}

#[tokio::test]
async fn an_execution_that_can_not_be_read_does_not_stop_the_others() {
    let (world, gate, begun) = gated();
    let mut run = world.start_up().await;
    run.start("bad", json!(1)).await;
    run.start("good", json!(2)).await;
    gate.add_permits(1);
    in_time(begun.acquire_many(3)).await.unwrap().forget();
    run.event("TaskStateExited").await;
    drop(run);
    world.tamper("UPDATE signals SET signal = '{\"signal\":\"of_the_future\"}' WHERE execution = 1");
    world.tamper("INSERT INTO signals SELECT 1, 1, 0, '{}' WHERE NOT EXISTS (SELECT 1 FROM signals WHERE execution = 1)");
    gate.add_permits(100);
    let mut run = world.start_up().await;
    run.ended(1).await;
    assert_eq!(world.row("good").await.status, Status::Succeeded);
    assert_eq!(world.row("bad").await.status, Status::Running);
    let error = world.journal().replay(&world.row("bad").await).await.unwrap_err();
    assert!(error.to_string().contains("the journal of execution bad can't be read"), "{error}");
}

#[tokio::test]
async fn a_second_engine_on_the_journal_stops_the_first() {
    let (world, gate, begun) = gated();
    let first = world.start_up().await;
    first.start("one", json!(1)).await;
    in_time(begun.acquire()).await.unwrap().forget();
    let mut second = world.start_up().await;
    in_time(begun.acquire()).await.unwrap().forget();
    gate.add_permits(100);
    let reason = in_time(first.engine.failed()).await;
    assert!(reason.contains("another engine"), "{reason}");
    second.ended(1).await;
}

#[tokio::test]
async fn writes_of_a_group_fail_or_hold_by_themselves() {
    let (world, ..) = gated();
    let database = world.database();
    let insert = |digest: &'static str| {
        database.write(move |connection| {
            connection.execute("INSERT INTO machines VALUES (?, '')", [digest])?;
            connection.execute("INSERT INTO machines VALUES (?, '')", [format!("{digest}+")])
        })
    };
    let (a, again, b) = tokio::join!(insert("a"), insert("a"), insert("b"));
    assert!(a.is_ok() && again.is_err() && b.is_ok());
    let count = database.write_ahead(|connection| {
        connection.query_row("SELECT count(*) FROM machines", [], |row| row.get::<_, i64>(0))
    });
    assert_eq!(count.await.unwrap(), 4);
}

/// A write that was told of before its commit is lost: what was to be durable after it only must not be.
#[tokio::test]
async fn nothing_is_written_after_a_promise_that_was_broken() {
    let (world, ..) = gated();
    let database = world.database();
    let insert = "INSERT INTO machines VALUES (?, '')";
    let (release, held) = std::sync::mpsc::channel::<()>();
    let first = database.write(move |connection| {
        let _ = held.recv();
        connection.execute(insert, ["first"])
    });
    let promised = database.write_ahead(move |connection| connection.execute(insert, ["promised"]));
    // As SQLite does by itself when the disk is full.
    let full = database.write(|connection| connection.execute_batch("ROLLBACK"));
    let let_go = async { release.send(()).unwrap() };
    let (first, promised, full, ()) = tokio::join!(first, promised, full, let_go);
    assert!(first.is_err() && promised.is_ok() && full.is_err());
    let after = database.write(move |connection| connection.execute(insert, ["after"])).await;
    assert!(matches!(after, Err(DatabaseError::Sqlite(_))));
    let kept: i64 = rusqlite::Connection::open(world.path())
        .unwrap()
        .query_row("SELECT count(*) FROM machines", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn a_file_that_is_locked_says_so() {
    let (world, ..) = gated();
    let database = world.database();
    database.write(|connection| connection.busy_timeout(std::time::Duration::ZERO)).await.unwrap();
    let other = rusqlite::Connection::open(world.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = database.write(|_| Ok(())).await.unwrap_err();
    assert!(error.to_string().contains("locked"), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    database.write(|_| Ok(())).await.unwrap();
}
