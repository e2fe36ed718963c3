//! The data that states see and give: input and output processing.
//!
//! Source: "Input and Output Processing" of the specification.

use std::{borrow::Cow, ops::RangeInclusive, sync::Arc};

use ackflow_asl::{
    DataError, ErrorName, Kind, Nullable, Path, Query, QueryLanguage, ReferencePath, Scope, Template,
    map_run::read_integer,
};
use serde_json::{Map, Value, json};

use super::{
    Execution,
    branch::{BranchId, state_of},
};

/// The longest payload between states, in bytes of JSON (AWS's quota).
const MAX_PAYLOAD_BYTES: usize = 262_144;

/// How deep data may be nested: deeper, what reads it again would refuse it.
const MAX_DEPTH: usize = 100;

/// The most seconds that a field takes.
pub(super) const MAX_SECONDS: u64 = 99_999_999;

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

impl<'a> OutputProcessing<'a> {
    /// That of a state without a result of its own: it passes on what it saw.
    #[allow(clippy::ref_option, reason = "it is how the states hold it")]
    pub(super) fn without_result(
        output_path: &'a Nullable<Path>,
        output: Option<&'a Template>,
        assign: Option<&'a Template>,
        place: Place,
    ) -> Self {
        Self { selector: None, result_path: &None, output_path, output, assign, place }
    }
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

    /// Refuses what an expression gave for a field that wants a value of another type. `source` is the field as it was
    /// written.
    pub(super) fn check_type(
        &self,
        branch: BranchId,
        source: &Value,
        field: &str,
        wanted: Kind,
        found: &Value,
    ) -> Result<(), DataError> {
        match source.as_str().and_then(Query::delimited) {
            Some(query) if self.language(branch) == QueryLanguage::Jsonata => {
                wanted.check(query, field, found)
            }
            _ => Ok(()),
        }
    }

    /// A whole number that a field gives, of this range.
    pub(super) fn whole_number(
        &mut self,
        branch: BranchId,
        template: &Template,
        field: &str,
        range: &RangeInclusive<u64>,
        input: &Value,
    ) -> Result<u64, DataError> {
        let found = self.render_as(branch, template, Kind::Number, field, input)?;
        let number = read_integer(field, &found, field).ok().and_then(|number| u64::try_from(number).ok());
        number.filter(|number| range.contains(number)).ok_or_else(|| {
            let wanted = match (range.start(), range.end()) {
                (least, &u64::MAX) => format!("a whole number, {least} or more"),
                (least, most) => format!("a whole number from {least} to {most}"),
            };
            out_of_range(template, field, &found, &wanted)
        })
    }

    /// `Parameters` or `Arguments` filled in; `None` where the state has neither. `field` is where `Arguments` stand.
    pub(super) fn arguments(
        &mut self,
        branch: BranchId,
        parameters: Option<&Template>,
        arguments: Option<&Template>,
        field: &str,
        seen: &Value,
    ) -> Result<Option<Value>, DataError> {
        let template = parameters.or(arguments);
        template.map(|template| self.render(branch, template, field, Sight::of(seen))).transpose()
    }

    /// What the `ItemSelector` of a Map makes of an item. `item` is what the context object tells of that.
    pub(super) fn render_item(
        &mut self,
        map: BranchId,
        selector: &Template,
        seen: &Value,
        item: impl FnOnce() -> Value,
    ) -> Result<Value, DataError> {
        if selector.reads_context(self.language(map)) {
            self.update_context(map, Some(item()));
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

    /// Says so when what a task gives is nested deeper than what reads it again takes.
    pub(crate) fn exceeds_depth(&self, task: u64, output: &Value) -> Result<(), DataError> {
        let branch = self.tasks.get(&task).and_then(|branch| self.branches.get(*branch));
        branch.map_or(Ok(()), |branch| check_depth(&branch.state, bounds(output).0))
    }
}

/// The error of a field that gives what it does not take. Where an expression of JSONata gave that, the expression has
/// failed.
pub(super) fn out_of_range(template: &Template, field: &str, found: &Value, wanted: &str) -> DataError {
    let Some(query) = template.as_json().as_str().and_then(Query::delimited) else {
        return DataError::runtime(format!("The field '{field}' must be {wanted}, and it is {found}."));
    };
    let cause = format!(
        "The JSONata expression '{query}' specified for the field '{field}' must return {wanted}, and it returned \
         {found}."
    );
    DataError::query(field, cause)
}

/// Says so when a payload is longer than AWS takes.
pub(super) fn exceeds_limit(name: &str, payload: &Value) -> Result<(), DataError> {
    let (depth, most_bytes) = bounds(payload);
    check_depth(name, depth)?;
    // Few payloads come near the limit: only those are measured.
    if most_bytes <= MAX_PAYLOAD_BYTES || length(payload) <= MAX_PAYLOAD_BYTES {
        return Ok(());
    }
    let cause = format!(
        "The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."
    );
    Err(DataError::new(ErrorName::DATA_LIMIT_EXCEEDED, cause))
}

/// Says so when data is nested deeper than what reads it again takes.
fn check_depth(name: &str, depth: usize) -> Result<(), DataError> {
    if depth <= MAX_DEPTH {
        return Ok(());
    }
    let cause = format!("The data of '{name}' is nested {depth} levels deep, and {MAX_DEPTH} are allowed.");
    Err(DataError::runtime(cause))
}

/// How many arrays and objects stand in one another, and how many bytes of JSON it is at most.
fn bounds(value: &Value) -> (usize, usize) {
    /// No number is written longer than `-2.2250738585072014e-308`.
    const NUMBER: usize = 24;
    /// Each byte may be written as `\u0000`, between quotation marks.
    fn text(text: &str) -> usize {
        6 * text.len() + 2
    }
    let around = |(depth, bytes): (usize, usize)| (depth + 1, bytes + 2);
    match value {
        Value::Null | Value::Bool(_) => (0, "false".len()),
        Value::Number(_) => (0, NUMBER),
        Value::String(string) => (0, text(string)),
        Value::Array(items) => around(items.iter().fold((0, 0), |(deepest, bytes), item| {
            let (depth, more) = bounds(item);
            (depth.max(deepest), bytes + more + ",".len())
        })),
        Value::Object(fields) => around(fields.iter().fold((0, 0), |(deepest, bytes), (name, field)| {
            let (depth, more) = bounds(field);
            (depth.max(deepest), bytes + text(name) + more + ":,".len())
        })),
    }
}

/// How many bytes of JSON it is.
fn length(value: &Value) -> usize {
    let mut size = Size(0);
    serde_json::to_writer(&mut size, value).expect("measuring never fails");
    size.0
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
