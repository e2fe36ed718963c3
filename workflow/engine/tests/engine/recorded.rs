//! The executions recorded from AWS (`shared/asl-conformance`): does each end as it did there?

use std::{fs, path::PathBuf};

use ackflow_asl::StateMachine;
use ackflow_engine::{Outcome, Start, TaskCall};
use regex_lite::Regex;
use serde_json::{Value, json};

use crate::simulator::{Answer, Simulator, epoch};

/// How many of the executions whose definition is accepted end as recorded. Only ever raised.
const RATCHET: usize = 583;

/// The same, of those with a history that has the events of the recorded types, in any order.
const HISTORY_RATCHET: usize = 253;

/// The recorded cases, or nothing when they are not on this machine.
fn cases() -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/asl-conformance/scenarios");
    let Ok(entries) = fs::read_dir(&folder) else {
        let required = std::env::var("ACKFLOW_REQUIRE_SHARED").is_ok_and(|required| required == "1");
        assert!(!required, "the recorded cases are required and not at {}", folder.display());
        eprintln!("SKIPPED: the recorded cases are not at {}", folder.display());
        return Vec::new();
    };
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    files.sort();
    let read = |file: &PathBuf| {
        let text = fs::read_to_string(file).expect("a readable case");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    };
    files.iter().map(read).collect()
}

/// The first unused mock of the state with this input, else the first of the state.
fn answer(mocks: &mut Vec<Value>, call: &TaskCall, expected: &Expected) -> Answer {
    // Where the recorder sorted the events, the state is not known.
    let of_state = |mock: &Value| mock["state"] == call.state.as_str() || mock["state"].is_null();
    let found = mocks
        .iter()
        .position(|mock| of_state(mock) && expected.same(&mock["input"], &call.input))
        .or_else(|| mocks.iter().position(of_state));
    let Some(found) = found else { return Answer::hangs() };
    let outcome = &mocks.remove(found)["outcome"];
    if let Some(output) = outcome.get("output") {
        return Answer::gives(output.clone());
    }
    let text = |field: &str| outcome[field].as_str().unwrap_or_default();
    if outcome["timed_out"] == true || outcome.is_null() {
        return Answer::hangs();
    }
    let cause = outcome["cause"].as_str().map_or_else(|| outcome["cause"].to_string(), str::to_owned);
    let cause = if outcome["cause"].is_null() { "" } else { cause.as_str() };
    Answer::fails(text("error"), cause)
}

fn run<'t>(case: &Value, machine: StateMachine, expected: &'t Expected) -> Simulator<'t> {
    let mut mocks = case["mocks"].as_array().cloned().unwrap_or_default();
    let start = Start {
        flow: "recorded".to_owned(),
        name: "one".to_owned(),
        input: case.get("input").cloned().unwrap_or_else(|| json!({})),
        at: case["now"].as_str().map_or_else(epoch, |now| now.parse().expect("a timestamp")),
        seed: 7,
    };
    let tasks = move |call: &TaskCall| answer(&mut mocks, call, expected);
    Simulator::new(machine.into(), start, tasks).run()
}

#[test]
fn executions_end_as_recorded() {
    let (mut agreed, mut accepted, mut wrong) = (0, 0, Vec::new());
    let (mut alike, mut with_history, mut unlike) = (0, 0, Vec::new());
    for case in cases().iter().filter(|case| case["kind"] == "execution") {
        let Ok(machine) = StateMachine::parse(&case["definition"].to_string()) else { continue };
        accepted += 1;
        let expected = Expected::of(case);
        let run = run(case, machine, &expected);
        let id = case["id"].as_str().expect("an id").to_owned();
        match expected.outcome(&case["expected"], run.execution.outcome()) {
            Ok(()) => agreed += 1,
            Err(difference) => wrong.push(format!("{id}: {difference}")),
        }
        let Some(events) = case["expected"]["events"].as_array() else { continue };
        with_history += 1;
        // What a call itself returned is not known to this engine yet.
        let mut recorded: Vec<_> = events.iter().filter_map(|event| event["type"].as_str()).collect();
        recorded.retain(|event_type| *event_type != "TaskSubmitted");
        let mut own: Vec<_> = run.history.iter().map(|event| event.event_type.as_str()).collect();
        if case["meta"]["parallel_events_sorted"] == true {
            recorded.retain(|event_type| *event_type != "ParallelStateSucceeded");
            own.retain(|event_type| *event_type != "ParallelStateSucceeded");
        }
        recorded.sort_unstable();
        own.sort_unstable();
        if recorded == own {
            alike += 1;
        } else {
            unlike.push(id);
        }
    }
    println!("outcome: {agreed} of {accepted} accepted\n{}", wrong.join("\n"));
    println!("event types: {alike} of {with_history} with a history\n{}", unlike.join("\n"));
    assert!(
        accepted == 0 || agreed >= RATCHET,
        "{agreed} of {accepted} end as recorded:\n{}",
        wrong.join("\n")
    );
    assert!(accepted == 0 || alike >= HISTORY_RATCHET, "{alike} of {with_history}:\n{}", unlike.join("\n"));
}

