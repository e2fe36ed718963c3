//! The engine's interpreter alone: no journal, no task, no clock.
//!
//! Its arguments are a definition's file, the input's file and how many seconds to measure. It prints one line of JSON.
//! The definition is parsed once, before the clock starts.

use std::{error::Error, fs, sync::Arc, time::Instant};

use ackflow_asl::StateMachine;
use ackflow_engine::{Execution, Outcome, Start, WorkflowType};
use jiff::Timestamp;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [definition, input, seconds] = arguments.as_slice() else {
        return Err("the arguments are a definition's file, the input's file and how many seconds".into());
    };
    let machine = Arc::new(StateMachine::parse(&fs::read_to_string(definition)?)?);
    let input: Value = serde_json::from_str(&fs::read_to_string(input)?)?;
    let seconds: f64 = seconds.parse()?;
    run(&machine, &input)?;

    let mut states = 0;
    let began = Instant::now();
    let elapsed = loop {
        let elapsed = began.elapsed().as_secs_f64();
        if elapsed >= seconds {
            break elapsed;
        }
        states += run(&machine, &input)?;
    };
    println!("{}", json!({ "states": states, "seconds": elapsed }));
    Ok(())
}

/// One execution from its start to its end; how many states it entered.
fn run(machine: &Arc<StateMachine>, input: &Value) -> Result<usize, Box<dyn Error>> {
    let start = Start {
        flow: "bench".to_owned(),
        name: "one".to_owned(),
        input: input.clone(),
        at: Timestamp::UNIX_EPOCH,
        seed: 0,
        workflow_type: WorkflowType::Standard,
    };
    let (mut execution, _) = Execution::start(Arc::clone(machine), start);
    let outcome = execution.outcome();
    if !matches!(outcome, Some(Outcome::Succeeded { .. })) {
        return Err(format!("the execution does not succeed: {outcome:?}").into());
    }
    let events = execution.take_history();
    Ok(events.iter().filter(|event| event.event_type.ends_with("StateEntered")).count())
}
