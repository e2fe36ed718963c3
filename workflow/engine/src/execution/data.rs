//! The data that states see and give: input and output processing, and the context object.
//!
//! Source: "Input and Output Processing" and "The Context Object" of the specification.

use std::{borrow::Cow, sync::Arc};

use ackflow_asl::{
    DataError, ErrorName, Kind, Nullable, Path, QueryLanguage, ReferencePath, Scope, Seed, State, Template,
    uuid,
};
use serde_json::{Map, Value, json};

use super::{
    Execution, Start, WorkflowType,
    branch::{Activity, BranchId, FanOut, FanOutKind, state_of},
};

/// The longest payload between states, in bytes of JSON (AWS's quota).
const MAX_PAYLOAD_BYTES: usize = 262_144;

/// How deep data may be nested: deeper, what reads it again would refuse it.
const MAX_DEPTH: usize = 100;

/// The region of what runs here, where AWS would have one.
pub(super) const LOCAL_REGION: &str = "local";

/// The role of what runs here, where AWS would have one.
pub(super) const LOCAL_ROLE: &str = "arn:aws:iam::000000000000:role/local";

/// What an expression sees of the state's data.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) input: &'a Value,
    pub(super) result: Option<&'a Value>,
    pub(super) error_output: Option<&'a Value>,
}

impl<'a> Sight<'a> {
    /// Nothing but the input.
    pub(super) fn of(input: &'a Value) -> Self {
        Self { input, result: None, error_output: None }
    }
}

/// How a state turns its result into its output, and which variables it sets.
#[derive(Clone, Copy)]
pub(super) struct OutputProcessing<'a> {
    pub(super) selector: Option<&'a Template>,
    pub(super) result_path: &'a Nullable<ReferencePath>,
    pub(super) output_path: &'a Nullable<Path>,
    pub(super) output: Option<&'a Template>,
    pub(super) assign: Option<&'a Template>,
    pub(super) place: Place,
}

/// Where in a state `Output` and `Assign` stand.
#[derive(Clone, Copy)]
pub(super) enum Place {
    State,
    /// In the rule of this index.
    Rule(usize),
    /// In the catcher of this index.
    Catcher(usize),
}

impl Place {
    /// The field there, as an error of its expression names it.
    fn field(self, name: &str) -> Cow<'_, str> {
        match self {
            Self::State => name.into(),
            Self::Rule(at) => format!("Choices[{at}]/{name}").into(),
            Self::Catcher(at) => format!("Catch[{at}]/{name}").into(),
        }
    }
}

/// What a state leaves behind.
pub(super) struct Left {
    pub(super) output: Arc<Value>,
    pub(super) assigned: Map<String, Value>,
}

/// What a state's work gave.
pub(super) enum Work {
    /// A result.
    Result(Arc<Value>),
    /// Nothing: the state passes on what it saw.
    Seen(Arc<Value>),
}

impl Execution {
    /// What a path finds: everything when it is absent, an empty object when it is `null`.
    #[allow(clippy::ref_option, reason = "it is how the states hold it")]
    pub(super) fn select(
        &mut self,
        branch: BranchId,
        path: &Nullable<Path>,
        data: Arc<Value>,
    ) -> Result<Arc<Value>, DataError> {
        match path {
            None => Ok(data),
            Some(None) => Ok(Arc::new(json!({}))),
            Some(Some(path)) => self.find(branch, path, &data).map(Arc::new),
        }
    }

    /// What the state sees of its input.
    #[allow(clippy::ref_option, reason = "it is how the states hold it")]
    pub(super) fn see(
        &mut self,
        branch: BranchId,
        path: &Nullable<Path>,
        input: Arc<Value>,
    ) -> Result<Arc<Value>, DataError> {
        let seen = self.select(branch, path, input)?;
        self.inspect_paths(branch, |data| data.after_input_path = Some(seen.to_string()));
        Ok(seen)
    }

    /// What a path finds.
    pub(super) fn find(&mut self, branch: BranchId, path: &Path, data: &Value) -> Result<Value, DataError> {
        self.scoped(branch, path.is_context(), Sight::of(data), |scope| path.select(scope))
    }

    /// A template filled in. `field` is where it stands in the state.
    pub(super) fn render(
        &mut self,
        branch: BranchId,
        template: &Template,
        field: &str,
        sight: Sight<'_>,
    ) -> Result<Value, DataError> {
        let reads_context = template.reads_context(self.language(branch));
        self.scoped(branch, reads_context, sight, |scope| template.render(field, scope))
    }

    /// The same, where the field wants a value of this type.
    pub(super) fn render_as(
        &mut self,
        branch: BranchId,
        template: &Template,
        kind: Kind,
        field: &str,
        input: &Value,
    ) -> Result<Value, DataError> {
        let reads_context = template.reads_context(self.language(branch));
        self.scoped(branch, reads_context, Sight::of(input), |scope| template.render_as(kind, field, scope))
    }

