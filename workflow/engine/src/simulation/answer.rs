//! How a simulated task answers.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{Signal, TaskCall, TaskError};

/// How a task of a [`Simulation`](super::Simulation) answers. Seconds count from when it was scheduled.
#[derive(Clone, Debug)]
#[must_use]
pub struct Answer {
    /// `None`: it never ends by itself.
    result: Option<Result<Value, TaskError>>,
    seconds: i64,
    submitted: Option<Value>,
    heartbeats: Vec<i64>,
    is_taken: bool,
    worker: Option<String>,
}

impl Answer {
    /// It gives a result, at once.
    pub fn gives(output: Value) -> Self {
        Self { result: Some(Ok(output)), ..Self::hangs() }
    }

    /// It fails, at once.
    pub fn fails(error: &str, cause: &str) -> Self {
        let failure = TaskError { error: error.to_owned(), cause: cause.to_owned() };
        Self { result: Some(Err(failure)), ..Self::hangs() }
    }

    /// It never ends by itself.
    pub fn hangs() -> Self {
        Self {
            result: None,
            seconds: 0,
            submitted: None,
            heartbeats: Vec::new(),
            is_taken: true,
            worker: None,
        }
    }

    /// It ends after so many seconds.
    pub fn after(self, seconds: i64) -> Self {
        Self { seconds, ..self }
    }

    /// The call itself returned this, at once; the result is the job's (`.sync`) or the callback's
    /// (`.waitForTaskToken`).
    pub fn submitted(self, output: Value) -> Self {
        Self { submitted: Some(output), ..self }
    }

    /// A heartbeat is heard after so many seconds.
    pub fn heartbeat(mut self, seconds: i64) -> Self {
        self.heartbeats.push(seconds);
        self
    }

    /// What the worker calls itself that takes the activity's task. It is taken at once; without this, by a worker
    /// without a name.
    pub fn taken_by(self, worker: &str) -> Self {
        Self { worker: Some(worker.to_owned()), ..self }
    }

    /// No worker asks for the activity's task.
    pub fn not_taken(self) -> Self {
        Self { is_taken: false, ..self }
    }

    /// How the task ends, if it does by itself.
    pub fn result(&self) -> Option<&Result<Value, TaskError>> {
        self.result.as_ref()
    }

    /// What is heard of a task that was scheduled at this time, and when.
    ///
    /// # Panics
    /// Never: adding seconds ends at the last timestamp.
    pub fn signals(self, call: &TaskCall, began: Timestamp) -> Vec<(Timestamp, Signal)> {
        let task = call.task;
        if call.is_activity() && !self.is_taken {
            return Vec::new();
        }
        let at = |seconds| {
            let time = began.saturating_add(SignedDuration::from_secs(seconds));
            time.expect("a number of seconds can always be added")
        };
        let started = call.is_activity().then_some(Signal::TaskStarted { task, worker: self.worker });
        let submitted = self.submitted.map(|output| Signal::TaskSubmitted { task, output });
        let result = self.result.map(|result| match result {
            Ok(output) => Signal::TaskSucceeded { task, output },
            Err(TaskError { error, cause }) => Signal::TaskFailed { task, error, cause },
        });
        let heartbeats = self.heartbeats.into_iter().filter(|beat| result.is_none() || *beat < self.seconds);
        let mut signals: Vec<_> =
            started.into_iter().chain(submitted).map(|signal| (began, signal)).collect();
        signals.extend(heartbeats.map(|beat| (at(beat), Signal::TaskHeartbeat { task })));
        signals.extend(result.map(|result| (at(self.seconds), result)));
        signals
    }
}
