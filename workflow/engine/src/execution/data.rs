//! The data that states see and give: input and output processing, and the context object.
//!
//! Source: "Input and Output Processing" and "The Context Object" of the specification.

use ackflow_asl::{DataError, ErrorName, Path, ReferencePath, Scope, Template};
use serde_json::{Map, Value, json};

use super::{
    Execution,
    branch::{Activity, BranchId},
};

/// The longest payload between states, in bytes of JSON (AWS's quota).
const MAX_PAYLOAD_BYTES: usize = 262_144;

/// How a state turns its result into its output.
pub(super) struct OutputProcessing<'a> {
    pub(super) selector: Option<&'a Template>,
    pub(super) result_path: &'a Option<Option<ReferencePath>>,
    pub(super) output_path: &'a Option<Option<Path>>,
}

impl Execution {
    /// What a path finds: everything when it is absent, an empty object when it is `null`.
    pub(super) fn select(
        &mut self,
        branch: BranchId,
        path: &Option<Option<Path>>,
        data: Value,
    ) -> Result<Value, DataError> {
        match path {
            None => Ok(data),
            Some(None) => Ok(json!({})),
            Some(Some(path)) => self.find(branch, path, &data),
        }
    }

    /// What a path finds.
    pub(super) fn find(&mut self, branch: BranchId, path: &Path, data: &Value) -> Result<Value, DataError> {
        self.scoped(branch, data, |scope| path.select(scope))
    }

    /// A template filled in.
    pub(super) fn render(
        &mut self,
        branch: BranchId,
        template: &Template,
        data: &Value,
    ) -> Result<Value, DataError> {
        self.scoped(branch, data, |scope| template.render(scope))
    }

    /// Evaluates something over this data and the branch's context object.
    pub(super) fn scoped<T>(
        &mut self,
        branch: BranchId,
        data: &Value,
        evaluate: impl FnOnce(&mut Scope<'_>) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        let context = self.context(branch);
        evaluate(&mut Scope { input: data, context: &context, entropy: &self.draws })
    }

    /// The state's output, from its result.
    pub(super) fn process_output(
        &mut self,
        branch: BranchId,
        result: Value,
        processing: &OutputProcessing<'_>,
    ) -> Result<Value, DataError> {
        let result = match processing.selector {
            Some(selector) => self.render(branch, selector, &result)?,
            None => result,
        };
        let raw = || self.branches[&branch].input.clone();
        let combined = match processing.result_path {
            None => result,
            Some(None) => raw(),
            Some(Some(path)) => path.put(raw(), result)?,
        };
        self.select(branch, processing.output_path, combined)
    }

    /// Refuses a payload that AWS would refuse.
    pub(super) fn check_size(&self, branch: BranchId, payload: &Value) -> Result<(), DataError> {
        let mut counter = ByteCounter(0);
        serde_json::to_writer(&mut counter, payload).expect("counting bytes never fails");
        if counter.0 <= MAX_PAYLOAD_BYTES {
            return Ok(());
        }
        let state = &self.branches[&branch].state;
        let cause = format!(
            "The state/task '{state}' returned a result with a size exceeding the maximum number of bytes service limit."
        );
        Err(DataError { error: ErrorName::DATA_LIMIT_EXCEEDED, cause })
    }

    /// The context object, as the branch's state sees it.
    fn context(&self, id: BranchId) -> Value {
        let branch = &self.branches[&id];
        let (flow, name) = (&self.start.flow, &self.start.name);
        let mut context = Map::new();
        context.insert(
            "Execution".to_owned(),
            json!({
                "Id": format!("arn:aws:states:local:000000000000:execution:{flow}:{name}"),
                "Input": self.start.input,
                "Name": name,
                "RoleArn": "arn:aws:iam::000000000000:role/local",
                "StartTime": millis(self.start.at),
            }),
        );
        context.insert(
            "StateMachine".to_owned(),
            json!({ "Id": format!("arn:aws:states:local:000000000000:stateMachine:{flow}"), "Name": flow }),
        );
        context.insert(
            "State".to_owned(),
            json!({
                "EnteredTime": millis(branch.entered_at),
                "Name": branch.state,
                "RetryCount": branch.retries.iter().sum::<u64>(),
            }),
        );
        if let Some(item) = self.map_item(id) {
            context.insert("Map".to_owned(), json!({ "Item": item }));
        }
        Value::Object(context)
    }

    /// The item of the innermost Map around the branch.
    fn map_item(&self, id: BranchId) -> Option<Value> {
        let (parent, index) = self.branches[&id].parent?;
        match &self.branches[&parent].activity {
            Activity::FanOut(fan_out) if fan_out.is_map => {
                Some(json!({ "Index": index, "Value": fan_out.items[index] }))
            }
            _ => self.map_item(parent),
        }
    }
}

/// A time as the context object shows it.
pub(super) fn millis(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Counts what is written to it.
struct ByteCounter(usize);

impl std::io::Write for ByteCounter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
