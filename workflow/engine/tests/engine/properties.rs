//! What must hold whatever the tasks give, in whatever order: a replay comes to the same state, and a crash at
//! any moment changes nothing.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use ackflow_asl::StateMachine;
use ackflow_engine::{Execution, Outcome, Signal, Start, TaskCall};
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::simulator::{Answer, Simulator, machine, start};

/// A Map over files with retries and a catch, as the document pipeline has it, retried whole on one error.
fn pipeline(at_once: u64) -> Value {
    let fetch = json!({
        "Type": "Task", "Resource": "${Fetch}", "TimeoutSeconds": 4,
        "Retry": [
            { "ErrorEquals": ["Busy"], "MaxAttempts": 2, "JitterStrategy": "FULL", "MaxDelaySeconds": 3 },
            { "ErrorEquals": ["States.Timeout"], "MaxAttempts": 1 },
        ],
        "Catch": [{ "ErrorEquals": ["Gone"], "ResultPath": "$.error", "Next": "Report" }],
        "End": true,
    });
    json!({ "StartAt": "Each", "TimeoutSeconds": 40, "States": {
        "Each": {
            "Type": "Map", "MaxConcurrency": at_once,
            "ItemSelector": { "item.$": "$$.Map.Item.Value", "id.$": "States.UUID()" },
            "ItemProcessor": { "StartAt": "Fetch", "States": {
                "Fetch": fetch, "Report": { "Type": "Pass", "End": true },
            } },
            "Retry": [{ "ErrorEquals": ["Odd"], "MaxAttempts": 1 }],
            "Next": "Save",
        },
        "Save": { "Type": "Task", "Resource": "${Save}", "TimeoutSeconds": 9, "End": true },
    } })
}

/// Branches of tasks, waits and a Map, with a catch around them all.
fn side_by_side(at_once: u64) -> Value {
    let task = |next: &str| json!({ "Type": "Task", "Resource": "${Do}", "TimeoutSeconds": 5, "Next": next });
    let end = json!({ "Type": "Task", "Resource": "${Do}", "End": true });
    let inner = json!({
        "Type": "Map", "MaxConcurrency": at_once,
        "ItemProcessor": { "StartAt": "One", "States": { "One": end } },
        "Retry": [{ "ErrorEquals": ["Busy", "Odd"], "MaxAttempts": 2, "JitterStrategy": "FULL" }],
        "End": true,
    });
    json!({ "StartAt": "Both", "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                { "StartAt": "A", "States": { "A": task("B"), "B": end } },
                { "StartAt": "W", "States": {
                    "W": { "Type": "Wait", "Seconds": 3, "Next": "C" }, "C": end,
                } },
                { "StartAt": "Inner", "States": { "Inner": inner } },
            ],
            "Catch": [{ "ErrorEquals": ["Odd"], "ResultPath": null, "Next": "Again" }],
            "Next": "Done",
        },
        "Again": { "Type": "Map", "ItemProcessor": { "StartAt": "Two", "States": { "Two": end } }, "Next": "Done" },
        "Done": { "Type": "Succeed" },
    } })
}

/// What a task does follows from the attempt alone, as it would outside after a crash.
fn answer(luck: u64, call: &TaskCall) -> Answer {
    let mut hasher = DefaultHasher::new();
    (luck, &call.token, call.input.to_string()).hash(&mut hasher);
    let bits = hasher.finish();
    let seconds = i64::try_from(bits >> 60).expect("four bits") / 3;
    let answer = match bits % 10 {
        0 | 1 => Answer::fails("Busy", "busy"),
        2 => Answer::fails("Gone", "gone"),
        3 => Answer::fails("Odd", "odd"),
        4 => Answer::hangs(),
        _ => Answer::gives(json!({ "n": bits % 1000 })),
    };
    answer.after(seconds)
}

const MAX_REDRIVES: usize = 3;

/// Runs to the end, and goes on from failures a few times.
fn run_through(mut run: Simulator<'_>) -> Simulator<'_> {
    loop {
        run = run.run();
        let redriven = run.signals.iter().filter(|(_, signal)| *signal == Signal::Redriven).count();
        let has_failed = matches!(run.execution.outcome(), Some(Outcome::Failed { .. } | Outcome::TimedOut));
        if !has_failed || redriven == MAX_REDRIVES {
            return run;
        }
        run.now += SignedDuration::from_secs(60);
        run.apply(Signal::Redriven);
    }
}

fn cases() -> impl Strategy<Value = (Arc<StateMachine>, Start, u64)> {
    (any::<bool>(), 0..4_u64, 0..5_usize, any::<u64>(), any::<u64>()).prop_map(
        |(is_pipeline, at_once, items, seed, luck)| {
            let definition = if is_pipeline { pipeline(at_once) } else { side_by_side(at_once) };
            let mut start = start(json!((0..items).map(|item| json!({ "item": item })).collect::<Vec<_>>()));
            start.seed = seed;
            (machine(&definition), start, luck)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_replay_comes_to_the_same_state((machine, start, luck) in cases()) {
        let run = run_through(Simulator::new(Arc::clone(&machine), start.clone(), |call| answer(luck, call)));
        let (mut replay, _) = Execution::start(machine, start);
        for (at, signal) in &run.signals {
            prop_assert!(replay.apply(signal, *at).is_some());
        }
        prop_assert_eq!(replay.outcome(), run.execution.outcome());
        prop_assert_eq!(replay.next_due(), run.execution.next_due());
        prop_assert_eq!(replay.running_tasks(), run.execution.running_tasks());
        prop_assert_eq!(replay.take_history(), run.history);
    }

    #[test]
    fn a_crash_at_any_moment_changes_nothing((machine, start, luck) in cases()) {
        let clean = run_through(Simulator::new(Arc::clone(&machine), start.clone(), |call| answer(luck, call)));
        for kept in 0..=clean.signals.len() {
            let signals = &clean.signals[..kept];
            let tasks = |call: &TaskCall| answer(luck, call);
            let run = run_through(Simulator::resume(Arc::clone(&machine), start.clone(), signals, tasks));
            prop_assert_eq!(run.execution.outcome(), clean.execution.outcome());
            prop_assert_eq!(&run.history, &clean.history);
        }
    }

    /// Whatever happens, an execution waits for something or has ended, and an ended one waits for nothing.
    #[test]
    fn an_execution_waits_or_has_ended((machine, start, luck) in cases()) {
        let mut run = Simulator::new(machine, start, |call| answer(luck, call));
        loop {
            let waits = run.execution.next_due().is_some() || !run.execution.running_tasks().is_empty();
            prop_assert_eq!(waits, run.execution.outcome().is_none());
            let running: Vec<_> = run.execution.running_tasks().iter().map(|call| call.task).collect();
            let mut known: Vec<_> = run.calls.iter().map(|call| call.task).collect();
            known.retain(|task| !run.cancelled.contains(task));
            prop_assert!(running.iter().all(|task| known.contains(task)));
            if !run.step() {
                break;
            }
        }
        let mut ids = run.history.iter().map(|event| event.id);
        prop_assert!(ids.by_ref().eq(1..=run.history.len() as u64));
        prop_assert!(run.history.iter().all(|event| event.previous_event_id < event.id));
    }
}