    /// The input of a Map's branch for one of its items, by its `ItemSelector`.
    pub(super) fn render_item(
        &mut self,
        map: BranchId,
        index: usize,
        item: &Value,
        selector: &Template,
        seen: &Value,
    ) -> Result<Value, DataError> {
        if selector.reads_context(self.language(map)) {
            self.update_context(map, Some(json!({ "Index": index, "Value": item })));
        }
        self.evaluate(map, Sight::of(seen), |scope| selector.render("ItemSelector", scope))
    }

    /// Evaluates something over this data and the branch's context object and variables. The context object is brought
    /// up to date where it is read.
    pub(super) fn scoped<T>(
        &mut self,
        branch: BranchId,
        reads_context: bool,
        sight: Sight<'_>,
        evaluate: impl FnOnce(&Scope<'_>) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        if reads_context {
            let item = self.map_item(branch);
            self.update_context(branch, item);
        }
        self.evaluate(branch, sight, evaluate)
    }

    /// Evaluates something over the context object as it stands.
    fn evaluate<T>(
        &self,
        branch: BranchId,
        sight: Sight<'_>,
        evaluate: impl FnOnce(&Scope<'_>) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        evaluate(&Scope {
            language: self.language(branch),
            result: sight.result,
            error_output: sight.error_output,
            variables: Some(&self.branches[branch].variables),
            now: self.now,
            ..Scope::new(sight.input, &self.context, &self.draws)
        })
    }

    /// The language of the state that the branch is at.
    pub(super) fn language(&self, branch: BranchId) -> QueryLanguage {
        self.machine.language_of(state_of(&self.machine, &self.branches, branch))
    }

    /// The state's output and variables, from what its work gave.
    pub(super) fn process_output(
        &mut self,
        branch: BranchId,
        work: Work,
        processing: &OutputProcessing<'_>,
    ) -> Result<Left, DataError> {
        match self.language(branch) {
            QueryLanguage::Jsonata => self.output_of_queries(branch, work, processing),
            QueryLanguage::JsonPath => self.output_of_paths(branch, work, processing),
        }
    }

    fn output_of_queries(
        &mut self,
        branch: BranchId,
        work: Work,
        processing: &OutputProcessing<'_>,
    ) -> Result<Left, DataError> {
        if processing.assign.is_none() && processing.output.is_none() {
            let (Work::Result(output) | Work::Seen(output)) = work;
            return Ok(Left { output, assigned: Map::new() });
        }
        let input = Arc::clone(&self.branches[branch].input);
        let result = match &work {
            Work::Result(result) => Some(&**result),
            Work::Seen(_) => None,
        };
        let sight = Sight { result, ..Sight::of(&input) };
        let assigned = self.assigned(branch, processing.assign, processing.place, sight)?;
        let output = match processing.output {
            Some(output) => Some(self.output(branch, output, processing.place, sight)?),
            None => None,
        };
        let (Work::Result(given) | Work::Seen(given)) = work;
        Ok(Left { output: output.map_or(given, Arc::new), assigned })
    }

    fn output_of_paths(
        &mut self,
        branch: BranchId,
        work: Work,
        processing: &OutputProcessing<'_>,
    ) -> Result<Left, DataError> {
        let (result, is_result) = match work {
            Work::Result(result) => (result, true),
            Work::Seen(seen) => (seen, false),
        };
        let result = match processing.selector {
            Some(selector) => {
                Arc::new(self.render(branch, selector, "ResultSelector", Sight::of(&result))?)
            }
            None => result,
        };
        if is_result {
            self.inspect(|data| data.after_result_selector = Some(result.to_string()));
        }
        let assigned = self.assigned(branch, processing.assign, processing.place, Sight::of(&result))?;
        let raw = &self.branches[branch].input;
        let combined = match processing.result_path {
            Some(None) if is_result => Arc::clone(raw),
            Some(Some(path)) if is_result => {
                Arc::new(path.put(Value::clone(raw), Arc::unwrap_or_clone(result))?)
            }
            _ => result,
        };
        if is_result {
            self.inspect(|data| data.after_result_path = Some(combined.to_string()));
        }
        let output = self.select(branch, processing.output_path, combined)?;
        Ok(Left { output, assigned })
    }

    /// What an `Output` gives.
    pub(super) fn output(
        &mut self,
        branch: BranchId,
        output: &Template,
        place: Place,
        sight: Sight<'_>,
    ) -> Result<Value, DataError> {
        self.render(branch, output, &place.field("Output"), sight)
    }

    /// The variables that an `Assign` sets.
    pub(super) fn assigned(
        &mut self,
        branch: BranchId,
        assign: Option<&Template>,
        place: Place,
        sight: Sight<'_>,
    ) -> Result<Map<String, Value>, DataError> {
        let Some(assign) = assign else { return Ok(Map::new()) };
        match self.render(branch, assign, &place.field("Assign"), sight)? {
            Value::Object(assigned) => Ok(assigned),
            other => Err(DataError::runtime(format!("Assign must be an object, not {other}."))),
        }
    }

    /// Refuses a payload that AWS would refuse.
    pub(super) fn check_size(&self, branch: BranchId, payload: &Arc<Value>) -> Result<(), DataError> {
        let branch = &self.branches[branch];
        if branch.is_checked && Arc::ptr_eq(payload, &branch.input) {
            return Ok(());
        }
        exceeds_limit(&branch.state, payload)
    }

    /// Has the context object tell of the branch's state, and of the item of a Map.
    fn update_context(&mut self, id: BranchId, item: Option<Value>) {
        if let Some(input) = self.unread_input.take() {
            self.context["Execution"]["Input"] = Value::clone(&input);
        }
        let branch = &self.branches[id];
        let state = state_of(&self.machine, &self.branches, id);
        let mut about = json!({ "EnteredTime": millis(branch.entered_at), "Name": branch.state });
        if matches!(state, State::Task(_) | State::Map(_) | State::Parallel(_)) {
            about["RetryCount"] = json!(branch.retries.iter().sum::<u64>());
        }
        let token = match state {
            // What a Task's parameters are filled in for is the event that comes next.
            State::Task(task) if task.resource.ends_with(".waitForTaskToken") => {
                Some(self.token(self.next_task(id)))
            }
            _ => None,
        };
        let child = if branch.is_quiet { self.child_context(id) } else { None };
        if child.is_some() && self.own_context.is_none() {
            self.own_context = Some(self.context.clone());
        }
        let execution = if child.is_some() { child } else { self.own_context.take() };
        let Value::Object(context) = &mut self.context else { unreachable!("the context is an object") };
        if let Some(Value::Object(execution)) = execution {
            context.extend(execution);
        }
        context.insert("State".to_owned(), about);
        match item {
            Some(item) => context.insert("Map".to_owned(), json!({ "Item": item })),
            None => context.shift_remove("Map"),
        };
        match token {
            Some(token) => context.insert("Task".to_owned(), json!({ "Token": token })),
            None => context.shift_remove("Task"),
        };
        if let Some(probe) = &self.probe {
            probe.set_context(context);
        }
    }

    /// The ARN of the state machine.
    pub(super) fn machine_arn(&self) -> String {
        let (flow, _) = self.token_prefix.split_once(':').unwrap_or_default();
        format!("arn:aws:states:{LOCAL_REGION}:000000000000:stateMachine:{flow}")
    }

    /// The item of the innermost Map around the branch.
    fn map_item(&self, id: BranchId) -> Option<Value> {
        let (parent, index) = self.branches[id].parent?;
        match &self.branches[parent].activity {
            Activity::FanOut(FanOut { kind: FanOutKind::Map, items, .. }) => {
                Some(json!({ "Index": index, "Value": items[index] }))
            }
            // A child execution has a context of its own.
            Activity::FanOut(FanOut { kind: FanOutKind::MapRun(_), .. }) => None,
            _ => self.map_item(parent),
        }
    }
}

