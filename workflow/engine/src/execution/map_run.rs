//! Map Runs: what a distributed Map does.
//!
//! Its child executions are branches that leave no events: AWS keeps the history of each by itself.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>

use std::{collections::VecDeque, sync::Arc};

use ackflow_asl::{
    DataError, ErrorName, ItemBatcher, Kind, Map, ResultWriter, State, Template,
    map_run::{
        BatchSettings, ChildExecution, ChildStatus, Item, ResultObject, Tolerance, WriterSettings, batch,
    },
    uuid,
};
use serde_json::{Value, json};

use super::{
    Execution, MOST_EXPRESS_EVENTS,
    branch::{Activity, BranchId, FanOutKind, state_of},
    context_object::distributed_item,
    data::{Sight, out_of_range},
    failure::Failure,
    item_reader::Reading,
    pending::Errand,
    too_many_events,
};
use crate::{Details, history::MAX_EVENTS};

/// A distributed Map at work.
#[derive(Debug, Default)]
pub(super) struct MapRun {
    arn: String,
    tolerance: Tolerance,
    at_once: Option<u64>,
    /// What the state sees.
    pub(super) seen: Arc<Value>,
    /// What is being read.
    pub(super) reading: Option<Reading>,
    /// What the child executions run, as an ARN.
    state_machine_arn: String,
    /// The names of the child executions.
    names: Vec<String>,
    /// How many items each child execution was given.
    sizes: Vec<usize>,
    /// How many items there are.
    items: usize,
    /// How many items failed.
    failed: usize,
    /// The child executions that have ended, by their index.
    ended: Vec<Option<ChildExecution>>,
    /// What is still to be written, and the state's result once it is.
    writing: VecDeque<ResultObject>,
    result: Value,
}

impl Execution {
    /// Starts the Map Run. `items` are those of the state's input, if it has no reader.
    pub(super) fn start_map_run(
        &mut self,
        id: BranchId,
        map: &Map,
        seen: Arc<Value>,
        items: Option<Vec<Item>>,
        at_once: Option<u64>,
    ) -> Result<(), DataError> {
        let tolerance = self.tolerance(id, map, &seen)?;
        let label = map.label.clone().unwrap_or_else(|| uuid(&self.draws));
        let state_machine_arn = format!("{}/{label}", self.machine_arn());
        let arn = state_machine_arn.replacen(":stateMachine:", ":mapRun:", 1);
        let arn = format!("{arn}:{}", uuid(&self.draws));
        self.record(id, "MapRunStarted", Details::empty().with("mapRunArn", json!(arn)));
        let run = MapRun { arn, tolerance, at_once, seen, state_machine_arn, ..MapRun::default() };
        self.branch_mut(id).map_run = Some(Box::new(run));
        match (items, &map.item_reader) {
            (Some(items), _) => self.start_children(id, map, items),
            (None, Some(reader)) => self.read_items(id, reader),
            (None, None) => unreachable!("a Map without a reader has items"),
        }
    }

    /// How many items may fail.
    pub(super) fn tolerance(
        &mut self,
        id: BranchId,
        map: &Map,
        seen: &Value,
    ) -> Result<Tolerance, DataError> {
        let count = match (&map.tolerated_failure_count_path, &map.tolerated_failure_count) {
            (Some(path), _) => Some(Tolerance::read_count(&self.find(id, path, seen)?, &path.to_string())?),
            (None, Some(count)) => {
                let field = "ToleratedFailureCount";
                let count = self.whole_number(id, count, field, &(0..=u64::MAX), seen)?;
                Some(usize::try_from(count).unwrap_or(usize::MAX))
            }
            (None, None) => None,
        };
        let percentage = match (&map.tolerated_failure_percentage_path, &map.tolerated_failure_percentage) {
            (Some(path), _) => {
                Some(Tolerance::read_percentage(&self.find(id, path, seen)?, &path.to_string())?)
            }
            (None, Some(percentage)) => {
                let field = "ToleratedFailurePercentage";
                let found = self.render_as(id, percentage, Kind::Number, field, seen)?;
                let wrong = |_| out_of_range(percentage, field, &found, "a number from 0 to 100");
                Some(Tolerance::read_percentage(&found, field).map_err(wrong)?)
            }
            (None, None) => None,
        };
        self.inspect(|data| {
            data.tolerated_failure_count = count;
            data.tolerated_failure_percentage = percentage;
        });
        Ok(Tolerance { count, percentage })
    }

