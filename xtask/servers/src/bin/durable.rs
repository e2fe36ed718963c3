//! A flow of three steps on the engine, with its journal, behind HTTP.
//!
//! Its arguments are the address to listen on and a new folder for the journal. `POST /execute` runs one execution to
//! its end and answers with its output. `POST /fill` runs as many as its body says, and answers once all have ended.

use std::{
    collections::HashMap,
    error::Error,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ackflow_asl::StateMachine;
use ackflow_engine::{
    Clock, Database, Engine, HistoryEvent, Journal, Observation, Settings, TaskCall, TaskError, Tasks,
};
use async_trait::async_trait;
use axum::{Router, extract::State, http::StatusCode, routing::post};
use jiff::Timestamp;
use serde_json::{Value, value::RawValue};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinSet,
};

/// Each step gives what it was given.
const FLOW: &str = r#"{ "StartAt": "One", "States": {
    "One": { "Type": "Task", "Resource": "${Step}", "Next": "Two" },
    "Two": { "Type": "Task", "Resource": "${Step}", "Next": "Three" },
    "Three": { "Type": "Task", "Resource": "${Step}", "End": true }
} }"#;

/// The events that an execution ends with.
const ENDS: [&str; 3] = ["ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut"];

/// How many executions run at once while the journal is filled.
const AT_ONCE: usize = 64;

/// What a request is refused with.
type Refusal = (StatusCode, String);

/// Who waits for the end of an execution, by its name.
type Waiting = Mutex<HashMap<String, oneshot::Sender<HistoryEvent>>>;

struct Executions {
    engine: Engine,
    started: AtomicU64,
    waiting: Arc<Waiting>,
}

/// Steps that take no time.
struct Steps;

#[async_trait]
impl Tasks for Steps {
    async fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        Ok(call.input)
    }
}

/// The system's clock.
struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep_until(&self, due: Timestamp, _busy: bool) {
        // What is past already is no length of time.
        if let Ok(left) = Duration::try_from(due.duration_since(self.now())) {
            tokio::time::sleep(left).await;
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, folder] = arguments.as_slice() else {
        return Err("the arguments are the address to listen on and a folder".into());
    };
    let database = Database::open(&Path::new(folder).join("journal.db"), 1, Journal::SCHEMA)?;
    let flow = StateMachine::parse(FLOW)?;
    let (observer, told) = mpsc::unbounded_channel();
    let (settings, journal) = (Settings::default(), Journal::new(database));
    let (machines, tasks, clock) = ([("three-steps", &flow)], Arc::new(Steps), Arc::new(SystemClock));
    let engine = Engine::start_up(journal, &machines, tasks, clock, settings, Some(observer)).await?;
    let waiting = Arc::new(Waiting::default());
    tokio::spawn(tell_ends(told, Arc::clone(&waiting)));
    let executions = Arc::new(Executions { engine, started: AtomicU64::new(0), waiting });
    let routes = Router::new().route("/execute", post(execute)).route("/fill", post(fill));
    axum::serve(TcpListener::bind(address).await?, routes.with_state(executions)).await?;
    Ok(())
}

/// Tells whoever waits for an execution that it has ended, once that is durable.
async fn tell_ends(mut told: mpsc::UnboundedReceiver<Observation>, waiting: Arc<Waiting>) {
    while let Some(Observation { name, events, .. }) = told.recv().await {
        if let Some(end) = events.into_iter().find(|event| ENDS.contains(&event.event_type))
            && let Some(tell) = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&name)
        {
            let _ = tell.send(end);
        }
    }
}

async fn execute(State(executions): State<Arc<Executions>>, input: String) -> Result<String, Refusal> {
    let input = RawValue::from_string(input)
        .map_err(|error| (StatusCode::BAD_REQUEST, format!("the input is not JSON: {error}")))?;
    executions.run(&input).await
}

async fn fill(State(executions): State<Arc<Executions>>, count: String) -> Result<(), Refusal> {
    let count = count
        .parse::<usize>()
        .map_err(|error| (StatusCode::BAD_REQUEST, format!("the body is not a number: {error}")))?;
    let mut running = JoinSet::new();
    for _ in 0..count {
        if running.len() == AT_ONCE {
            settle(&mut running).await?;
        }
        let executions = Arc::clone(&executions);
        running.spawn(async move { executions.run(RawValue::TRUE).await });
    }
    while !running.is_empty() {
        settle(&mut running).await?;
    }
    Ok(())
}

/// Waits for the end of one.
async fn settle(running: &mut JoinSet<Result<String, Refusal>>) -> Result<(), Refusal> {
    match running.join_next().await {
        None | Some(Ok(Ok(_))) => Ok(()),
        Some(Ok(Err(refusal))) => Err(refusal),
        Some(Err(error)) => Err(broken(&error)),
    }
}

impl Executions {
    /// Runs an execution to its end, and gives its output.
    async fn run(&self, input: &RawValue) -> Result<String, Refusal> {
        let name = self.started.fetch_add(1, Ordering::Relaxed).to_string();
        let (tell, end) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), tell);
        self.engine.start("three-steps", &name, input).await.map_err(|error| broken(&error))?;
        let end = end.await.map_err(|error| broken(&error))?;
        if end.event_type != "ExecutionSucceeded" {
            return Err((StatusCode::INTERNAL_SERVER_ERROR, format!("{}: {}", end.event_type, end.details)));
        }
        Ok(end.details["output"].to_string())
    }
}

fn broken(error: &dyn Error) -> Refusal {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
