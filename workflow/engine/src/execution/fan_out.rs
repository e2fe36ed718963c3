//! Map and Parallel states: branches side by side.

use std::sync::Arc;

use ackflow_asl::{
    DataError, Kind, Map, Parallel, Path, QueryLanguage, State, Template,
    map_run::{Item, read_integer},
};
use serde_json::{Value, json};

use super::{
    Execution,
    branch::{Activity, BranchId, FanOut, FanOutKind, state_of},
    context_object::inline_item,
    data::{OutputProcessing, Place, Sight, Work},
    map_run::is_map_run,
};
use crate::Details;

impl Execution {
    pub(super) fn start_map(&mut self, id: BranchId, map: &Map, input: Arc<Value>) -> Result<(), DataError> {
        let seen = self.see(id, &map.input_path, input)?;
        let limit = self.max_concurrency(id, map, &seen)?;
        let found = self.items(id, map, &seen)?;
        self.inspect(|data| data.max_concurrency = Some(limit.unwrap_or(0)));
        let length = match &found {
            Some(Value::Array(elements)) => elements.len(),
            Some(Value::Object(fields)) => fields.len(),
            _ => 0,
        };
        self.record(id, "MapStateStarted", Details::empty().with("length", Value::from(length)));
        let source = Arc::from(Item::STATE_DATA);
        let all = |found| Item::all(found, &source);
        if map.is_distributed() {
            return self.start_map_run(id, map, seen, found.and_then(all), limit);
        }
        self.tolerance(id, map, &seen)?;
        if self.probe.is_some() {
            // A test shows them all; else each is made as its iteration starts.
            let items = found.clone().and_then(all).unwrap_or_default();
            self.select_items(id, map, items, &seen)?;
        }
        let items = match found {
            Some(Value::Array(items)) => items.into_iter().map(Arc::new).collect(),
            _ => Vec::new(),
        };
        let seen = if map.item_selector.is_some() { seen } else { Arc::default() };
        self.fan_out(id, FanOutKind::Map, items, seen, limit)
    }

    /// How many branches of a Map run at once.
    fn max_concurrency(&mut self, id: BranchId, map: &Map, seen: &Value) -> Result<Option<u64>, DataError> {
        match (&map.max_concurrency_path, &map.max_concurrency) {
            (Some(path), _) => {
                let found = self.find(id, path, seen)?;
                let limit = read_integer("MaxConcurrencyPath", &found, path.as_str())?;
                let negative = |_| DataError::runtime("MaxConcurrency cannot be negative.");
                u64::try_from(limit).map(Some).map_err(negative)
            }
            (None, Some(limit)) => {
                self.whole_number(id, limit, "MaxConcurrency", &(0..=u64::MAX), seen).map(Some)
            }
            (None, None) => Ok(None),
        }
    }

    /// The array that the Map runs over, or the object, unless a reader is to read its items.
    fn items(&mut self, id: BranchId, map: &Map, seen: &Value) -> Result<Option<Value>, DataError> {
        if map.item_reader.is_some() {
            return Ok(None);
        }
        let found = match (&map.items_path, &map.items) {
            (Some(path), _) => self.find(id, path, seen)?,
            (None, Some(items)) if map.is_distributed() => {
                self.render(id, items, "Items", Sight::of(seen))?
            }
            (None, Some(items)) => self.render_as(id, items, Kind::Array, "Items", seen)?,
            (None, None) => seen.clone(),
        };
        // As recorded, AWS lets no inline Map run over an object.
        if found.is_array() || map.is_distributed() && found.is_object() {
            self.inspect_paths(id, |data| data.after_items_path = Some(found.to_string()));
            return Ok(Some(found));
        }
        if self.language(id) == QueryLanguage::Jsonata {
            // What an expression gives is refused in words of its own. Without one, the state runs over its input.
            let input = json!("{% $states.input %}");
            let source = map.items.as_ref().map_or(&input, Template::as_json);
            self.check_type(id, source, "Items", Kind::Array, &found)?;
            let cause = "The field 'Items' of an inline Map must be an array, and it is an object.";
            return Err(DataError::runtime(cause));
        }
        let path = map.items_path.as_ref().map_or("$", Path::as_str);
        // As AWS has it: a path into the context object is told without its first `$`.
        let path = if path.starts_with("$$") { &path[1..] } else { path };
        Err(DataError::runtime(format!("Reference path \"{path}\" must point to array.")))
    }

