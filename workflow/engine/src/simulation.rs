//! Runs one execution on virtual time: no journal, no clock, nothing outside.

mod answer;

pub use answer::Answer;

use std::sync::Arc;

use ackflow_asl::StateMachine;
use jiff::Timestamp;
use serde_json::Value;

use crate::{Effect, Execution, HistoryEvent, Outcome, Signal, Start, TaskCall};

/// More than any execution needs: something goes round for ever.
const MAX_SIGNALS: usize = 50_000;

/// An execution on virtual time, with its tasks answered by a closure. It is for tests: nothing waits.
///
/// ```
/// use ackflow_asl::StateMachine;
/// use ackflow_engine::{Answer, Simulation, Start, WorkflowType};
/// use serde_json::json;
///
/// let machine = StateMachine::parse(
///     r#"{ "StartAt": "Ask", "States": {
///         "Ask": { "Type": "Task", "Resource": "${Ask}", "Next": "Rest" },
///         "Rest": { "Type": "Wait", "Seconds": 3600, "End": true }
///     } }"#,
/// )?;
/// let start = Start {
///     flow: "questions".to_owned(),
///     name: "one".to_owned(),
///     input: json!({ "question": "6 * 7" }),
///     at: "2026-03-01T12:00:00Z".parse()?,
///     seed: 0,
///     workflow_type: WorkflowType::Standard,
/// };
/// let run = Simulation::new(machine.into(), start, |call| {
///     assert_eq!(call.input["question"], "6 * 7");
///     Answer::gives(json!(42)).after(5)
/// })
/// .run();
/// assert_eq!(*run.output(), 42);
/// assert!((run.elapsed() - 3605.0).abs() < f64::EPSILON);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Simulation<'t> {
    /// The execution as it is now.
    pub execution: Execution,
    /// The events so far.
    pub history: Vec<HistoryEvent>,
    /// What moved the execution on, and when: all that a journal would keep.
    pub signals: Vec<(Timestamp, Signal)>,
    /// The tasks that were to run, in order.
    pub calls: Vec<TaskCall>,
    /// The tasks whose results were not wanted any more.
    pub cancelled: Vec<u64>,
    /// The time.
    pub now: Timestamp,
    started_at: Timestamp,
    tasks: Box<dyn FnMut(&TaskCall) -> Answer + 't>,
    /// What is still to be heard of the tasks, and when.
    coming: Vec<(Timestamp, Signal)>,
}

impl<'t> Simulation<'t> {
    /// Starts an execution: it moves on until it waits for something.
    pub fn new(
        machine: Arc<StateMachine>,
        start: Start,
        tasks: impl FnMut(&TaskCall) -> Answer + 't,
    ) -> Self {
        Self::resume(machine, start, &[], tasks)
    }

    /// Goes on after a crash, from the signals that were kept. The tasks that ran run again, and end when they
    /// would have ended. A task whose token was out waits for its answer, which the caller is to apply.
    pub fn resume(
        machine: Arc<StateMachine>,
        start: Start,
        signals: &[(Timestamp, Signal)],
        tasks: impl FnMut(&TaskCall) -> Answer + 't,
    ) -> Self {
        let started_at = start.at;
        let (mut execution, _) = Execution::start(machine, start);
        for (at, signal) in signals {
            execution.apply(signal, *at);
        }
        let mut simulation = Self {
            history: execution.take_history(),
            execution,
            signals: signals.to_vec(),
            calls: Vec::new(),
            cancelled: Vec::new(),
            now: signals.last().map_or(started_at, |(at, _)| *at),
            started_at,
            tasks: Box::new(tasks),
            coming: Vec::new(),
        };
        for call in simulation.execution.running_tasks() {
            simulation.launch(call);
        }
        simulation
    }

    /// Runs to the end, or until nothing more can happen.
    #[must_use]
    pub fn run(mut self) -> Self {
        while self.step() {}
        self
    }

    /// What happens next: what is heard of a task first, or the timer that is due before it. Says whether
    /// anything did: not once the execution has ended, waits for ever, or has had 50,000 signals.
    pub fn step(&mut self) -> bool {
        if self.signals.len() >= MAX_SIGNALS {
            return false;
        }
        let first = (0..self.coming.len()).min_by_key(|index| self.coming[*index].0);
        let first = first.map(|index| (index, self.coming[index].0));
        match (first, self.execution.next_due()) {
            (Some((index, comes)), due) if due.is_none_or(|due| comes <= due) => {
                let (_, signal) = self.coming.remove(index);
                self.now = self.now.max(comes);
                self.apply(signal);
                true
            }
            (_, Some(due)) => {
                self.now = self.now.max(due);
                self.apply(Signal::TimersDue)
            }
            (_, None) => false,
        }
    }

    /// Applies a signal now. Says whether it was about anything.
    pub fn apply(&mut self, signal: Signal) -> bool {
        let Some(effects) = self.execution.apply(&signal, self.now) else { return false };
        self.signals.push((self.now, signal));
        self.history.extend(self.execution.take_history());
        for effect in effects {
            match effect {
                Effect::Run(call) => self.launch(call),
                Effect::Cancel { task } => {
                    self.cancelled.push(task);
                    self.coming.retain(|(_, signal)| task_of(signal) != Some(task));
                }
            }
        }
        true
    }

    fn launch(&mut self, call: TaskCall) {
        let answer = (self.tasks)(&call);
        // The events of an endless execution are cut off, and those of child executions are not kept.
        let scheduled = self.history.binary_search_by_key(&call.task, |event| event.id);
        let began = scheduled.map_or(self.now, |at| self.history[at].timestamp);
        self.coming.extend(answer.signals(&call, began));
        self.calls.push(call);
    }

    /// How the execution ended.
    ///
    /// # Panics
    /// When it has not ended.
    #[track_caller]
    pub fn outcome(&self) -> &Outcome {
        self.execution.outcome().expect("the execution has ended")
    }

    /// The output of an execution that succeeded.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn output(&self) -> &Value {
        match self.outcome() {
            Outcome::Succeeded { output } => output,
            other => panic!("the execution has not succeeded: {other:?}"),
        }
    }

    /// The name of the error of an execution that failed.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn error(&self) -> &str {
        match self.outcome() {
            Outcome::Failed { error, .. } => error,
            other => panic!("the execution has not failed: {other:?}"),
        }
    }

    /// Seconds since the start.
    pub fn elapsed(&self) -> f64 {
        self.now.duration_since(self.started_at).as_secs_f64()
    }

    /// The history, one event a line.
    pub fn transcript(&self) -> String {
        self.history.iter().map(|event| event.line(self.started_at) + "\n").collect()
    }
}

fn task_of(signal: &Signal) -> Option<u64> {
    match signal {
        Signal::TaskSucceeded { task, .. }
        | Signal::TaskSubmitted { task, .. }
        | Signal::TaskStarted { task, .. }
        | Signal::TaskHeartbeat { task }
        | Signal::TaskFailed { task, .. } => Some(*task),
        Signal::TimersDue | Signal::Redriven | Signal::Stopped { .. } => None,
    }
}
