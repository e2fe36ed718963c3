//! Drives executions on one machine: journals each signal, then acts on what follows from it.

mod activities;
mod depth;
mod driver;
mod live;
mod nested;
mod pool;

use std::{collections::HashMap, sync::Arc, time::Duration};

use ackflow_asl::StateMachine;
use jiff::Timestamp;
use serde_json::{Value, value::RawValue};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

pub use self::activities::ActivityTask;
use self::{
    activities::Ask,
    driver::{Answer, Driver, Message, Parts},
};
use crate::{
    Clock, HistoryEvent, Journal, JournalError, NewExecution, Signal, Started, TaskError, Tasks,
    execution::task_of_token, journal::Stop,
};

/// How much the engine does at once.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many tasks run at once.
    pub max_running_tasks: usize,
    /// How many executions with work at hand are kept in memory; the rest wait in the journal.
    pub max_active_executions: usize,
    /// How many executions that only wait are kept in memory too. Of the rest, only the next timer is.
    pub max_idle_executions: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_running_tasks: 16, max_active_executions: 64, max_idle_executions: 1_000 }
    }
}

/// Why the engine did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// No machine of this name was given to the engine.
    #[error("there is no state machine named {0}")]
    UnknownMachine(String),
    /// The execution can't go on. An answer to one of its tasks is not lost: it can be given again.
    #[error(
        "execution {0} can't go on: this version can't read its journal, and the log says why. Answer again once a version that can read it runs, or stop the execution"
    )]
    Unreadable(String),
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
}

/// What became of an answer to a task, or of a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// The task has ended with the answer, or its next heartbeat may take as long again.
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
        journal.forget_machines(digests.values().cloned().collect()).await?;
        let driver = Driver::new(Parts {
            journal: journal.clone(),
            engine,
            digests: digests.clone(),
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

    /// Starts an execution, unless one of the name was started before. Durable when this returns. An input that could
    /// not be read from the journal again is refused ([`JournalError::Input`]).
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

    /// Stops an execution, as Step Functions' `StopExecution` does: its tasks are cancelled, and it ends as `ABORTED`, with
    /// an error and a cause, which may be empty. One that has ended stays as it is. That it is to be stopped is durable
    /// when this returns.
    pub async fn stop(&self, machine: &str, name: &str, error: &str, cause: &str) -> Result<(), EngineError> {
        if self.messages.is_closed() {
            return Err(EngineError::Stopped);
        }
        let execution = self.journal.id(machine, name).await?;
        let execution = execution.ok_or_else(|| JournalError::NotFound(name.to_owned()))?;
        let stop = Stop { execution, error: error.to_owned(), cause: cause.to_owned() };
        self.journal.keep_stop(stop).await?;
        self.look_for_stopped();
        Ok(())
    }

    /// Ends a task that waits for an answer with its token, as Step Functions' `SendTaskSuccess` and `SendTaskFailure`
    /// do. Durable when this returns. An answer that can't be taken for now is refused ([`EngineError::Unreadable`]).
    pub async fn answer(
        &self,
        token: &str,
        result: Result<Value, TaskError>,
    ) -> Result<Answered, EngineError> {
        self.signal(token, |task| match result {
            Ok(output) => Signal::TaskSucceeded { task, output },
            Err(TaskError { error, cause }) => Signal::TaskFailed { task, error, cause },
        })
        .await
    }

    /// Says that whoever works on a task still does, as Step Functions' `SendTaskHeartbeat` does: from now on, the next
    /// heartbeat or the answer may take `HeartbeatSeconds`. Durable when this returns.
    pub async fn heartbeat(&self, token: &str) -> Result<Answered, EngineError> {
        self.signal(token, |task| Signal::TaskHeartbeat { task }).await
    }

    /// Gives an activity's task to a worker who asks for one, as Step Functions' `GetActivityTask` does; `None` when
    /// none came up within `patience`. That the worker has it is durable when this returns. It answers with the
    /// task's token.
    ///
    /// A worker who stops waiting for this may have been given a task all the same. As with one that dies, the task's
    /// timeout or heartbeat says so.
    pub async fn activity_task(
        &self,
        activity: &str,
        worker: Option<&str>,
        patience: Duration,
    ) -> Result<Option<ActivityTask>, EngineError> {
        let (tell, heard) = oneshot::channel();
        let ask = Ask {
            activity: activity.to_owned(),
            worker: worker.map(str::to_owned),
            until: self.clock.now().checked_add(patience).unwrap_or(Timestamp::MAX),
            tell,
        };
        self.messages.send(Message::Ask(ask)).map_err(|_| EngineError::Stopped)?;
        heard.await.map_err(|_| EngineError::Stopped)
    }

    /// Signals something about the task of a token, if that waits for an answer.
    async fn signal(&self, token: &str, about: impl FnOnce(u64) -> Signal) -> Result<Answered, EngineError> {
        let Some((flow, name, task)) = task_of_token(token) else { return Ok(Answered::NotAwaited) };
        let Some(execution) = self.journal.id(flow, name).await? else { return Ok(Answered::NotAwaited) };
        let signal = about(task);
        let (tell, heard) = oneshot::channel();
        let sent = self.messages.send(Message::Answer(Answer { execution, signal, tell }));
        sent.map_err(|_| EngineError::Stopped)?;
        let answered = heard.await.map_err(|_| EngineError::Stopped)?;
        answered.ok_or_else(|| EngineError::Unreadable(name.to_owned()))
    }

    /// Takes up the executions that [`Journal::redrive`] has set going, from this process or another.
    pub fn look_for_redriven(&self) {
        let _ = self.messages.send(Message::LookForRedriven);
    }

    /// Stops the executions that [`Journal::stop`] says are to be stopped, from this process or another.
    pub fn look_for_stopped(&self) {
        let _ = self.messages.send(Message::LookForStopped);
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
