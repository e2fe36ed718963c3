//! What is around a recorded execution: its tasks end as they did there.

use std::collections::{BTreeMap, VecDeque};

use ackflow_engine::{Answer, TaskCall};
use serde_json::{Map, Value, json};

use crate::{Comparer, Mock, Scenario, aws_names::with_aws_names, lambda};

/// What Amazon S3 says of an object that it does not have.
const NO_SUCH_KEY: &str = "The specified key does not exist. (Service: Amazon S3; Status Code: 404; \
    Error Code: NoSuchKey)";

/// Answers the tasks of one scenario.
pub(crate) struct World<'s> {
    scenario: &'s Scenario,
    comparer: Comparer,
    /// Those not yet used.
    mocks: Vec<&'s Mock>,
    /// Who takes the tasks of activities; those without a name too.
    workers: VecDeque<Option<&'s str>>,
    objects: BTreeMap<String, String>,
}

impl<'s> World<'s> {
    pub(crate) fn of(scenario: &'s Scenario) -> Self {
        let events = scenario.events().into_iter().flatten();
        let taken = events.filter(|event| event["type"] == "ActivityStarted");
        Self {
            scenario,
            comparer: Comparer::new(&scenario.tokens),
            mocks: scenario.mocks.iter().collect(),
            workers: taken.map(|event| event["details"]["workerName"].as_str()).collect(),
            objects: scenario.s3_objects.clone(),
        }
    }

    pub(crate) fn answer(&mut self, call: &TaskCall) -> Answer {
        let input = with_aws_names(call.input.clone());
        // Only a distributed Map calls it so: AWS has no such integration.
        if let Some(action) = call.resource.strip_prefix("arn:aws:states:::s3:") {
            return self.store(action, &input);
        }
        let is_lost = self.scenario.meta.parallel_events_sorted;
        let answer = match self.take_mock(call, &input) {
            // Where the recorder sorted the events, how the task ended is lost, not absent.
            Some(mock) if mock.outcome.is_some() || !is_lost => recorded(mock),
            _ => {
                let handlers = &self.scenario.lambda_handlers;
                lambda::answer(handlers, &call.resource, &input).unwrap_or_else(Answer::hangs)
            }
        };
        if !call.is_activity() {
            return answer;
        }
        match self.workers.pop_front() {
            Some(Some(worker)) => answer.taken_by(worker),
            Some(None) => answer,
            None => answer.not_taken(),
        }
    }

    /// The first unused mock of the state with this input, else the first of the state.
    fn take_mock(&mut self, call: &TaskCall, input: &Value) -> Option<&'s Mock> {
        let of_state = |mock: &&Mock| mock.state.as_ref().is_none_or(|state| *state == call.state);
        let of_input = |mock: &&Mock| of_state(mock) && self.comparer.is_same(&mock.input, input);
        let found = self.mocks.iter().position(of_input).or_else(|| self.mocks.iter().position(of_state))?;
        Some(self.mocks.remove(found))
    }

    /// What Amazon S3 answers.
    fn store(&mut self, action: &str, input: &Value) -> Answer {
        let text = |name: &str| input[name].as_str().unwrap_or_default();
        let object = |key: &str| format!("{}/{key}", text("Bucket"));
        match action {
            "getObject" => match self.objects.get(&object(text("Key"))) {
                Some(body) => Answer::gives(json!({ "Body": body })),
                None => Answer::fails("S3.NoSuchKeyException", NO_SUCH_KEY),
            },
            "listObjectsV2" => {
                let (bucket, prefix) = (object(""), object(text("Prefix")));
                let listed = self.objects.iter().filter(|(name, _)| name.starts_with(&prefix));
                let listed: Vec<_> = listed.map(|(name, body)| entry(&name[bucket.len()..], body)).collect();
                Answer::gives(json!({ "Contents": listed }))
            }
            "putObject" => {
                let body = input["Body"].as_str().map_or_else(|| input["Body"].to_string(), str::to_owned);
                self.objects.insert(object(text("Key")), body);
                Answer::gives(json!({}))
            }
            _ => Answer::hangs(),
        }
    }
}

/// An object as Amazon S3 lists it.
fn entry(key: &str, body: &str) -> Value {
    json!({
        "Key": key,
        "Size": body.len(),
        "ETag": "\"00000000000000000000000000000000\"",
        "LastModified": "2026-03-01T12:00:00Z",
        "StorageClass": "STANDARD",
    })
}

/// The answer that a mock tells of.
fn recorded(mock: &Mock) -> Answer {
    let answer = mock.outcome.as_ref().map_or_else(Answer::hangs, ended);
    match &mock.submitted {
        Some(output) => answer.submitted(output.clone()),
        None => answer,
    }
}

fn ended(outcome: &Map<String, Value>) -> Answer {
    if let Some(output) = outcome.get("output") {
        return Answer::gives(output.clone());
    }
    if outcome.get("timed_out").is_some_and(|timed_out| *timed_out == true) {
        return Answer::hangs();
    }
    let text = |name: &str| match outcome.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        // The recorder parsed what was JSON.
        Some(other) => other.to_string(),
    };
    Answer::fails(&text("error"), &text("cause"))
}
