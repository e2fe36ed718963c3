//! Executions from their start to their end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
};

use ackflow_engine::{EngineError, Outcome, Settings, Started, Status};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::world::{World, failure, in_time, raw};

fn task(fields: Value) -> Value {
    let mut state = json!({ "Type": "Task", "Resource": "${Do}", "End": true });
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({ "StartAt": "Do", "States": { "Do": state } })
}

/// Counts what ends, be it by itself or because it is aborted.
struct OnDrop<F: FnMut() -> usize>(F);

impl<F: FnMut() -> usize> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[tokio::test]
async fn an_execution_runs_to_its_end_and_is_kept() {
    let world = World::new(task(json!({})), |call| async move { Ok(call.input) });
    let mut run = world.start_up().await;
    assert_eq!(run.start("one", json!({ "a": 1 })).await, Started::New);
    run.ended(1).await;
    let row = world.row("one").await;
    assert_eq!(
        (row.status, row.start.flow.as_str(), &row.start.input),
        (Status::Succeeded, "flow", &json!({ "a": 1 }))
    );
    assert_eq!(row.ended_at, Some(row.start.at));
    let (outcome, history) = world.replay("one").await;
    assert_eq!(outcome, Some(Outcome::Succeeded { output: json!({ "a": 1 }).into() }));
    assert_eq!(history.len(), 7);
}

#[tokio::test]
async fn the_same_name_starts_once() {
    let world = World::new(task(json!({})), |call| async move { Ok(call.input) });
    let mut run = world.start_up().await;
    let starts =
        tokio::join!(run.start("one", json!(1)), run.start("one", json!(2)), run.start("one", json!(3)));
    assert_eq!(starts, (Started::New, Started::Already, Started::Already));
    run.ended(1).await;
    assert_eq!(run.start("one", json!(4)).await, Started::Already);
    assert_eq!(world.calls().len(), 1);
}

