//! What an engine needs around it in a test.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use ackflow_engine::{
    Clock, Database, Engine, ExecutionRow, HistoryEvent, Journal, Observation, Outcome, Settings, Started,
    Status, TaskCall, TaskError, Tasks,
};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};
use tokio::sync::{mpsc, watch};

use crate::simulator::{epoch, machine};

/// A clock that stands still until nothing but a timer can happen.
#[derive(Debug)]
pub(crate) struct VirtualClock(watch::Sender<Timestamp>);

impl VirtualClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.send_modify(|now| *now += SignedDuration::from_secs(seconds));
    }

    pub(crate) fn elapsed(&self) -> i64 {
        self.now().duration_since(epoch()).as_secs()
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    async fn sleep_until(&self, due: Timestamp, busy: bool) {
        if !busy {
            self.0.send_modify(|now| *now = due.max(*now));
        }
        let _ = self.0.subscribe().wait_for(|now| *now >= due).await;
    }
}

type Running = Pin<Box<dyn Future<Output = Result<Value, TaskError>> + Send>>;
type Script = Box<dyn Fn(TaskCall) -> Running + Send + Sync>;

/// Tasks that do as they are told, and remember their calls.
pub(crate) struct ScriptedTasks {
    script: Script,
    calls: Mutex<Vec<TaskCall>>,
}

#[async_trait]
impl Tasks for ScriptedTasks {
    async fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        self.calls.lock().unwrap().push(call.clone());
        (self.script)(call).await
    }
}

pub(crate) fn failure(error: &str) -> Result<Value, TaskError> {
    Err(TaskError { error: error.to_owned(), cause: "as scripted".to_owned() })
}

/// A data folder, a clock, tasks, and the engine's machine, named `flow`.
pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) settings: Settings,
    /// Machines besides `flow`.
    pub(crate) others: Vec<(&'static str, Value)>,
    tasks: Arc<ScriptedTasks>,
    definition: Value,
}

/// An engine and what it tells.
pub(crate) struct Run {
    pub(crate) engine: Engine,
    pub(crate) told: mpsc::UnboundedReceiver<Observation>,
}

/// A test that hangs is a test that fails.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it hangs")
}

impl World {
    pub(crate) fn new<F>(definition: Value, script: impl Fn(TaskCall) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Value, TaskError>> + Send + 'static,
    {
        let script: Script = Box::new(move |call| Box::pin(script(call)));
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: Arc::new(VirtualClock(watch::Sender::new(epoch()))),
            settings: Settings::default(),
            others: Vec::new(),
            tasks: Arc::new(ScriptedTasks { script, calls: Mutex::default() }),
            definition,
        }
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("journal.db")
    }

    pub(crate) fn database(&self) -> Database {
        Database::open(&self.path(), 1, Journal::SCHEMA).unwrap()
    }

    /// A handle on the journal from elsewhere, as another process has it.
    pub(crate) fn journal(&self) -> Journal {
        Journal::new(self.database())
    }

    /// Does something to the file behind the engine's back.
    pub(crate) fn tamper(&self, sql: &str) {
        rusqlite::Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
    }

    pub(crate) async fn start_up(&self) -> Run {
        self.start_up_on(self.journal()).await
    }

    pub(crate) async fn start_up_on(&self, journal: Journal) -> Run {
        let (observer, told) = mpsc::unbounded_channel();
        let others = self.others.iter().map(|(name, definition)| (*name, machine(definition)));
        let machines: Vec<_> = others.chain([("flow", machine(&self.definition))]).collect();
        let machines: Vec<_> = machines.iter().map(|(name, machine)| (*name, &**machine)).collect();
        let tasks = Arc::<ScriptedTasks>::clone(&self.tasks);
        let clock = Arc::<VirtualClock>::clone(&self.clock);
        let engine = Engine::start_up(journal, &machines, tasks, clock, self.settings, Some(observer));
        Run { engine: engine.await.unwrap(), told }
    }

    pub(crate) fn calls(&self) -> Vec<TaskCall> {
        self.tasks.calls.lock().unwrap().clone()
    }

    pub(crate) async fn row(&self, name: &str) -> ExecutionRow {
        self.journal().find(None, name).await.unwrap()
    }

    /// The outcome and the history that the journal gives.
    pub(crate) async fn replay(&self, name: &str) -> (Option<Outcome>, Vec<HistoryEvent>) {
        let row = self.row(name).await;
        let (execution, history) = self.journal().replay(&row).await.unwrap();
        (execution.outcome().cloned(), history)
    }

    pub(crate) async fn statuses(&self) -> HashMap<String, Status> {
        let rows = self.journal().list(10_000).await.unwrap();
        rows.into_iter().map(|row| (row.start.name, row.status)).collect()
    }
}

/// A value as text.
pub(crate) fn raw(value: &Value) -> Box<RawValue> {
    to_raw_value(value).unwrap()
}

impl Run {
    pub(crate) async fn start(&self, name: &str, input: Value) -> Started {
        self.engine.start("flow", name, &raw(&input)).await.unwrap()
    }

    /// Waits until so many executions have ended.
    pub(crate) async fn ended(&mut self, count: usize) {
        let mut ended = 0;
        while ended < count {
            let told = in_time(self.told.recv()).await.expect("the engine runs");
            ended += told.events.iter().filter(|event| is_end(event)).count();
        }
    }

    /// Waits for an event of this type.
    pub(crate) async fn event(&mut self, event_type: &str) {
        loop {
            let told = in_time(self.told.recv()).await.expect("the engine runs");
            if told.events.iter().any(|event| event.event_type == event_type) {
                return;
            }
        }
    }
}

pub(crate) fn is_end(event: &HistoryEvent) -> bool {
    let ends = ["ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"];
    ends.contains(&event.event_type)
}
