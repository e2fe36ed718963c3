//! What the Lambda functions of the recorded executions did. The mocks tell how most calls ended; what child executions
//! called, and what Express workflows did, was not recorded.

use std::{collections::BTreeMap, io};

use ackflow_engine::Answer;
use serde::Serialize;
use serde_json::{Serializer, Value, json, ser::Formatter};

/// The answer of the function that a task calls; `None` when it is not known what the function does.
pub(crate) fn answer(handlers: &BTreeMap<String, String>, resource: &str, input: &Value) -> Option<Answer> {
    let is_service = resource.starts_with("arn:aws:states:::lambda:invoke");
    let (function, event) = if is_service {
        // Without a payload, the function is given an empty one.
        let payload = if input["Payload"].is_null() { json!({}) } else { input["Payload"].clone() };
        (input["FunctionName"].as_str()?, payload)
    } else {
        (resource, input.clone())
    };
    // By its name, or by an ARN that ends with the name or with a version after it.
    let is_called = |name: &str| function.split(':').any(|part| part == name);
    let (_, handler) = handlers.iter().find(|(name, _)| is_called(name))?;
    let (result, seconds) = match handler.as_str() {
        "echo" => (event, 0),
        "sleep_60s_then_echo" => (event, 60),
        "return_json_string_HelloWorld" => (json!("HelloWorld!"), 0),
        "return_263168_times_a" => (json!("a".repeat(263_168)), 0),
        "raise" => {
            let message = "Some exception was raised.";
            let line = format!("line 2, in handler\n    raise Exception(\"{message}\")\n");
            return Some(raised("Exception", message, &line));
        }
        "raise_custom" => {
            let line = "line 9, in handler\n    raise CustomException()\n";
            return Some(raised("CustomException", "", line));
        }
        _ => return None,
    };
    Some(Answer::gives(if is_service { response(&result) } else { result }).after(seconds))
}

/// How a function in Python fails.
fn raised(error: &str, message: &str, line: &str) -> Answer {
    let cause = json!({
        "errorMessage": message,
        "errorType": error,
        "requestId": "7e1d4b9a-52f3-4c0d-9b1e-6f0a3c8d2e75",
        "stackTrace": [format!("  File \"/var/task/handler.py\", {line}")],
    });
    Answer::fails(error, &cause.to_string())
}

/// The response of AWS Lambda's `Invoke`, as an integration gives it.
fn response(payload: &Value) -> Value {
    let length = python_length(payload).to_string();
    json!({
        "ExecutedVersion": "$LATEST",
        "Payload": payload,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {
                "X-Amz-Executed-Version": ["$LATEST"],
                "x-amzn-Remapped-Content-Length": ["0"],
                "Connection": ["keep-alive"],
                "x-amzn-RequestId": "x-amzn-RequestId",
                "Content-Length": [&length],
                "Date": "date",
                "X-Amzn-Trace-Id": "X-Amzn-Trace-Id",
                "Content-Type": ["application/json"],
            },
            "HttpHeaders": {
                "Connection": "keep-alive",
                "Content-Length": &length,
                "Content-Type": "application/json",
                "Date": "date",
                "X-Amz-Executed-Version": "$LATEST",
                "x-amzn-Remapped-Content-Length": "0",
                "x-amzn-RequestId": "x-amzn-RequestId",
                "X-Amzn-Trace-Id": "X-Amzn-Trace-Id",
            },
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": { "RequestId": "RequestId" },
        "StatusCode": 200,
    })
}

/// How many bytes a function in Python answers with: it writes a space after each comma and colon.
fn python_length(payload: &Value) -> usize {
    let mut text = Vec::new();
    payload.serialize(&mut Serializer::with_formatter(&mut text, Spaced)).expect("memory takes any JSON");
    text.len()
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.begin_array_value(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}
