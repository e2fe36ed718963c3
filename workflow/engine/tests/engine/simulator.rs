//! Runs one execution to its end on virtual time, with the tasks answered by a closure.

use std::{fmt::Write, sync::Arc};

use ackflow_asl::StateMachine;
use ackflow_engine::{Effect, Execution, HistoryEvent, Outcome, Signal, Start, TaskCall};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How a task answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    seconds: i64,
    /// `None`: it never ends by itself.
    result: Option<Result<Value, (String, String)>>,
}

impl Answer {
    pub(crate) fn gives(output: Value) -> Self {
        Self { seconds: 0, result: Some(Ok(output)) }
    }

    pub(crate) fn fails(error: &str, cause: &str) -> Self {
        Self { seconds: 0, result: Some(Err((error.to_owned(), cause.to_owned()))) }
    }

    pub(crate) fn hangs() -> Self {
        Self { seconds: 0, result: None }
    }

    pub(crate) fn after(self, seconds: i64) -> Self {
        Self { seconds, ..self }
    }
}

/// An execution on virtual time.
pub(crate) struct Simulator<'t> {
    pub(crate) execution: Execution,
    pub(crate) history: Vec<HistoryEvent>,
    pub(crate) signals: Vec<(Timestamp, Signal)>,
    pub(crate) calls: Vec<TaskCall>,
    pub(crate) cancelled: Vec<u64>,
    pub(crate) now: Timestamp,
    started_at: Timestamp,
    tasks: Box<dyn FnMut(&TaskCall) -> Answer + 't>,
    /// The tasks that run: when each ends, and how.
    running: Vec<(Timestamp, Signal)>,
}

/// More than any test needs: something goes round for ever.
const MAX_SIGNALS: usize = 50_000;

/// A valid document.
pub(crate) fn machine(definition: &Value) -> Arc<StateMachine> {
    Arc::new(StateMachine::parse(&definition.to_string()).expect("a valid definition"))
}

/// How tests start an execution.
pub(crate) fn start(input: Value) -> Start {
    Start { flow: "flow".to_owned(), name: "one".to_owned(), input, at: epoch(), seed: 7 }
}

/// When tests start.
pub(crate) fn epoch() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().expect("a timestamp")
}

impl<'t> Simulator<'t> {
    pub(crate) fn new(
        machine: Arc<StateMachine>,
        start: Start,
        tasks: impl FnMut(&TaskCall) -> Answer + 't,
    ) -> Self {
        Self::resume(machine, start, &[], tasks)
    }

    /// Goes on after a crash, from the signals that were kept. The tasks that ran run again, and end when they
    /// would have ended.
    pub(crate) fn resume(
        machine: Arc<StateMachine>,
        start: Start,
        signals: &[(Timestamp, Signal)],
        tasks: impl FnMut(&TaskCall) -> Answer + 't,
    ) -> Self {
        let started_at = start.at;
        let (mut execution, _) = Execution::start(machine, start);
        for (at, signal) in signals {
            execution.apply(signal, *at).expect("what was kept was about something");
        }
        let mut simulator = Self {
            history: execution.take_history(),
            execution,
            signals: signals.to_vec(),
            calls: Vec::new(),
            cancelled: Vec::new(),
            now: signals.last().map_or(started_at, |(at, _)| *at),
            started_at,
            tasks: Box::new(tasks),
            running: Vec::new(),
        };
        for call in simulator.execution.running_tasks() {
            simulator.launch(call);
        }
        simulator
    }

    /// Runs to the end, or until nothing more can happen.
    pub(crate) fn run(mut self) -> Self {
        while self.step() {}
        self
    }

    /// What happens next: the task that ends first, or the timer that is due before it.
    pub(crate) fn step(&mut self) -> bool {
        assert!(self.signals.len() < MAX_SIGNALS, "the execution does not end");
        let first = (0..self.running.len()).min_by_key(|index| self.running[*index].0);
        let ends = first.map(|index| self.running[index].0);
        let due = self.execution.next_due();
        match (ends, due) {
            (None, None) => return false,
            (Some(ends), due) if due.is_none_or(|due| ends <= due) => {
                let (_, signal) = self.running.remove(first.unwrap_or(0));
                self.now = self.now.max(ends);
                self.apply(signal);
            }
            (_, due) => {
                self.now = self.now.max(due.unwrap_or(self.now));
                self.apply(Signal::TimersDue);
            }
        }
        true
    }

    pub(crate) fn apply(&mut self, signal: Signal) {
        let applied = self.execution.apply(&signal, self.now);
        self.signals.push((self.now, signal));
        self.act(applied.expect("the signal is about something"));
    }

    fn act(&mut self, effects: Vec<Effect>) {
        self.history.extend(self.execution.take_history());
        for effect in effects {
            match effect {
                Effect::Run(call) => self.launch(call),
                Effect::Cancel { task } => {
                    self.cancelled.push(task);
                    self.running.retain(|(_, signal)| task_of(signal) != Some(task));
                }
            }
        }
    }

    fn launch(&mut self, call: TaskCall) {
        let answer = (self.tasks)(&call);
        let task = call.task;
        // The events of an endless execution are cut off.
        let scheduled = self.history.iter().rev().find(|event| event.id == task);
        let began = scheduled.map_or(self.now, |event| event.timestamp);
        let ends = began.saturating_add(SignedDuration::from_secs(answer.seconds)).expect("in range");
        let signal = answer.result.map(|result| match result {
            Ok(output) => Signal::TaskSucceeded { task, output },
            Err((error, cause)) => Signal::TaskFailed { task, error, cause },
        });
        self.running.extend(signal.map(|signal| (ends, signal)));
        self.calls.push(call);
    }

    pub(crate) fn outcome(&self) -> &Outcome {
        self.execution.outcome().expect("the execution has ended")
    }

    /// The output of an execution that succeeded.
    pub(crate) fn output(&self) -> &Value {
        match self.outcome() {
            Outcome::Succeeded { output } => output,
            other => panic!("{other:?}"),
        }
    }

    /// The error of an execution that failed.
    pub(crate) fn error(&self) -> &str {
        match self.outcome() {
            Outcome::Failed { error, .. } => error,
            other => panic!("{other:?}"),
        }
    }

    /// Seconds since the start.
    pub(crate) fn elapsed(&self) -> f64 {
        self.now.duration_since(self.started_at).as_secs_f64()
    }

    /// The history, one event a line: id, the event it follows from, seconds since the start, type, details.
    pub(crate) fn transcript(&self) -> String {
        let mut text = String::new();
        for event in &self.history {
            let seconds = event.timestamp.duration_since(self.started_at).as_secs_f64();
            let details = if event.details.is_null() { String::new() } else { format!(" {}", event.details) };
            let state = match &event.state {
                Some(state) if event.details["name"].is_null() => format!(" of {state}"),
                _ => String::new(),
            };
            let (id, previous, event_type) = (event.id, event.previous_event_id, &event.event_type);
            writeln!(text, "{id:>3} < {previous:<3} {seconds:>5}s {event_type}{state}{details}")
                .expect("memory");
        }
        text
    }
}

fn task_of(signal: &Signal) -> Option<u64> {
    match signal {
        Signal::TaskSucceeded { task, .. } | Signal::TaskFailed { task, .. } => Some(*task),
        _ => None,
    }
}
