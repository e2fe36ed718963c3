//! The engine stops where it stands, and starts again.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use ackflow_engine::{JournalError, Outcome, Settings, Status, TaskCall, TaskError};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::world::{World, failure, in_time, is_end};

/// Retries, a wait, a Map and a catch.
fn flow() -> Value {
    json!({ "StartAt": "Each", "States": {
        "Each": {
            "Type": "Map", "MaxConcurrency": 2,
            "ItemProcessor": { "StartAt": "Fetch", "States": {
                "Fetch": {
                    "Type": "Task", "Resource": "${Fetch}", "End": true,
                    "Retry": [{ "ErrorEquals": ["Busy"], "JitterStrategy": "FULL" }],
                    "Catch": [{ "ErrorEquals": ["Busy"], "ResultPath": null, "Next": "Report" }],
                },
                "Report": { "Type": "Pass", "End": true },
            } },
            "Next": "Pause",
        },
        "Pause": { "Type": "Wait", "Seconds": 5, "Next": "Save" },
        "Save": { "Type": "Task", "Resource": "${Save}", "End": true },
    } })
}

/// What an attempt gives follows from the attempt, however often it is run.
async fn scripted(call: TaskCall) -> Result<Value, TaskError> {
    tokio::task::yield_now().await;
    let luck = call.token.bytes().map(usize::from).sum::<usize>() % 3;
    if luck == 0 && call.state == "Fetch" { failure("Busy") } else { Ok(call.input) }
}

fn check_tokens(calls: &[TaskCall]) {
    let mut of_token: HashMap<&str, &TaskCall> = HashMap::new();
    for call in calls {
        let first = of_token.entry(&call.token).or_insert(call);
        assert_eq!(*first, call, "a token is the same attempt's each time");
    }
}

/// Stops after each observation of a clean run, in turn; and once more after the same in the second life.
#[tokio::test]
async fn every_execution_ends_wherever_the_engine_stops() {
    let names = ["a", "b", "c"];
    for stop_after in 0..40 {
        let mut world = World::new(flow(), scripted);
        world.settings = Settings { max_running_tasks: 2, max_active_executions: 2, max_idle_executions: 1 };
        let mut ended = BTreeSet::new();
        for life in 0..3 {
            let mut run = world.start_up().await;
            for name in names {
                run.start(name, json!([name, 1, 2])).await;
            }
            let mut seen = 0;
            while ended.len() < names.len() && (life == 2 || seen < stop_after) {
                let told = in_time(run.told.recv()).await.expect("the engine runs");
                seen += 1;
                if told.events.iter().any(is_end) {
                    ended.insert(told.name);
                }
            }
            drop(run);
        }
        let statuses = world.statuses().await;
        assert!(statuses.values().all(|status| *status == Status::Succeeded), "{stop_after}: {statuses:?}");
        check_tokens(&world.calls());
        for name in names {
            let (outcome, history) = world.replay(name).await;
            assert_eq!(outcome, Some(Outcome::Succeeded { output: json!([name, 1, 2]).into() }));
            let saved = history.iter().filter(|event| event.state.as_deref() == Some("Save"));
            assert_eq!(saved.filter(|event| event.event_type == "TaskStateEntered").count(), 1);
        }
    }
}

/// On many threads the engine that was dropped may be in the middle of something; its last words are not kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn every_execution_ends_on_many_threads() {
    let world = World::new(flow(), scripted);
    let journal = world.journal();
    let mut run = world.start_up_on(journal.clone()).await;
    for name in 0..40 {
        run.start(&name.to_string(), json!([1, 2])).await;
        if name % 4 == 3 {
            in_time(run.told.recv()).await;
            drop(run);
            run = world.start_up_on(journal.clone()).await;
        }
    }
    loop {
        let statuses = world.statuses().await;
        if statuses.values().all(|status| *status == Status::Succeeded) {
            break;
        }
        in_time(run.told.recv()).await.expect("the engine runs");
    }
    check_tokens(&world.calls());
    for name in 0..40 {
        let (outcome, _) = world.replay(&name.to_string()).await;
        assert_eq!(outcome, Some(Outcome::Succeeded { output: json!([1, 2]).into() }));
    }
}

#[tokio::test]
async fn a_task_that_ran_when_the_engine_stopped_runs_again_under_its_token() {
    let begun = Arc::new(Semaphore::new(0));
    let signal = Arc::clone(&begun);
    let hangs = Arc::new(AtomicBool::new(true));
    let is_hung = Arc::clone(&hangs);
    let world = World::new(flow(), move |call| {
        let (signal, hangs) = (Arc::clone(&signal), is_hung.load(Ordering::SeqCst));
        async move {
            signal.add_permits(1);
            if hangs {
                std::future::pending::<()>().await;
            }
            Ok(call.input)
        }
    });
    let run = world.start_up().await;
    run.start("one", json!(["x"])).await;
    in_time(begun.acquire()).await.unwrap().forget();
    drop(run);
    hangs.store(false, Ordering::SeqCst);
    let mut run = world.start_up().await;
    run.ended(1).await;
    let calls = world.calls();
    let tokens: Vec<_> = calls.iter().map(|call| call.token.as_str()).collect();
    assert_eq!(tokens.len(), 3);
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[1], tokens[2]);
}