    /// Starts the child executions, now that the items are known.
    pub(super) fn start_children(
        &mut self,
        id: BranchId,
        map: &Map,
        items: Vec<Item>,
    ) -> Result<(), DataError> {
        let seen = self.map_run(id).seen.clone();
        let items = self.select_items(id, map, items, &seen)?;
        let inputs = match &map.item_batcher {
            Some(batcher) => {
                let settings = self.batch_settings(id, batcher, &seen)?;
                let inputs = batch(items, &settings)?;
                self.inspect(|data| data.after_item_batcher = Some(json!(inputs).to_string()));
                inputs
            }
            None => items,
        };
        let size = |input: &Value| match (&map.item_batcher, &input["Items"]) {
            (Some(_), Value::Array(items)) => items.len(),
            _ => 1,
        };
        let mut run = self.branch_mut(id).map_run.take().expect("a Map Run has started");
        run.sizes = inputs.iter().map(size).collect();
        run.items = run.sizes.iter().sum();
        run.names = inputs.iter().map(|_| uuid(&self.draws)).collect();
        run.ended = inputs.iter().map(|_| None).collect();
        let at_once = run.at_once;
        let inputs = inputs.into_iter().map(Arc::new).collect();
        self.fan_out(id, FanOutKind::MapRun(run), inputs, Arc::default(), at_once)
    }

    /// The items as the Map's `ItemSelector` makes them.
    pub(super) fn select_items(
        &mut self,
        id: BranchId,
        map: &Map,
        items: Vec<Item>,
        seen: &Value,
    ) -> Result<Vec<Value>, DataError> {
        let Some(selector) = &map.item_selector else {
            return Ok(items.into_iter().map(Item::into_input).collect());
        };
        let items = items.iter().enumerate();
        let items =
            items.map(|(index, item)| self.render_item(id, selector, seen, || distributed_item(index, item)));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        self.inspect(|data| data.after_item_selector = Some(json!(items).to_string()));
        Ok(items)
    }

    fn batch_settings(
        &mut self,
        id: BranchId,
        batcher: &ItemBatcher,
        seen: &Value,
    ) -> Result<BatchSettings, DataError> {
        let mut limit =
            |path: Option<&ackflow_asl::Path>, given: Option<&Template>, field: &str| match (path, given) {
                (Some(path), _) => self.find(id, path, seen),
                (None, Some(given)) => {
                    self.whole_number(id, given, field, &(1..=u64::MAX), seen).map(Value::from)
                }
                (None, None) => Ok(Value::Null),
            };
        let max_items = limit(
            batcher.max_items_per_batch_path.as_ref(),
            batcher.max_items_per_batch.as_ref(),
            "ItemBatcher/MaxItemsPerBatch",
        )?;
        let max_bytes = limit(
            batcher.max_input_bytes_per_batch_path.as_ref(),
            batcher.max_input_bytes_per_batch.as_ref(),
            "ItemBatcher/MaxInputBytesPerBatch",
        )?;
        let input = match &batcher.batch_input {
            Some(input) => Some(self.render(id, input, "ItemBatcher/BatchInput", Sight::of(seen))?),
            None => None,
        };
        Ok(BatchSettings { max_items, max_bytes, input })
    }

    /// A child execution has ended; says whether too many items have failed now.
    pub(super) fn child_ended(
        &mut self,
        id: BranchId,
        index: usize,
        result: Result<&Value, &Failure>,
    ) -> bool {
        let now = self.now;
        let fan_out = self.fan_out_mut(id);
        let FanOutKind::MapRun(run) = &mut fan_out.kind else { return false };
        let (output, failure) = (result.ok().cloned(), result.err());
        run.ended[index] = Some(ChildExecution {
            name: run.names[index].clone(),
            execution_arn: run.execution_arn(index),
            state_machine_arn: run.state_machine_arn.clone(),
            status: if failure.is_some() { ChildStatus::Failed } else { ChildStatus::Succeeded },
            input: Value::clone(&fan_out.items[index]),
            output,
            error: failure.map(|failure| failure.error().to_owned()),
            cause: failure.map(|failure| failure.cause().to_owned()),
            start: None,
            stop: Some(now),
        });
        if failure.is_some() {
            run.failed += run.sizes[index];
        }
        run.tolerance.is_exceeded(run.failed, run.items)
    }

    /// What the context object tells of the child execution that a branch belongs to.
    pub(super) fn child_context(&self, id: BranchId) -> Option<Value> {
        let (parent, index) = self.branches[id].parent?;
        let Activity::FanOut(fan_out) = &self.branches[parent].activity else { return None };
        let FanOutKind::MapRun(run) = &fan_out.kind else { return self.child_context(parent) };
        let own = &self.context["Execution"];
        let execution = json!({
            "Id": run.execution_arn(index),
            "Input": fan_out.items[index],
            "Name": run.names[index],
            "RoleArn": own["RoleArn"],
            "StartTime": own["StartTime"],
            "RedriveCount": own["RedriveCount"],
        });
        let name = run.state_machine_arn.rsplit(':').next();
        let state_machine = json!({ "Id": run.state_machine_arn, "Name": name });
        Some(json!({ "Execution": execution, "StateMachine": state_machine }))
    }

