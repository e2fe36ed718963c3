//! Drives executions on one machine: journals each signal, then acts on what follows from it.

mod driver;
mod pool;

use std::{collections::HashMap, sync::Arc};

use ackflow_asl::StateMachine;
use jiff::Timestamp;
use serde_json::{Value, value::RawValue};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

use self::driver::{Answer, Driver, Message, Parts};
use crate::{
    Clock, HistoryEvent, Journal, JournalError, NewExecution, Signal, Started, TaskError, Tasks,
    execution::task_of_token,
};

/// How much the engine does at once.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many tasks run at once.
    pub max_running_tasks: usize,
    /// How many executions with work at hand are kept in memory; the rest wait in the journal.
    pub max_active_executions: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_running_tasks: 16, max_active_executions: 64 }
    }
}

/// Why an execution was not started.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// No machine of this name was given to the engine.
    #[error("there is no state machine named {0}")]
    UnknownMachine(String),
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
}

/// What became of an answer to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// The task has ended with it.
    Taken,
    /// No task waits for an answer with this token: it was answered before, took too long, or never was.
    NotAwaited,
}

/// New events of an execution, told once they are durable.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The state machine's name.
    pub flow: String,
    /// The execution's name.
    pub name: String,
    /// The events.
    pub events: Vec<HistoryEvent>,
}

/// A running engine. Dropping it stops it where it stands, as a crash would.
#[derive(Debug)]
pub struct Engine {
    journal: Journal,
    clock: Arc<dyn Clock>,
    digests: HashMap<String, String>,
    messages: mpsc::UnboundedSender<Message>,
    driver: JoinHandle<()>,
    ended: watch::Receiver<Option<String>>,
}

impl std::fmt::Debug for dyn Clock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Clock")
    }
}

impl Engine {
    /// Starts an engine. It goes on with every execution that the journal holds.
    pub async fn start_up(
        journal: Journal,
        machines: &[(&str, &StateMachine)],
        tasks: Arc<dyn Tasks>,
        clock: Arc<dyn Clock>,
        settings: Settings,
        observer: Option<mpsc::UnboundedSender<Observation>>,
    ) -> Result<Self, EngineError> {
        let mut digests = HashMap::new();
        for (name, machine) in machines {
            digests.insert((*name).to_owned(), journal.define(machine).await?);
        }
        let (messages, inbox) = mpsc::unbounded_channel();
        let (end, ended) = watch::channel(None);
        let engine = rand::random();
        journal.take_over(engine).await?;
        let driver = Driver::new(Parts {
            journal: journal.clone(),
            engine,
            tasks,
            clock: Arc::clone(&clock),
            settings,
            observer,
            inbox,
        });
        let driver = tokio::spawn(async move {
            let error = driver.run().await.err().map(|error| error.to_string());
            end.send_replace(Some(error.unwrap_or_default()));
        });
        Ok(Self { journal, clock, digests, messages, driver, ended })
    }

    /// Starts an execution, unless one of the name was started before. Durable when this returns.
    pub async fn start(&self, machine: &str, name: &str, input: &RawValue) -> Result<Started, EngineError> {
        if self.messages.is_closed() {
            return Err(EngineError::Stopped);
        }
        let digest =
            self.digests.get(machine).ok_or_else(|| EngineError::UnknownMachine(machine.to_owned()))?;
        let new = NewExecution {
            machine: digest.clone(),
            flow: machine.to_owned(),
            name: name.to_owned(),
            input: input.get().to_owned(),
            at: whole_millis(self.clock.now()),
            seed: rand::random(),
        };
        // A task of its own, so that it comes to its end also when whoever starts the execution waits no longer: the start
        // may be durable all the same, and the driver must look for it after that.
        let (journal, messages) = (self.journal.clone(), self.messages.clone());
        let started = tokio::spawn(async move {
            let started = journal.start(new).await;
            // The driver may have ended; the execution then goes on at the next start.
            let _ = messages.send(Message::LookForNew);
            started
        });
        Ok(started.await.map_err(|_| EngineError::Stopped)??)
    }

    /// Ends a task that waits for an answer with its token, as Step Functions' `SendTaskSuccess` and `SendTaskFailure`
    /// do. Durable when this returns.
    pub async fn answer(
        &self,
        token: &str,
        result: Result<Value, TaskError>,
    ) -> Result<Answered, EngineError> {
        let Some((flow, name, task)) = task_of_token(token) else { return Ok(Answered::NotAwaited) };
        let Some(execution) = self.journal.id(flow, name).await? else { return Ok(Answered::NotAwaited) };
        let signal = match result {
            Ok(output) => Signal::TaskSucceeded { task, output },
            Err(TaskError { error, cause }) => Signal::TaskFailed { task, error, cause },
        };
        let (tell, heard) = oneshot::channel();
        let sent = self.messages.send(Message::Answer(Answer { execution, signal, tell }));
        sent.map_err(|_| EngineError::Stopped)?;
        heard.await.map_err(|_| EngineError::Stopped)
    }

    /// Takes up the executions that [`Journal::redrive`] has set going, from this process or another.
    pub fn look_for_redriven(&self) {
        let _ = self.messages.send(Message::LookForRedriven);
    }

    /// Stops: running tasks come to their end and are journaled, no other starts.
    pub async fn drain(&self) {
        let _ = self.messages.send(Message::Drain);
        self.failed().await;
    }

    /// Returns when the engine has stopped by itself, with the reason.
    pub async fn failed(&self) -> String {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => "its task has ended".to_owned(),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The time as the journal keeps it, so that a replay sees the very same.
fn whole_millis(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).expect("rounding stays within the range")
}
