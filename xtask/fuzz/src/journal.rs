//! The input of a replay. The first line is a definition, the second an execution's input; each line after them is a
//! signal, with the milliseconds since the one before: `250 {"signal":"timers_due"}`.

use std::sync::Arc;

use ackflow_asl::StateMachine;
use ackflow_engine::{Answer, Signal, Simulation, Start, TaskCall, WorkflowType};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::document::Document;

/// As many signals show how an execution goes; more only make the input long.
const MAX_SIGNALS: usize = 100;

/// An execution, as a journal keeps it.
pub(crate) struct Journal {
    pub(crate) machine: Arc<StateMachine>,
    pub(crate) start: Start,
    pub(crate) signals: Vec<(Timestamp, Signal)>,
}

impl Journal {
    /// Lines that hold no signal are left out, and so are signals at no time that there is.
    pub(crate) fn read(input: &[u8]) -> Option<Self> {
        let mut lines = str::from_utf8(input).ok()?.lines();
        let machine = StateMachine::parse(lines.next()?).ok()?;
        let start = start(serde_json::from_str(lines.next()?).ok()?);
        let mut now = start.at;
        let signals = lines.filter_map(entry).filter_map(|(after, signal)| {
            now = now.checked_add(after).ok()?;
            Some((now, signal))
        });
        let signals = signals.collect();
        Some(Self { machine: Arc::new(machine), start, signals })
    }
}

fn entry(line: &str) -> Option<(SignedDuration, Signal)> {
    let (milliseconds, signal) = line.split_once(' ')?;
    Some((SignedDuration::from_millis(milliseconds.parse().ok()?), serde_json::from_str(signal).ok()?))
}

fn start(input: Value) -> Start {
    Start {
        flow: "flow".to_owned(),
        name: "one".to_owned(),
        input,
        at: Timestamp::UNIX_EPOCH,
        seed: 7,
        workflow_type: WorkflowType::Standard,
    }
}

/// The journal that an execution of the document would leave, if its tasks answered so. `None` where the document is
/// no state machine.
pub(crate) fn record(document: &Document, answer: fn(&TaskCall) -> Answer) -> Option<Vec<u8>> {
    let Document { definition, input } = document;
    let mut lines = vec![definition.to_string(), input.to_string()];
    let machine = StateMachine::parse(&lines[0]).ok()?;
    let mut run = Simulation::new(Arc::new(machine), start(input.clone()), answer);
    let mut before = run.now;
    while run.signals.len() < MAX_SIGNALS && run.step() {}
    for (at, signal) in &run.signals {
        let signal = serde_json::to_string(signal).expect("a signal has string keys only");
        lines.push(format!("{} {signal}", at.duration_since(before).as_millis()));
        before = *at;
    }
    Some(lines.join("\n").into_bytes())
}
