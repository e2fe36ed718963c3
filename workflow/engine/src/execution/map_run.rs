//! Map Runs: what a distributed Map does.
//!
//! Its child executions are branches that leave no events: AWS keeps the history of each by itself.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>

use std::{collections::VecDeque, sync::Arc};

use ackflow_asl::{
    DataError, ErrorName, ItemBatcher, ItemReader, Kind, Map, ResultWriter, State, Template,
    map_run::{
        BatchSettings, ChildExecution, ChildStatus, InventoryManifest, ReaderSettings, ResultObject,
        Tolerance, WriterSettings, batch, listed_items, read_items,
    },
    uuid,
};
use serde_json::{Value, json};

use super::{
    Execution,
    branch::{Activity, BranchId, FanOutKind, state_of},
    data::Sight,
    failure::Failure,
    pending::Errand,
};
use crate::Details;

/// A distributed Map at work.
#[derive(Debug, Default)]
pub(super) struct MapRun {
    arn: String,
    tolerance: Tolerance,
    at_once: Option<u64>,
    /// What the state sees.
    seen: Arc<Value>,
    /// What is being read.
    reading: Option<Reading>,
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

/// The items of a Map Run while they are read.
#[derive(Debug)]
struct Reading {
    settings: ReaderSettings,
    bucket: Value,
    /// The files of an inventory, and what was read of them.
    inventory: Option<(InventoryManifest, usize, Vec<Value>)>,
}

impl Execution {
    /// Starts the Map Run. `items` are those of the state's input, if it has no reader.
    pub(super) fn start_map_run(
        &mut self,
        id: BranchId,
        map: &Map,
        seen: Arc<Value>,
        items: Option<Vec<Value>>,
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
            (None, Some(reader)) => self.read(id, reader),
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
                Some(Tolerance::read_count(&self.render_as(id, count, Kind::Number, field, seen)?, field)?)
            }
            (None, None) => None,
        };
        let percentage = match (&map.tolerated_failure_percentage_path, &map.tolerated_failure_percentage) {
            (Some(path), _) => {
                Some(Tolerance::read_percentage(&self.find(id, path, seen)?, &path.to_string())?)
            }
            (None, Some(percentage)) => {
                let field = "ToleratedFailurePercentage";
                let percentage = self.render_as(id, percentage, Kind::Number, field, seen)?;
                Some(Tolerance::read_percentage(&percentage, field)?)
            }
            (None, None) => None,
        };
        self.inspect(|data| {
            data.tolerated_failure_count = count;
            data.tolerated_failure_percentage = percentage;
        });
        Ok(Tolerance { count, percentage })
    }

    /// Has the items read.
    fn read(&mut self, id: BranchId, reader: &ItemReader) -> Result<(), DataError> {
        let seen = self.map_run(id).seen.clone();
        let (parameters, arguments) = (reader.parameters.as_ref(), reader.arguments.as_ref());
        let given = self.render_either(id, parameters, arguments, "ItemReader/Arguments", &seen)?;
        let config = match &reader.reader_config {
            Some(config) => self.render(id, config, "ItemReader/ReaderConfig", Sight::of(&seen))?,
            None => json!({}),
        };
        let config = self.resolve_max_items(id, config, &seen)?;
        match ReaderSettings::new(config).and_then(|settings| settings.limit().map(|_| settings)) {
            Ok(settings) => {
                let bucket = given["Bucket"].clone();
                self.map_run(id).reading = Some(Reading { settings, bucket, inventory: None });
                let call = self.call(id, &reader.resource, given);
                self.run(id, call, Errand::ReadItems, None, None);
            }
            Err(error) => self.fail_map_run(id, error.error, &error.cause),
        }
        Ok(())
    }

    fn render_either(
        &mut self,
        id: BranchId,
        parameters: Option<&Template>,
        arguments: Option<&Template>,
        field: &str,
        seen: &Value,
    ) -> Result<Value, DataError> {
        match (parameters, arguments) {
            (Some(template), _) | (None, Some(template)) => self.render(id, template, field, Sight::of(seen)),
            (None, None) => Ok(json!({})),
        }
    }

    /// Puts what `MaxItemsPath` finds in the place of `MaxItems`.
    fn resolve_max_items(
        &mut self,
        id: BranchId,
        mut config: Value,
        seen: &Value,
    ) -> Result<Value, DataError> {
        let Value::Object(fields) = &mut config else { return Ok(config) };
        if let Some(path) = fields.remove("MaxItemsPath") {
            let path = path.as_str().unwrap_or_default().parse();
            let path =
                path.map_err(|error: ackflow_asl::SyntaxError| DataError::runtime(error.to_string()))?;
            fields.insert("MaxItems".to_owned(), self.find(id, &path, seen)?);
        }
        Ok(config)
    }

    /// What was read is here: the items, or the next part of an inventory.
    pub(super) fn items_read(&mut self, id: BranchId, given: &Value) -> Result<(), DataError> {
        let reading = self.map_run(id).reading.take().expect("items are read once they are asked for");
        let is_pointed = reading.settings.items_pointer.is_some();
        match reading.go_on(given) {
            Ok(Read::Items(items)) => {
                if is_pointed {
                    self.inspect(|data| data.after_items_pointer = Some(json!(items).to_string()));
                }
                let machine = Arc::clone(&self.machine);
                let State::Map(map) = state_of(&machine, &self.branches, id) else {
                    unreachable!("only Map states read items");
                };
                self.start_children(id, map, items)
            }
            Ok(Read::Next(reading, parameters)) => {
                self.map_run(id).reading = Some(*reading);
                let call = self.call(id, "arn:aws:states:::s3:getObject", parameters);
                self.run(id, call, Errand::ReadItems, None, None);
                Ok(())
            }
            Err(error) => {
                self.fail_map_run(id, error.error, &error.cause);
                Ok(())
            }
        }
    }

    fn start_children(&mut self, id: BranchId, map: &Map, items: Vec<Value>) -> Result<(), DataError> {
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
        items: Vec<Value>,
        seen: &Value,
    ) -> Result<Vec<Value>, DataError> {
        let Some(selector) = &map.item_selector else { return Ok(items) };
        let items = items.into_iter().enumerate();
        let items = items.map(|(index, item)| self.render_item(id, index, &item, selector, seen));
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
                (None, Some(given)) => self.render(id, given, field, Sight::of(seen)),
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
            let given = self.render_either(id, parameters, arguments, "ResultWriter/Arguments", &seen)?;
            let text = |field: &str| given[field].as_str().unwrap_or_default();
            let export = settings.export(text("Bucket"), text("Prefix"), &run.arn, &children);
            (run.writing, run.result) = (export.objects.into(), export.result);
            self.branch_mut(id).map_run = Some(run);
            self.results_written(id)
        } else {
            self.record(id, "MapRunSucceeded", Details::default());
            self.leave_map(id, map, settings.result(&children))
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
            self.record(id, "MapRunSucceeded", Details::default());
            self.leave_map(id, map, result)
        }
    }

    /// The Map Run fails, and the state with it.
    pub(super) fn fail_map_run(&mut self, id: BranchId, error: &str, cause: &str) {
        self.branch_mut(id).map_run = None;
        let failure = Failure::new(error, cause);
        self.record(id, "MapRunFailed", failure.details());
        if !self.will_retry(id, &failure) {
            self.record(id, "MapStateFailed", Details::default());
        }
        self.fail_state(id, &failure);
    }

    fn map_run(&mut self, id: BranchId) -> &mut MapRun {
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

/// What came of reading.
enum Read {
    Items(Vec<Value>),
    /// Another object is to be read.
    Next(Box<Reading>, Value),
}

impl Reading {
    fn go_on(mut self, given: &Value) -> Result<Read, DataError> {
        if given["Contents"].is_array() {
            return listed_items(&given["Contents"], &self.settings).map(Read::Items);
        }
        let body = given["Body"].as_str().map_or_else(|| given["Body"].to_string(), str::to_owned);
        let limit = self.settings.limit()?;
        let (manifest, read, items) = match self.inventory.take() {
            None if !self.settings.is_inventory() => {
                return read_items(&self.settings, body.as_bytes()).map(Read::Items);
            }
            None => (InventoryManifest::parse(body.as_bytes())?, 0, Vec::new()),
            Some((manifest, read, mut items)) => {
                items.extend(manifest.items(body.as_bytes(), limit - items.len())?);
                (manifest, read + 1, items)
            }
        };
        let Some(file) = manifest.files.get(read).filter(|_| items.len() < limit) else {
            return Ok(Read::Items(items));
        };
        let bucket =
            if manifest.bucket().is_empty() { self.bucket.clone() } else { manifest.bucket().into() };
        let parameters = json!({ "Bucket": bucket, "Key": file.key });
        self.inventory = Some((manifest, read, items));
        Ok(Read::Next(Box::new(self), parameters))
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
