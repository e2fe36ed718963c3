//! The data that states see and give: input and output processing, and the context object.
//!
//! Source: "Input and Output Processing" and "The Context Object" of the specification.

use ackflow_asl::{DataError, ErrorName, Nullable, Path, ReferencePath, Scope, State, Template};
use serde_json::{Value, json};

use super::{
    Execution, Start,
    branch::{Activity, BranchId, state_of},
};

/// The longest payload between states, in bytes of JSON (AWS's quota).
const MAX_PAYLOAD_BYTES: usize = 262_144;

/// The region of what runs here, where AWS would have one.
pub(super) const LOCAL_REGION: &str = "local";

/// The role of what runs here, where AWS would have one.
pub(super) const LOCAL_ROLE: &str = "arn:aws:iam::000000000000:role/local";

/// How a state turns its result into its output.
pub(super) struct OutputProcessing<'a> {
    pub(super) selector: Option<&'a Template>,
    pub(super) result_path: &'a Nullable<ReferencePath>,
    pub(super) output_path: &'a Nullable<Path>,
}

impl Execution {
    /// What a path finds: everything when it is absent, an empty object when it is `null`.
    #[allow(clippy::ref_option, reason = "it is how the states hold it")]
    pub(super) fn select(
        &mut self,
        branch: BranchId,
        path: &Nullable<Path>,
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

    /// An iteration's input, by the Map's `ItemSelector`.
    pub(super) fn render_item(
        &mut self,
        map: BranchId,
        iteration: BranchId,
        selector: &Template,
        seen: &Value,
    ) -> Result<Value, DataError> {
        self.update_context(map, iteration);
        selector.render(&Scope { input: seen, context: &self.context, entropy: &self.draws })
    }

    /// Evaluates something over this data and the branch's context object.
    pub(super) fn scoped<T>(
        &mut self,
        branch: BranchId,
        data: &Value,
        evaluate: impl FnOnce(&mut Scope<'_>) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        self.update_context(branch, branch);
        evaluate(&mut Scope { input: data, context: &self.context, entropy: &self.draws })
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
        exceeds_limit(&self.branches[&branch].state, payload)
    }

    /// Has the context object tell of the state of one branch, and of the Map item of the same or another.
    fn update_context(&mut self, id: BranchId, item_of: BranchId) {
        let branch = &self.branches[&id];
        let state = state_of(&self.machine, &self.branches, id);
        let mut about = json!({ "EnteredTime": millis(branch.entered_at), "Name": branch.state });
        if matches!(state, State::Task(_) | State::Map(_) | State::Parallel(_)) {
            about["RetryCount"] = json!(branch.retries.iter().sum::<u64>());
        }
        let token = match state {
            // What a Task's parameters are filled in for is the event that comes next.
            State::Task(task) if task.resource.ends_with(".waitForTaskToken") => {
                Some(self.token(self.history.next_id()))
            }
            _ => None,
        };
        let item = self.map_item(item_of);
        let Value::Object(context) = &mut self.context else { unreachable!("the context is an object") };
        context.insert("State".to_owned(), about);
        match item {
            Some(item) => context.insert("Map".to_owned(), json!({ "Item": item })),
            None => context.shift_remove("Map"),
        };
        match token {
            Some(token) => context.insert("Task".to_owned(), json!({ "Token": token })),
            None => context.shift_remove("Task"),
        };
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

/// The context object, but for what changes with each state. It is kept: a copy of the input for each path
/// would be dear.
pub(super) fn context(start: &Start) -> Value {
    let Start { flow, name, input, at, .. } = start;
    json!({
        "Execution": {
            "Id": format!("arn:aws:states:{LOCAL_REGION}:000000000000:execution:{flow}:{name}"),
            "Input": input,
            "Name": name,
            "RoleArn": LOCAL_ROLE,
            "StartTime": millis(*at),
            "RedriveCount": 0,
        },
        "StateMachine": {
            "Id": format!("arn:aws:states:{LOCAL_REGION}:000000000000:stateMachine:{flow}"),
            "Name": flow,
        },
    })
}

/// Says so when a payload is longer than AWS takes.
pub(super) fn exceeds_limit(name: &str, payload: &Value) -> Result<(), DataError> {
    let mut counter = ByteCounter(0);
    serde_json::to_writer(&mut counter, payload).expect("counting bytes never fails");
    if counter.0 <= MAX_PAYLOAD_BYTES {
        return Ok(());
    }
    let cause = format!(
        "The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."
    );
    Err(DataError { error: ErrorName::DATA_LIMIT_EXCEEDED, cause })
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