    /// All child executions have ended: their results are written, or are the state's result at once.
    pub(super) fn map_run_ended(&mut self, id: BranchId) -> Result<(), DataError> {
        let machine = Arc::clone(&self.machine);
        let State::Map(map) = state_of(&machine, &self.branches, id) else {
            unreachable!("only Map states have Map Runs");
        };
        let kind = std::mem::replace(&mut self.fan_out_mut(id).kind, FanOutKind::Map);
        let FanOutKind::MapRun(mut run) = kind else { unreachable!("it was one until now") };
        let children: Vec<_> = std::mem::take(&mut run.ended).into_iter().flatten().collect();
        let seen = run.seen.clone();
        let config = map.result_writer.as_ref().and_then(|writer| writer.writer_config.as_ref());
        let settings = match config {
            Some(config) => self
                .render(id, config, "ResultWriter/WriterConfig", Sight::of(&seen))
                .and_then(WriterSettings::new)?,
            None => WriterSettings::default(),
        };
        if let Some(writer @ ResultWriter { resource: Some(_), .. }) = &map.result_writer {
            let (parameters, arguments) = (writer.parameters.as_ref(), writer.arguments.as_ref());
            let given = self.arguments(id, parameters, arguments, "ResultWriter/Arguments", &seen)?;
            let given = given.unwrap_or_default();
            let text = |field: &str| given[field].as_str().unwrap_or_default();
            let export = settings.export(text("Bucket"), text("Prefix"), &run.arn, &children);
            (run.writing, run.result) = (export.objects.into(), export.result);
            self.branch_mut(id).map_run = Some(run);
            self.results_written(id)
        } else {
            self.succeed_map_run(id, map, settings.result(&children))
        }
    }

    /// Writes the next object of the results, if one is left.
    pub(super) fn results_written(&mut self, id: BranchId) -> Result<(), DataError> {
        let machine = Arc::clone(&self.machine);
        let State::Map(map) = state_of(&machine, &self.branches, id) else {
            unreachable!("only Map states write results");
        };
        let resource = map.result_writer.as_ref().and_then(|writer| writer.resource.as_deref());
        let bucket = self.map_run(id).result["ResultWriterDetails"]["Bucket"].clone();
        if let Some(object) = self.map_run(id).writing.pop_front() {
            let given = json!({ "Bucket": bucket, "Key": object.key, "Body": object.body });
            let call = self.call(id, resource.unwrap_or_default(), given);
            self.run(id, call, Errand::WriteResults, None, None);
            Ok(())
        } else {
            let result = std::mem::take(&mut self.map_run(id).result);
            self.branch_mut(id).map_run = None;
            self.succeed_map_run(id, map, result)
        }
    }

    fn succeed_map_run(&mut self, id: BranchId, map: &Map, result: Value) -> Result<(), DataError> {
        self.record(id, "MapRunSucceeded", Details::default());
        self.leave_map(id, map, result)
    }

    /// What ends a branch of a child execution that would have left so many events.
    pub(super) fn exhausted(&self, id: BranchId, events: u64) -> Option<Failure> {
        if events < MAX_EVENTS {
            return None;
        }
        if !self.is_express_child(id) {
            return Some(too_many_events());
        }
        (events >= MOST_EXPRESS_EVENTS).then(|| Failure::new(ErrorName::TIMEOUT, ""))
    }

    /// Whether the branch belongs to a child execution that is an Express workflow.
    fn is_express_child(&self, id: BranchId) -> bool {
        let Some((parent, _)) = self.branches[id].parent else { return false };
        match state_of(&self.machine, &self.branches, parent) {
            State::Map(map) if map.is_distributed() => {
                let config = map.item_processor.processor_config.as_ref();
                config.is_some_and(|config| {
                    config.other.get("ExecutionType").is_some_and(|kind| kind == "EXPRESS")
                })
            }
            _ => self.is_express_child(parent),
        }
    }

    /// The Map Run of a branch, while it reads or writes.
    pub(super) fn map_run(&mut self, id: BranchId) -> &mut MapRun {
        self.branch_mut(id).map_run.as_mut().expect("a Map Run that reads or writes")
    }
}

impl MapRun {
    fn execution_arn(&self, index: usize) -> String {
        let arn = self.state_machine_arn.replacen(":stateMachine:", ":execution:", 1);
        format!("{arn}:{}", self.names[index])
    }

    /// Forgets that a child execution failed: it is tried again.
    pub(super) fn forget_failure(&mut self, index: usize) {
        if self.ended[index].take().is_some() {
            self.failed -= self.sizes[index];
        }
    }
}

/// A Map Run that has failed too often.
pub(super) fn exceeded() -> Failure {
    let error = Tolerance::error();
    debug_assert_eq!(error.error, ErrorName::EXCEED_TOLERATED_FAILURE_THRESHOLD);
    Failure::new(error.error, &error.cause)
}

/// Whether the branch has child executions, not iterations.
pub(super) fn is_map_run(activity: &Activity) -> bool {
    matches!(activity, Activity::FanOut(fan_out) if matches!(fan_out.kind, FanOutKind::MapRun(_)))
}
