//! Map and Parallel states: branches side by side.

use std::{collections::BTreeSet, sync::Arc};

use ackflow_asl::{DataError, ErrorName, Map, Parallel, State};
use serde_json::{Value, json};

use super::{
    Execution,
    branch::{Activity, BranchId, FanOut, state_of},
    data::OutputProcessing,
};

impl Execution {
    pub(super) fn start_map(&mut self, id: BranchId, map: &Map, input: Value) -> Result<(), DataError> {
        let seen = self.select(id, &map.input_path, input)?;
        let limit = match &map.max_concurrency_path {
            Some(path) => self.find(id, path, &seen)?.as_u64(),
            None => map.max_concurrency,
        };
        let (found, seen) = match (&map.items_path, &map.item_selector) {
            (Some(path), _) => (self.find(id, path, &seen)?, seen),
            (None, Some(_)) => (seen.clone(), seen),
            (None, None) => (seen, Value::Null),
        };
        let Value::Array(items) = found else {
            let path = map.items_path.as_ref().map_or_else(|| "$".to_owned(), ToString::to_string);
            let cause = format!("Reference path \"{path}\" must point to array.");
            return Err(DataError { error: ErrorName::RUNTIME, cause });
        };
        let at_once = match limit {
            None | Some(0) => items.len(),
            Some(limit) => usize::try_from(limit).unwrap_or(usize::MAX),
        };
        self.record(id, "MapStateStarted", json!({ "length": items.len() }));
        self.fan_out(id, true, items, seen, at_once)
    }

    pub(super) fn start_parallel(
        &mut self,
        id: BranchId,
        parallel: &Parallel,
        input: Value,
    ) -> Result<(), DataError> {
        let seen = self.select(id, &parallel.input_path, input)?;
        let input = match &parallel.parameters {
            Some(parameters) => self.render(id, parameters, &seen)?,
            None => seen,
        };
        self.record(id, "ParallelStateStarted", Value::Null);
        let count = parallel.branches.len();
        self.fan_out(id, false, vec![input; count], Value::Null, count)
    }

    fn fan_out(
        &mut self,
        id: BranchId,
        is_map: bool,
        items: Vec<Value>,
        seen: Value,
        at_once: usize,
    ) -> Result<(), DataError> {
        let count = items.len();
        self.branch_mut(id).activity = Activity::FanOut(FanOut {
            is_map,
            seen: Arc::new(seen),
            items,
            next: 0,
            children: BTreeSet::new(),
            results: vec![None; count],
            unfinished: count,
        });
        if count == 0 {
            return self.fan_in(id);
        }
        let started = self.branches[&id].previous;
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
        let (start_at, previous) = match state {
            State::Map(map) => {
                let event = self.record_iteration(id, "MapIterationStarted", index, previous);
                (&map.item_processor.start_at, event)
            }
            State::Parallel(parallel) => (&parallel.branches[index].start_at, previous),
            _ => unreachable!("only Map and Parallel states fan out"),
        };
        let child = self.spawn(Some((id, index)), start_at.clone(), item, previous);
        self.fan_out_mut(id).children.insert(child);
        if let State::Map(map) = state
            && let Some(selector) = &map.item_selector
        {
            let seen = Arc::clone(&self.fan_out_mut(id).seen);
            self.branch_mut(child).input = self.render_item(id, child, selector, &seen)?;
        }
        Ok(())
    }

    /// Adds an event of a Map's iteration. It is not part of the line of events that leads through the Map.
    pub(super) fn record_iteration(
        &mut self,
        id: BranchId,
        event_type: &str,
        index: usize,
        previous: u64,
    ) -> u64 {
        let name = &self.branches[&id].state;
        let details = json!({ "name": name, "index": index });
        self.history.push(self.now, previous, event_type, Some(name), details)
    }

    /// A branch of a Map or Parallel state came to its end.
    pub(super) fn child_succeeded(
        &mut self,
        id: BranchId,
        child: BranchId,
        index: usize,
        previous: u64,
        output: Value,
    ) {
        let fan_out = self.fan_out_mut(id);
        fan_out.children.remove(&child);
        fan_out.results[index] = Some(output);
        fan_out.unfinished -= 1;
        let (unfinished, is_map) = (fan_out.unfinished, fan_out.is_map);
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
        if let Err(failure) = moved_on {
            self.fail_state(id, &failure.into());
        }
    }

    /// All branches have ended: their results are the state's result.
    fn fan_in(&mut self, id: BranchId) -> Result<(), DataError> {
        let result = std::mem::take(&mut self.fan_out_mut(id).results).into_iter().flatten().collect();
        let machine = Arc::clone(&self.machine);
        let (event, processing, next) = match state_of(&machine, &self.branches, id) {
            State::Map(map) => {
                let processing = OutputProcessing {
                    selector: map.result_selector.as_ref(),
                    result_path: &map.result_path,
                    output_path: &map.output_path,
                };
                ("MapStateSucceeded", processing, map.next.as_deref())
            }
            State::Parallel(parallel) => {
                let processing = OutputProcessing {
                    selector: parallel.result_selector.as_ref(),
                    result_path: &parallel.result_path,
                    output_path: &parallel.output_path,
                };
                ("ParallelStateSucceeded", processing, parallel.next.as_deref())
            }
            _ => unreachable!("only Map and Parallel states fan in"),
        };
        // As AWS links them: the state's exit follows from what came before this event.
        let previous = self.branches[&id].previous;
        self.record(id, event, Value::Null);
        self.branch_mut(id).previous = previous;
        self.leave(id, Value::Array(result), &processing, next)
    }

    fn fan_out_mut(&mut self, id: BranchId) -> &mut FanOut {
        match &mut self.branch_mut(id).activity {
            Activity::FanOut(fan_out) => fan_out,
            _ => unreachable!("only a state that has fanned out has branches"),
        }
    }
}