/// Compares with what was recorded, in which names and times were replaced.
struct Expected {
    /// Bare words that stand for anything.
    tokens: Vec<String>,
    placeholder: Regex,
    timestamp: Regex,
}

const WHOLE_WORDS: [&str; 10] = [
    "date",
    "timestamp",
    "datetime",
    "start-date",
    "stop-date",
    "RequestId",
    "X-Amzn-Trace-Id",
    "x-amz-crc32",
    "x-amzn-RequestId",
    "snf_role_arn",
];

impl Expected {
    fn of(case: &Value) -> Self {
        let tokens = case["tokens"].as_array().into_iter().flatten();
        Self {
            tokens: tokens.filter_map(|token| token.as_str().map(str::to_owned)).collect(),
            placeholder: Regex::new(r"<<[^<>]+>[^<>]*>|<[^<>]+>").expect("a pattern"),
            timestamp: Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")
                .expect("a pattern"),
        }
    }

    fn outcome(&self, expected: &Value, outcome: Option<&Outcome>) -> Result<(), String> {
        let (status, result) = match outcome {
            None => return Err("does not end".to_owned()),
            Some(Outcome::Succeeded { output }) => ("SUCCEEDED", output.clone()),
            Some(Outcome::Failed { error, cause }) => ("FAILED", json!([error, cause])),
            Some(Outcome::TimedOut) => ("TIMED_OUT", Value::Null),
        };
        let agrees = expected["status"] == status
            && match status {
                "SUCCEEDED" => self.same(&expected["output"], &result),
                "FAILED" => self.same(&json!(expected["error"].as_str().unwrap_or_default()), &result[0]),
                _ => true,
            };
        let wanted = [&expected["status"], &expected["output"], &expected["error"], &expected["cause"]];
        if agrees { Ok(()) } else { Err(format!("{status} {result}, not {}", json!(wanted))) }
    }

    fn same(&self, expected: &Value, own: &Value) -> bool {
        match (expected, own) {
            (Value::Number(expected), Value::Number(own)) => expected.as_f64() == own.as_f64(),
            (Value::Array(expected), Value::Array(own)) => {
                expected.len() == own.len()
                    && expected.iter().zip(own).all(|(expected, own)| self.same(expected, own))
            }
            (Value::Object(expected), Value::Object(own)) => {
                expected.len() == own.len()
                    && expected
                        .iter()
                        .all(|(name, value)| own.get(name).is_some_and(|own| self.same(value, own)))
            }
            (Value::String(expected), Value::String(own)) => self.same_text(expected, own),
            (Value::String(text), other) if self.is_token(text) => !other.is_null(),
            (Value::String(text), Value::Array(_) | Value::Object(_)) => {
                serde_json::from_str(text).is_ok_and(|parsed| self.same(&parsed, own))
            }
            (Value::Array(_) | Value::Object(_), Value::String(text)) => {
                serde_json::from_str(text).is_ok_and(|parsed| self.same(expected, &parsed))
            }
            _ => expected == own,
        }
    }

    fn is_token(&self, text: &str) -> bool {
        WHOLE_WORDS.contains(&text) || self.tokens.iter().any(|token| token == text)
    }

    fn same_text(&self, expected: &str, own: &str) -> bool {
        if expected == own || self.is_token(expected) {
            return true;
        }
        let parsed = |text: &str| {
            serde_json::from_str::<Value>(text).ok().filter(|value| value.is_array() || value.is_object())
        };
        if let (Some(expected), Some(own)) = (parsed(expected), parsed(own)) {
            return self.same(&expected, &own);
        }
        let own = own.replace(":000000000000:", ":111111111111:");
        let own = self.timestamp.replace_all(&own, "date");
        let mut pattern = regex_lite::escape(expected);
        for token in &self.tokens {
            pattern = pattern.replace(&regex_lite::escape(token), r"[\s\S]*");
        }
        let pattern = self.placeholder.replace_all(&pattern, r"[\s\S]*");
        Regex::new(&format!("^{pattern}$")).is_ok_and(|pattern| pattern.is_match(&own))
    }
}
