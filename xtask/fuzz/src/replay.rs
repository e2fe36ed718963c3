//! Journals, however they were mutated: what an execution took from one gives the same when it is replayed.

use std::sync::Arc;

use ackflow_asl::StateMachine;
use ackflow_engine::{Answer, Effect, Execution, HistoryEvent, Outcome, Signal, Start, TaskCall};
use jiff::Timestamp;

use crate::{
    document::documents,
    journal::{self, Journal},
};

pub(crate) fn run(input: &[u8]) {
    let Some(Journal { machine, start, signals }) = Journal::read(input) else { return };
    let first = Course::of(&machine, &start, signals);
    let kept = first.taken.iter().map(|(at, signal)| (*at, reread(signal))).collect();
    let replay = Course::of(&machine, &start, kept);
    assert_eq!(replay.outcome, first.outcome);
    assert!(replay == first, "the replay takes another course than the execution");
}

/// The signal as it comes back from the journal, which keeps it as text.
fn reread(signal: &Signal) -> Signal {
    let text = serde_json::to_string(signal).expect("a signal has string keys only");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// All that can be seen of an execution.
#[derive(PartialEq)]
struct Course {
    /// The signals that were about something: a journal keeps no others.
    taken: Vec<(Timestamp, Signal)>,
    effects: Vec<Vec<Effect>>,
    history: Vec<HistoryEvent>,
    outcome: Option<Outcome>,
    next_due: Option<Timestamp>,
    running_tasks: Vec<TaskCall>,
}

impl Course {
    fn of(machine: &Arc<StateMachine>, start: &Start, signals: Vec<(Timestamp, Signal)>) -> Self {
        let (mut execution, effects) = Execution::start(Arc::clone(machine), start.clone());
        let (mut taken, mut effects) = (Vec::new(), vec![effects]);
        for (at, signal) in signals {
            if let Some(follow) = execution.apply(&signal, at) {
                effects.push(follow);
                taken.push((at, signal));
            }
        }
        Self {
            taken,
            effects,
            history: execution.take_history(),
            outcome: execution.outcome().cloned(),
            next_due: execution.next_due(),
            running_tasks: execution.running_tasks(),
        }
    }
}

/// The journals of executions whose tasks give back their input, and of those whose tasks fail.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let answers: [fn(&TaskCall) -> Answer; 2] = [
        |call| Answer::gives(call.input.clone()),
        |_| Answer::fails("SlackUnavailable", "Slack can't be reached"),
    ];
    let documents = documents();
    let journals = answers
        .iter()
        .flat_map(|answer| documents.iter().filter_map(|document| journal::record(document, *answer)));
    journals.collect()
}
