//! A hundred thousand executions that wait: what they cost in memory.
//!
//! A test of its own process, since it measures that process. In a debug build it is a tenth as many.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test says what it wants in few words")]

use std::{fs, sync::Arc, time::Instant};

use ackflow_asl::StateMachine;
use ackflow_engine::{Answered, Clock, Database, Engine, Journal, Settings, TaskCall, TaskError, Tasks};
use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json, value::to_raw_value};

const EXECUTIONS: u64 = if cfg!(debug_assertions) { 10_000 } else { 100_000 };

/// What an execution may take of the 300 MiB for 100,000 of them, and the 50 MiB that the process takes without them.
const BYTES_EACH: u64 = 250 * 1024 * 1024 / 100_000;

/// A clock that stands still: whoever waits, waits on.
struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn sleep_until(&self, _due: Timestamp, _busy: bool) {
        std::future::pending::<()>().await;
    }
}

/// A call that hands its token out.
struct Ask;

#[async_trait]
impl Tasks for Ask {
    async fn run(&self, _call: TaskCall) -> Result<Value, TaskError> {
        Ok(Value::Null)
    }
}

/// The most memory that the process ever had, in bytes.
///
/// Source: <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Half of them wait for a time, half for an answer that may take a day.
fn definition() -> StateMachine {
    let definition = r#"{ "StartAt": "Which", "States": {
        "Which": { "Type": "Choice", "Default": "Wait", "Choices": [
            { "Variable": "$.asks", "BooleanEquals": true, "Next": "Ask" }
        ] },
        "Wait": { "Type": "Wait", "Seconds": 86400, "End": true },
        "Ask": {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 86400,
            "Parameters": { "FunctionName": "${Ask}", "Payload": { "token.$": "$$.Task.Token" } }, "End": true
        }
    } }"#;
    StateMachine::parse(definition).unwrap()
}

async fn start_up(journal: &Journal) -> Engine {
    let machine = definition();
    let machines = [("flow", &machine)];
    let engine = Engine::start_up(
        journal.clone(),
        &machines,
        Arc::new(Ask),
        Arc::new(Still),
        Settings::default(),
        None,
    );
    engine.await.unwrap()
}

/// Returns once so many executions wait, as the journal knows.
async fn until_waiting(database: &Database, count: u64) {
    loop {
        let waiting = database.read(|connection| {
            connection.query_row("SELECT count(*) FROM waiting", [], |row| row.get::<_, i64>(0))
        });
        if waiting.await.unwrap().cast_unsigned() == count {
            return;
        }
    }
}

async fn start(engine: &Engine, number: u64) {
    let asks = number.is_multiple_of(2);
    let input = json!({ "asks": asks, "channel": "C0123456789", "text": "deploy prod api" });
    engine.start("flow", &number.to_string(), &to_raw_value(&input).unwrap()).await.unwrap();
}

#[tokio::test]
async fn waiting_executions_fit_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("journal.db"), 1, Journal::SCHEMA).unwrap();
    let journal = Journal::new(database.clone());
    let engine = start_up(&journal).await;
    start(&engine, 0).await;
    until_waiting(&database, 1).await;
    let before = peak();

    let numbers: Vec<u64> = (1..EXECUTIONS).collect();
    for some in numbers.chunks(250) {
        join_all(some.iter().map(|number| start(&engine, *number))).await;
    }
    until_waiting(&database, EXECUTIONS).await;
    drop(engine);
    let begun = Instant::now();
    let engine = start_up(&journal).await;
    // An answer is taken once the engine has begun its work.
    assert_eq!(engine.answer("flow:0:5", Ok(Value::Null)).await.unwrap(), Answered::Taken);
    let restart = begun.elapsed();

    let grown = peak() - before;
    println!(
        "{EXECUTIONS} waiting executions: {} MiB over {} MiB, restart in {} ms",
        grown >> 20,
        before >> 20,
        restart.as_millis()
    );
    assert!(grown < EXECUTIONS * BYTES_EACH, "{grown} bytes for {EXECUTIONS} executions");
}