/// The context object, but for what changes with each state, and for the execution's input, which is `null`. It is
/// kept: a copy of it for each path would be dear.
pub(crate) fn context(start: &Start) -> Value {
    let Start { flow, name, at, workflow_type, .. } = start;
    let id = match workflow_type {
        WorkflowType::Standard => format!("execution:{flow}:{name}"),
        // Names of these may be used again: what tells two of a name apart follows.
        WorkflowType::Express | WorkflowType::SynchronousExpress => {
            format!("express:{flow}:{name}:{}", uuid(&Seed::new(start.seed)))
        }
    };
    let mut execution = json!({
        "Id": format!("arn:aws:states:{LOCAL_REGION}:000000000000:{id}"),
        "Input": null,
        "Name": name,
        "RoleArn": LOCAL_ROLE,
        "StartTime": millis(*at),
    });
    if *workflow_type != WorkflowType::SynchronousExpress {
        execution["RedriveCount"] = json!(0);
    }
    let id = format!("arn:aws:states:{LOCAL_REGION}:000000000000:stateMachine:{flow}");
    json!({ "Execution": execution, "StateMachine": { "Id": id, "Name": flow } })
}

/// Says so when a payload is longer than AWS takes.
pub(super) fn exceeds_limit(name: &str, payload: &Value) -> Result<(), DataError> {
    let depth = depth(payload);
    if depth > MAX_DEPTH {
        let cause =
            format!("The data of '{name}' is nested {depth} levels deep, and {MAX_DEPTH} are allowed.");
        return Err(DataError::runtime(cause));
    }
    let mut size = Size(0);
    serde_json::to_writer(&mut size, payload).expect("measuring never fails");
    if size.0 <= MAX_PAYLOAD_BYTES {
        return Ok(());
    }
    let cause = format!(
        "The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."
    );
    Err(DataError::new(ErrorName::DATA_LIMIT_EXCEEDED, cause))
}

/// A time as the context object shows it.
pub(super) fn millis(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// How many arrays and objects stand in one another.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Counts the bytes that are written to it.
struct Size(usize);

impl std::io::Write for Size {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