    pub(super) fn start_parallel(
        &mut self,
        id: BranchId,
        parallel: &Parallel,
        input: Arc<Value>,
    ) -> Result<(), DataError> {
        let seen = self.see(id, &parallel.input_path, input)?;
        let (parameters, arguments) = (parallel.parameters.as_ref(), parallel.arguments.as_ref());
        let given = self.arguments(id, parameters, arguments, "Arguments", &seen)?;
        let input = given.map_or(seen, Arc::new);
        self.inspect_arguments(id, &input);
        self.record(id, "ParallelStateStarted", Details::default());
        let count = parallel.branches.len();
        self.fan_out(id, FanOutKind::Parallel, vec![input; count], Arc::default(), None)
    }

    /// Starts a branch for each item, so many at once; 0 and `None` are no limit.
    pub(super) fn fan_out(
        &mut self,
        id: BranchId,
        kind: FanOutKind,
        items: Vec<Arc<Value>>,
        seen: Arc<Value>,
        at_once: Option<u64>,
    ) -> Result<(), DataError> {
        let count = items.len();
        let at_once = at_once
            .filter(|limit| *limit > 0)
            .map_or(count, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        self.branch_mut(id).activity = Activity::FanOut(FanOut {
            kind,
            seen,
            items,
            next: 0,
            children: vec![None; count],
            results: vec![None; count],
            unfinished: count,
        });
        if self.probe.is_some() {
            // A test says itself what the branches give.
            return Ok(());
        }
        if count == 0 {
            return self.fan_in(id);
        }
        let started = self.branches[id].previous;
        for _ in 0..count.min(at_once) {
            self.start_next(id, started)?;
        }
        Ok(())
    }

    /// Starts the next branch of a Map or Parallel state, if one is left.
    fn start_next(&mut self, id: BranchId, previous: u64) -> Result<(), DataError> {
        let machine = Arc::clone(&self.machine);
        let state = state_of(&machine, &self.branches, id);
        let fan_out = self.fan_out_mut(id);
        let index = fan_out.next;
        let Some(item) = fan_out.items.get(index).cloned() else { return Ok(()) };
        fan_out.next += 1;
        let (block, previous) = match state {
            State::Map(map) => {
                let event = self.record_iteration(id, "MapIterationStarted", index, previous);
                (&map.item_processor, event)
            }
            State::Parallel(parallel) => (&parallel.branches[index], previous),
            _ => unreachable!("only Map and Parallel states fan out"),
        };
        let input = match state {
            State::Map(map)
                if let Some(selector) = map.item_selector.as_ref().filter(|_| !map.is_distributed()) =>
            {
                let seen = Arc::clone(&self.fan_out_mut(id).seen);
                Arc::new(self.render_item(id, selector, &seen, || inline_item(index, &item))?)
            }
            _ => item,
        };
        let child = self.spawn(Some((id, index)), block, input, previous);
        self.fan_out_mut(id).children[index] = Some(child);
        Ok(())
    }

    /// Adds an event of a Map's iteration. It is not part of the line of events that leads through the Map.
    pub(super) fn record_iteration(
        &mut self,
        id: BranchId,
        event_type: &'static str,
        index: usize,
        previous: u64,
    ) -> u64 {
        let branch = &self.branches[id];
        if branch.is_quiet || is_map_run(&branch.activity) {
            return previous;
        }
        let details = Details::empty().with("name", Arc::clone(&branch.name));
        let details = details.with("index", Value::from(index));
        self.history.push(self.now, previous, event_type, Some(&branch.state), details)
    }

    /// A branch of a Map or Parallel state came to its end.
    pub(super) fn child_succeeded(&mut self, id: BranchId, index: usize, previous: u64, output: Arc<Value>) {
        self.child_ended(id, index, Ok(&*output));
        self.child_settled(id, index, previous, Some(output));
    }

    /// A branch has ended in a way that the state can go on with.
    pub(super) fn child_settled(
        &mut self,
        id: BranchId,
        index: usize,
        previous: u64,
        output: Option<Arc<Value>>,
    ) {
        let fan_out = self.fan_out_mut(id);
        fan_out.children[index] = None;
        fan_out.results[index] = output;
        fan_out.unfinished -= 1;
        let (unfinished, is_map) = (fan_out.unfinished, !matches!(fan_out.kind, FanOutKind::Parallel));
        let mut last = previous;
        if is_map {
            last = self.record_iteration(id, "MapIterationSucceeded", index, previous);
        }
        let moved_on = if unfinished == 0 {
            self.branch_mut(id).previous = last;
            self.fan_in(id)
        } else {
            self.start_next(id, previous)
        };
        if let Err(error) = moved_on {
            self.fail_on_data(id, &error);
        }
    }

    /// All branches have ended: their results are the state's result.
    fn fan_in(&mut self, id: BranchId) -> Result<(), DataError> {
        if is_map_run(&self.branches[id].activity) {
            return self.map_run_ended(id);
        }
        let results = std::mem::take(&mut self.fan_out_mut(id).results);
        self.join(id, results.into_iter().flatten().map(Arc::unwrap_or_clone).collect())
    }

    /// The results of the branches become the state's result.
    pub(super) fn join(&mut self, id: BranchId, result: Value) -> Result<(), DataError> {
        self.inspect_paths(id, |data| data.result = Some(result.to_string()));
        let machine = Arc::clone(&self.machine);
        match state_of(&machine, &self.branches, id) {
            State::Map(map) => self.leave_map(id, map, result),
            State::Parallel(parallel) => {
                let processing = OutputProcessing {
                    selector: parallel.result_selector.as_ref(),
                    result_path: &parallel.result_path,
                    output_path: &parallel.output_path,
                    output: parallel.output.as_ref(),
                    assign: parallel.assign.as_ref(),
                    place: Place::State,
                };
                let next = parallel.next.as_deref();
                self.leave_fan_out(id, "ParallelStateSucceeded", result, &processing, next)
            }
            _ => unreachable!("only Map and Parallel states fan in"),
        }
    }

    pub(super) fn leave_map(&mut self, id: BranchId, map: &Map, result: Value) -> Result<(), DataError> {
        let processing = OutputProcessing {
            selector: map.result_selector.as_ref(),
            result_path: &map.result_path,
            output_path: &map.output_path,
            output: map.output.as_ref(),
            assign: map.assign.as_ref(),
            place: Place::State,
        };
        self.leave_fan_out(id, "MapStateSucceeded", result, &processing, map.next.as_deref())
    }

    fn leave_fan_out(
        &mut self,
        id: BranchId,
        event: &'static str,
        result: Value,
        processing: &OutputProcessing<'_>,
        next: Option<&str>,
    ) -> Result<(), DataError> {
        // As AWS links them: the state's exit follows from what came before this event.
        let previous = self.branches[id].previous;
        self.record(id, event, Details::default());
        self.branch_mut(id).previous = previous;
        self.leave(id, Work::Result(Arc::new(result)), processing, next)
    }

    pub(super) fn fan_out_mut(&mut self, id: BranchId) -> &mut FanOut {
        match &mut self.branch_mut(id).activity {
            Activity::FanOut(fan_out) => fan_out,
            _ => unreachable!("only a state that has fanned out has branches"),
        }
    }
}
