//! The tasks of a state machine.

use ackflow_asl::{State, States};

/// What the states of a block run, however deep they stand: the name of the state, and the resource. A distributed Map
/// reads its items and writes its results by tasks, too.
pub(super) fn tasks_of(block: &States) -> Vec<(&str, &str)> {
    let mut tasks = Vec::new();
    for (name, state) in &block.states {
        match state {
            State::Task(task) => tasks.push((name.as_str(), task.resource.as_str())),
            State::Map(map) => {
                let reader = map.item_reader.as_ref().map(|reader| reader.resource.as_str());
                let writer = map.result_writer.as_ref().and_then(|writer| writer.resource.as_deref());
                tasks.extend(reader.into_iter().chain(writer).map(|resource| (name.as_str(), resource)));
                tasks.extend(tasks_of(&map.item_processor));
            }
            State::Parallel(parallel) => tasks.extend(parallel.branches.iter().flat_map(tasks_of)),
            _ => {}
        }
    }
    tasks
}
