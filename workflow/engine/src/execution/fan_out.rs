//! Map and Parallel states: branches side by side.

use std::sync::Arc;

use ackflow_asl::{DataError, ErrorName, Map, Parallel, State};
use serde_json::{Value, json};

use super::{
    Execution,
    branch::{Activity, BranchId, FanOut, state_of, states_of},
    data::OutputProcessing,
};

impl Execution {
    pub(super) fn start_map(&mut self, id: BranchId, map: &Map, input: Value) -> Result<(), DataError> {
        let seen = self.select(id, &map.input_path, input)?;
        let found = match &map.items_path {
            Some(path) => self.find(id, path, &seen)?,
            None => seen.clone(),
        };
        let Value::Array(items) = found else {
            let path = map.items_path.as_ref().map_or_else(|| "$".to_owned(), ToString::to_string);
            let cause = format!("Reference path \"{path}\" must point to array.");
            return Err(DataError { error: ErrorName::RUNTIME, cause });
        };
        let limit = match &map.max_concurrency_path {
            Some(path) => self.find(id, path, &seen)?.as_u64(),
            None => map.max_concurrency,
        };
        let at_once = match limit {
            None | Some(0) => items.len(),
            Some(limit) => usize::try_from(limit).unwrap_or(usize::MAX),
        };
        let started = self.record(id, "MapStateStarted", json!({ "length": items.len() }));
        self.fan_out(id, true, items, started, at_once)
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
        let started = self.record(id, "ParallelStateStarted", Value::Null);
        let count = parallel.branches.len();
        self.fan_out(id, false, vec![input; count], started, count)
    }

    fn fan_out(
        &mut self,
        id: BranchId,
        is_map: bool,
        items: Vec<Value>,
        started: u64,
        at_once: usize,
    ) -> Result<(), DataError> {
        let count = items.len();
        let fan_out =
            FanOut { is_map, next: 0, results: vec![None; count], unfinished: count, items, started };
        self.branch_mut(id).activity = Activity::FanOut(fan_out);
        if count == 0 {
            return self.fan_in(id);
        }
        for _ in 0..count.min(at_once) {
            self.start_next(id)?;
        }
        Ok(())
    }

    /// Starts the next branch of a Map or Parallel state, if one is left.
    fn start_next(&mut self, id: BranchId) -> Result<(), DataError> {
        let Activity::FanOut(fan_out) = &mut self.branch_mut(id).activity else {
            unreachable!("only a state that fans out starts branches");
        };
        let index = fan_out.next;
        if index == fan_out.items.len() {
            return Ok(());
        }
        fan_out.next += 1;
        let (item, is_map, started) = (fan_out.items[index].clone(), fan_out.is_map, fan_out.started);
        let name = self.branches[&id].state.clone();
        let previous = if is_map {
            let details = json!({ "name": name, "index": index });
            self.history.push(self.now, started, "MapIterationStarted", Some(&name), details)
        } else {
            started
        };
        self.spawn(Some((id, index)), String::new(), item, previous);
        let child = self.next_branch - 1;
        let start_at = states_of(&self.machine, &self.branches, child).start_at.clone();
        self.branch_mut(child).state = start_at;
        self.select_item(id, child)
    }

    /// Builds an iteration's input by the Map's `ItemSelector`.
    fn select_item(&mut self, id: BranchId, child: BranchId) -> Result<(), DataError> {
        let machine = Arc::clone(&self.machine);
        let State::Map(map) = state_of(&machine, &self.branches, id) else { return Ok(()) };
        let Some(selector) = &map.item_selector else { return Ok(()) };
        let raw = self.branches[&id].input.clone();
        let seen = self.select(id, &map.input_path, raw)?;
        let input = self.render(child, selector, &seen)?;
        self.branch_mut(child).input = input;
        Ok(())
    }

    /// A branch of a Map or Parallel state came to its end.
    pub(super) fn child_succeeded(&mut self, id: BranchId, index: usize, previous: u64, output: Value) {
        let name = self.branches[&id].state.clone();
        let now = self.now;
        let branch = self.branch_mut(id);
        branch.previous = previous;
        let Activity::FanOut(fan_out) = &mut branch.activity else {
            unreachable!("only a state that fans out has branches");
        };
        fan_out.results[index] = Some(output);
        fan_out.unfinished -= 1;
        let (unfinished, is_map) = (fan_out.unfinished, fan_out.is_map);
        if is_map {
            let details = json!({ "name": name, "index": index });
            let event = self.history.push(now, previous, "MapIterationSucceeded", Some(&name), details);
            self.branch_mut(id).previous = event;
        }
        let moved_on = if unfinished == 0 { self.fan_in(id) } else { self.start_next(id) };
        if let Err(failure) = moved_on {
            self.fail_state(id, &failure.error, &failure.cause);
        }
    }

    /// All branches have ended: their results are the state's result.
    fn fan_in(&mut self, id: BranchId) -> Result<(), DataError> {
        let Activity::FanOut(fan_out) = &mut self.branch_mut(id).activity else {
            unreachable!("only a state that fans out fans in");
        };
        let result = std::mem::take(&mut fan_out.results).into_iter().flatten().collect();
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
        self.record(id, event, Value::Null);
        self.leave(id, Value::Array(result), &processing, next)
    }
}