#[tokio::test]
async fn an_execution_runs_though_nobody_waits_for_its_start_any_more() {
    let world = World::new(task(json!({})), |call| async move { Ok(call.input) });
    let mut run = world.start_up().await;
    {
        let input = raw(&json!({}));
        let mut start = Box::pin(run.engine.start("flow", "one", &input));
        // Asked for, and given up before it is durable.
        assert!(start.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    run.ended(1).await;
    assert_eq!(world.row("one").await.status, Status::Succeeded);
}

#[tokio::test]
async fn an_unknown_machine_is_an_error() {
    let world = World::new(task(json!({})), |call| async move { Ok(call.input) });
    let run = world.start_up().await;
    let error = run.engine.start("other", "one", &raw(&json!(1))).await.unwrap_err();
    assert!(matches!(error, EngineError::UnknownMachine(name) if name == "other"));
}

#[tokio::test]
async fn an_execution_can_end_without_waiting_for_anything() {
    let definition = json!({ "StartAt": "Done", "States": { "Done": { "Type": "Succeed" } } });
    let world = World::new(definition, |_| async { failure("Never") });
    let mut run = world.start_up().await;
    for name in 0..100 {
        run.start(&name.to_string(), json!(name)).await;
    }
    run.ended(100).await;
    assert!(world.statuses().await.values().all(|status| *status == Status::Succeeded));
}

#[tokio::test]
async fn retries_and_waits_do_not_really_wait() {
    let retry = json!({ "Retry": [{ "ErrorEquals": ["Busy"], "IntervalSeconds": 3600 }], "End": false, "Next": "Wait" });
    let mut definition = task(retry);
    definition["States"]["Do"].as_object_mut().unwrap().remove("End");
    definition["States"]["Wait"] = json!({ "Type": "Wait", "Seconds": 86_400, "End": true });
    let failures = AtomicUsize::new(2);
    let world = World::new(definition, move |call| {
        let fails = failures.fetch_sub(1, Ordering::SeqCst) > 0;
        async move { if fails { failure("Busy") } else { Ok(call.input) } }
    });
    let mut run = world.start_up().await;
    // `fetch_sub` goes below zero only after the third call, which is the last.
    run.start("one", json!(1)).await;
    run.ended(1).await;
    assert_eq!(world.clock.elapsed(), 3 * 3600 + 86_400);
    assert_eq!(world.row("one").await.status, Status::Succeeded);
}

/// Timers between two milliseconds come, and do not keep the engine busy until they do.
#[tokio::test]
async fn a_wait_for_a_fraction_of_a_millisecond_ends() {
    let definition = json!({ "StartAt": "Wait", "States": {
        "Wait": { "Type": "Wait", "Timestamp": "2026-03-01T12:00:01.0001234Z", "End": true },
    } });
    let world = World::new(definition, |_| async { failure("Never") });
    let mut run = world.start_up().await;
    run.start("one", json!(1)).await;
    run.ended(1).await;
}

#[tokio::test]
async fn many_executions_share_few_places() {
    let definition = json!({ "StartAt": "Each", "States": {
        "Each": {
            "Type": "Map",
            "ItemProcessor": { "StartAt": "Do", "States": { "Do": {
                "Type": "Task", "Resource": "${Do}", "End": true, "Retry": [{ "ErrorEquals": ["Busy"] }],
            } } },
            "Catch": [{ "ErrorEquals": ["Gone"], "ResultPath": null, "Next": "Rest" }],
            "Next": "Rest",
        },
        "Rest": { "Type": "Wait", "Seconds": 10, "Next": "Last" },
        "Last": { "Type": "Task", "Resource": "${Do}", "InputPath": "$[0]", "End": true },
    } });
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, high) = (Arc::clone(&running), Arc::clone(&most));
    let mut world = World::new(definition, move |call| {
        let (now, high) = (Arc::clone(&now), Arc::clone(&high));
        async move {
            high.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let _running = OnDrop(|| now.fetch_sub(1, Ordering::SeqCst));
            let luck = call.token.bytes().map(usize::from).sum::<usize>() % 11;
            // Some end together, and some while the journal is written.
            for _ in 0..luck % 4 {
                tokio::task::yield_now().await;
            }
            match luck {
                0 | 1 if call.state == "Do" => failure("Gone"),
                2 => failure("Busy"),
                3 => failure("Odd"),
                _ => Ok(call.input),
            }
        }
    });
    // A place that is not given back would soon be the last.
    world.settings = Settings { max_running_tasks: 3, max_active_executions: 2, max_idle_executions: 1 };
    let mut run = world.start_up().await;
    for name in 0..200 {
        run.start(&name.to_string(), json!([1, 2, 3, 4, 5])).await;
    }
    run.ended(200).await;
    let statuses = world.statuses().await;
    assert_eq!(statuses.len(), 200);
    assert!(statuses.values().all(|status| *status != Status::Running));
    assert!(most.load(Ordering::SeqCst) <= 3);
}

#[tokio::test]
async fn a_task_that_outlives_its_timeout_is_aborted() {
    let aborted = Arc::new(AtomicUsize::new(0));
    let (counter, begun) = (Arc::clone(&aborted), Arc::new(Semaphore::new(0)));
    let signal = Arc::clone(&begun);
    let world = World::new(task(json!({ "TimeoutSeconds": 30 })), move |_| {
        signal.add_permits(1);
        let counter = Arc::clone(&counter);
        async move {
            let _aborted = OnDrop(|| counter.fetch_add(1, Ordering::SeqCst));
            std::future::pending().await
        }
    });
    let mut run = world.start_up().await;
    run.start("one", json!(1)).await;
    in_time(begun.acquire()).await.unwrap().forget();
    world.clock.advance(29);
    tokio::task::yield_now().await;
    assert_eq!(aborted.load(Ordering::SeqCst), 0);
    world.clock.advance(1);
    run.ended(1).await;
    let (outcome, _) = world.replay("one").await;
    assert_eq!(outcome, Some(Outcome::Failed { error: "States.Timeout".to_owned(), cause: String::new() }));
    run.engine.drain().await;
    assert_eq!(aborted.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_task_that_panics_fails_as_a_crashed_function_does() {
    let catch = json!({ "Catch": [{ "ErrorEquals": ["Lambda.Unknown"], "Next": "Caught" }] });
    let mut definition = task(catch);
    definition["States"]["Caught"] = json!({ "Type": "Pass", "End": true });
    let world = World::new(definition, |call| async move {
        assert_ne!(call.input, json!(1), "scripted");
        Ok(call.input)
    });
    let mut run = world.start_up().await;
    run.start("one", json!(1)).await;
    run.ended(1).await;
    let (outcome, _) = world.replay("one").await;
    let Some(Outcome::Succeeded { output }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(output["Error"], "Lambda.Unknown");
}

#[tokio::test]
async fn a_drain_lets_running_tasks_end_and_starts_no_other() {
    let gate = Arc::new(Semaphore::new(0));
    let begun = Arc::new(Semaphore::new(0));
    let (open, signal) = (Arc::clone(&gate), Arc::clone(&begun));
    let mut definition = task(json!({ "Next": "Then" }));
    definition["States"]["Do"].as_object_mut().unwrap().remove("End");
    definition["States"]["Then"] = json!({ "Type": "Task", "Resource": "${Then}", "End": true });
    let mut world = World::new(definition, move |call| {
        let (open, signal) = (Arc::clone(&open), Arc::clone(&signal));
        async move {
            signal.add_permits(1);
            open.acquire().await.unwrap().forget();
            Ok(call.input)
        }
    });
    world.settings.max_running_tasks = 2;
    let run = world.start_up().await;
    for name in ["a", "b", "c"] {
        run.start(name, json!(name)).await;
    }
    in_time(begun.acquire_many(2)).await.unwrap().forget();
    let engine = Arc::new(run.engine);
    let draining = Arc::clone(&engine);
    let drained = tokio::spawn(async move { draining.drain().await });
    tokio::task::yield_now().await;
    assert!(!drained.is_finished());
    gate.add_permits(2);
    in_time(drained).await.unwrap();

    let called = |state: &str| world.calls().iter().filter(|call| call.state == state).count();
    assert_eq!((called("Do"), called("Then")), (2, 0));
    assert!(world.statuses().await.values().all(|status| *status == Status::Running));
    gate.add_permits(100);
    let mut run = world.start_up().await;
    run.ended(3).await;
    assert_eq!((called("Do"), called("Then")), (3, 3), "what was journaled in the drain is not done again");
}
