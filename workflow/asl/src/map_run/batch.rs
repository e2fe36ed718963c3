//! Several items in the input of one child execution.

use std::mem;

use serde_json::{Value, json};

use super::number::integer;
use crate::DataError;

/// No input is larger.
const MAX_INPUT_BYTES: usize = 262_144;

/// The fields of an `ItemBatcher`, their paths and expressions resolved.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html>
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchSettings {
    /// `MaxItemsPerBatch`: the most items of a batch; null is no limit.
    pub max_items: Value,
    /// `MaxInputBytesPerBatch`: the most bytes of a batch; null is 256 KiB, which is the most.
    pub max_bytes: Value,
    /// `BatchInput`: what each batch holds besides its items.
    pub input: Option<Value>,
}

/// The inputs of the child executions: each holds as many items, in their order, as the settings allow.
///
/// An item that is too large by itself is a batch of its own.
///
/// # Errors
/// `States.Runtime`.
pub fn batch(items: Vec<Value>, settings: &BatchSettings) -> Result<Vec<Value>, DataError> {
    let most_items = positive("MaxItemsPerBatch", &settings.max_items)?.unwrap_or(usize::MAX);
    let most_bytes = positive("MaxInputBytesPerBatch", &settings.max_bytes)?.unwrap_or(MAX_INPUT_BYTES);
    let most_bytes = most_bytes.min(MAX_INPUT_BYTES);
    // A comma precedes each item, but for the first.
    let around = settings.wrap(Vec::new()).to_string().len() - 1;
    let (mut batches, mut batch, mut bytes) = (Vec::new(), Vec::new(), around);
    for item in items {
        let more = item.to_string().len() + 1;
        if batch.len() == most_items || !batch.is_empty() && bytes + more > most_bytes {
            batches.push(settings.wrap(mem::take(&mut batch)));
            bytes = around;
        }
        bytes += more;
        batch.push(item);
    }
    if !batch.is_empty() {
        batches.push(settings.wrap(batch));
    }
    Ok(batches)
}

impl BatchSettings {
    fn wrap(&self, items: Vec<Value>) -> Value {
        let items = Value::Array(items);
        match &self.input {
            Some(input) => json!({ "BatchInput": input, "Items": items }),
            None => json!({ "Items": items }),
        }
    }
}

/// A limit, if there is one.
fn positive(field: &str, value: &Value) -> Result<Option<usize>, DataError> {
    if value.is_null() {
        return Ok(None);
    }
    match integer(value).map(usize::try_from) {
        Some(Ok(limit @ 1..)) => Ok(Some(limit)),
        _ => Err(DataError::runtime(format!("{field} must be a positive integer, and it is {value}."))),
    }
}
