//! The journal fails: nothing more happens, the reason is told, nothing is lost.

use std::{sync::Arc, time::Duration};

use ackflow_engine::{
    Database, DatabaseError, EngineError, Journal, JournalError, Outcome, Status, TaskCall,
};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, oneshot};

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
    let count = database.read(|connection| {
        connection.query_row("SELECT count(*) FROM machines", [], |row| row.get::<_, i64>(0))
    });
    assert_eq!(count.await.unwrap(), 4);
}

/// As SQLite does by itself when the disk is full.
#[tokio::test]
async fn what_is_rolled_back_is_told_to_all_of_its_group() {
    let (world, ..) = gated();
    let database = world.database();
    let insert = "INSERT INTO machines VALUES (?, '')";
    let (started, begun) = oneshot::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let asked = database.clone();
    let holding = tokio::spawn(async move {
        let hold = move |_: &_| {
            started.send(()).unwrap();
            released.recv().unwrap();
            Ok(())
        };
        asked.write(hold).await
    });
    begun.await.unwrap();
    // What is asked for meanwhile goes into one commit.
    let first = database.write(move |connection| connection.execute(insert, ["first"]));
    let full = database.write(|connection| connection.execute_batch("ROLLBACK"));
    let let_go = async { release.send(()).unwrap() };
    let (first, full, ()) = tokio::join!(biased; first, full, let_go);
    assert!(first.is_err() && full.is_err());
    holding.await.unwrap().unwrap();
    database.write(move |connection| connection.execute(insert, ["after"])).await.unwrap();
    let kept = database.read(|connection| {
        connection.query_row("SELECT group_concat(digest) FROM machines", [], |row| row.get::<_, String>(0))
    });
    assert_eq!(kept.await.unwrap(), "after");
}

/// A database that is not waited for. Otherwise each attempt would take five seconds.
async fn impatient(world: &World) -> Database {
    let database = world.database();
    database.write(|connection| connection.busy_timeout(Duration::ZERO)).await.unwrap();
    database
}

/// Another process that has locked the database, as `sqlite3` does it in a transaction.
fn lock(world: &World) -> rusqlite::Connection {
    let other = rusqlite::Connection::open(world.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

#[tokio::test]
async fn the_flows_wait_for_a_file_that_another_process_has_locked() {
    let (world, gate, begun) = gated();
    let database = impatient(&world).await;
    let journal = Journal::new(database.clone());
    let mut run = world.start_up_on(journal.clone()).await;
    run.start("one", json!(1)).await;
    in_time(begun.acquire()).await.unwrap().forget();
    let other = lock(&world);
    gate.add_permits(100);
    let background = database.background();
    let write = tokio::spawn(async move { background.write(|_| Ok(())).await });
    for _ in 0..10_000 {
        tokio::task::yield_now().await;
        assert!(!write.is_finished());
    }
    // What only reads waits for nobody.
    assert_eq!(in_time(journal.find(None, "one")).await.unwrap().status, Status::Running);
    other.execute_batch("ROLLBACK").unwrap();
    in_time(write).await.unwrap().unwrap();
    run.ended(1).await;
    assert_eq!(journal.find(None, "one").await.unwrap().status, Status::Succeeded);
}

/// Whoever asked for it was told so, and may have given up.
#[tokio::test]
async fn a_start_that_was_refused_for_a_lock_is_not_made_up_for() {
    let (world, gate, _) = gated();
    let mut run = world.start_up_on(Journal::new(impatient(&world).await)).await;
    let other = lock(&world);
    let refused = in_time(run.engine.start("flow", "one", &raw(&json!(1)))).await.unwrap_err();
    let EngineError::Journal(JournalError::Database(DatabaseError::Busy)) = refused else {
        panic!("{refused:?}")
    };
    other.execute_batch("ROLLBACK").unwrap();
    gate.add_permits(100);
    run.start("two", json!(2)).await;
    run.ended(1).await;
    assert_eq!(world.statuses().await.keys().collect::<Vec<_>>(), ["two"]);
}