/// Its time ran out while nobody was there: it is not started again to be stopped at once.
#[tokio::test]
async fn a_task_whose_time_ran_out_meanwhile_is_not_run() {
    let begun = Arc::new(Semaphore::new(0));
    let signal = Arc::clone(&begun);
    let definition = json!({ "StartAt": "Do", "States": {
        "Do": { "Type": "Task", "Resource": "${Do}", "TimeoutSeconds": 60, "End": true },
    } });
    let world = World::new(definition, move |_| {
        signal.add_permits(1);
        std::future::pending()
    });
    let run = world.start_up().await;
    run.start("one", json!(1)).await;
    in_time(begun.acquire()).await.unwrap().forget();
    drop(run);
    world.clock.advance(3600);
    let mut run = world.start_up().await;
    run.ended(1).await;
    let (outcome, _) = world.replay("one").await;
    assert_eq!(outcome, Some(Outcome::Failed { error: "States.Timeout".to_owned(), cause: String::new() }));
    assert_eq!(world.calls().len(), 1);
}

fn fails_at_first() -> World {
    let definition = json!({ "StartAt": "Do", "States": {
        "Do": { "Type": "Task", "Resource": "${Do}", "End": true },
    } });
    let failures = AtomicUsize::new(1);
    World::new(definition, move |call| {
        let fails =
            failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        async move { if fails { failure("Gone") } else { Ok(call.input) } }
    })
}

#[tokio::test]
async fn a_redrive_from_another_process_is_taken_up() {
    let world = fails_at_first();
    let mut run = world.start_up().await;
    run.start("one", json!(1)).await;
    run.ended(1).await;
    assert_eq!(world.row("one").await.status, Status::Failed);

    world.journal().redrive(None, "one", "2026-03-02T00:00:00Z".parse().unwrap()).await.unwrap();
    let row = world.row("one").await;
    assert_eq!((row.status, row.ended_at), (Status::Running, None));
    run.engine.look_for_redriven();
    run.ended(1).await;
    assert_eq!(world.row("one").await.status, Status::Succeeded);
    assert_eq!(world.calls().len(), 2);

    let error = world.journal().redrive(None, "one", row.start.at).await.unwrap_err();
    assert!(matches!(error, JournalError::NotFailed { .. }));
    let error = world.journal().redrive(None, "two", row.start.at).await.unwrap_err();
    assert!(matches!(error, JournalError::NotFound(name) if name == "two"));
    // Nothing is left to take up.
    run.engine.look_for_redriven();
    run.start("two", json!(2)).await;
    run.ended(1).await;
    assert_eq!(world.calls().len(), 3);
}

/// The engine has taken nothing into memory yet when it is asked.
#[tokio::test]
async fn a_redrive_is_taken_up_by_an_engine_that_has_just_started() {
    let world = fails_at_first();
    let mut run = world.start_up().await;
    run.start("one", json!(1)).await;
    run.ended(1).await;
    drop(run);
    let mut run = world.start_up().await;
    // The driver has looked, and found nothing under way.
    tokio::task::yield_now().await;
    run.start("two", json!(2)).await;
    run.ended(1).await;
    drop(run);

    let mut run = world.start_up().await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    world.journal().redrive(None, "one", world.row("one").await.start.at).await.unwrap();
    run.engine.look_for_redriven();
    run.ended(1).await;
    assert_eq!(world.row("one").await.status, Status::Succeeded);
}

/// Nobody asks: the next start finds it.
#[tokio::test]
async fn a_redrive_is_taken_up_at_the_next_start() {
    let world = fails_at_first();
    let mut run = world.start_up().await;
    run.start("one", json!(1)).await;
    run.ended(1).await;
    drop(run);
    world.journal().redrive(None, "one", world.row("one").await.start.at).await.unwrap();
    let mut run = world.start_up().await;
    run.ended(1).await;
    assert_eq!(world.row("one").await.status, Status::Succeeded);

    // Who asks now is late: it has ended, and is not told of again.
    run.engine.look_for_redriven();
    run.start("two", json!(2)).await;
    loop {
        let told = in_time(run.told.recv()).await.expect("the engine runs");
        assert_eq!(told.name, "two");
        if told.events.iter().any(is_end) {
            break;
        }
    }
    assert_eq!(world.calls().len(), 3);
}
