//! `WriterConfig` of a `ResultWriter`: the form of the results.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ChildExecution;
use crate::{DataError, ErrorName};

/// `WriterConfig` of a `ResultWriter`, its expressions resolved.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct WriterSettings {
    /// What is kept of each execution. When absent: all for an export, its output otherwise.
    pub transformation: Option<WriterTransformation>,
    /// The form of the whole.
    pub output_type: OutputType,
}

/// What is kept of each execution. One that failed is always kept whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WriterTransformation {
    /// All that there is: its input and output, its ARN, its times.
    None,
    /// Its output.
    Compact,
    /// Its output, or the elements of an output that is an array.
    Flatten,
}

/// The form of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OutputType {
    /// An array.
    #[default]
    Json,
    /// A line for each.
    Jsonl,
}

/// What a `ResultWriter` with a bucket does.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// The objects to store, the manifest last.
    pub objects: Vec<ResultObject>,
    /// The state's result: where the manifest is.
    pub result: Value,
}

/// An object to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultObject {
    /// Its key.
    pub key: String,
    /// Its text.
    pub body: String,
}

impl WriterSettings {
    /// Reads a `WriterConfig`.
    ///
    /// # Errors
    /// `States.ResultWriterFailed`.
    pub fn new(config: Value) -> Result<Self, DataError> {
        serde_json::from_value(config).map_err(|error| {
            let cause = format!("The WriterConfig can't be used: {error}.");
            DataError::new(ErrorName::RESULT_WRITER_FAILED, cause)
        })
    }

    /// The state's result when nothing is exported. A Map without `ResultWriter` has the default settings.
    pub fn result(self, children: &[ChildExecution]) -> Value {
        let values = self.values(children, WriterTransformation::Compact);
        match self.output_type {
            OutputType::Json => Value::Array(values),
            OutputType::Jsonl => Value::String(self.text(values)),
        }
    }

    /// The objects that are stored in a bucket: one for the executions of each status, and the manifest.
    ///
    /// They are in a folder named after the last part of the Map Run's ARN, below the prefix. AWS begins
    /// another file after 5 GB; here it is one.
    pub fn export(
        self,
        bucket: &str,
        prefix: &str,
        map_run_arn: &str,
        children: &[ChildExecution],
    ) -> Export {
        let run = map_run_arn.rsplit_once(':').map_or(map_run_arn, |(_, run)| run);
        let folder = match prefix.trim_end_matches('/') {
            "" => run.to_owned(),
            prefix => format!("{prefix}/{run}"),
        };
        let (mut objects, mut files) = (Vec::new(), Map::new());
        for file in ["FAILED", "PENDING", "SUCCEEDED"] {
            let mut children = children.iter().filter(|child| child.status.file() == file).peekable();
            let mut listed = Vec::new();
            if children.peek().is_some() {
                let key = format!("{folder}/{file}_0.json");
                let body = self.text(self.values(children, WriterTransformation::None));
                listed.push(json!({ "Key": key, "Size": body.len() }));
                objects.push(ResultObject { key, body });
            }
            files.insert(file.to_owned(), Value::Array(listed));
        }
        let key = format!("{folder}/manifest.json");
        let details = json!({ "Bucket": bucket, "Key": key });
        let result = json!({ "MapRunArn": map_run_arn, "ResultWriterDetails": details });
        let manifest = json!({ "DestinationBucket": bucket, "MapRunArn": map_run_arn, "ResultFiles": files });
        objects.push(ResultObject { key, body: manifest.to_string() });
        Export { objects, result }
    }

    fn values<'a>(
        self,
        children: impl IntoIterator<Item = &'a ChildExecution>,
        default: WriterTransformation,
    ) -> Vec<Value> {
        let transformation = self.transformation.unwrap_or(default);
        let mut values = Vec::new();
        for child in children {
            match (transformation, child.output.clone()) {
                (WriterTransformation::None, _) | (_, None) => values.push(child.record()),
                (WriterTransformation::Flatten, Some(Value::Array(elements))) => values.extend(elements),
                (_, Some(output)) => values.push(output),
            }
        }
        values
    }

    fn text(self, values: Vec<Value>) -> String {
        match self.output_type {
            OutputType::Json => Value::Array(values).to_string(),
            OutputType::Jsonl => values.iter().map(Value::to_string).collect::<Vec<_>>().join("\n"),
        }
    }
}
