//! Every target takes the inputs that it begins with, and those changed at random. `cargo xtask fuzz` goes further.

use std::panic;

use ackflow_fuzz::TARGETS;
use proptest::{
    collection,
    prelude::*,
    sample::{self, Index},
    test_runner::{Config, TestError, TestRunner},
};

/// At a place, so many bytes give way to a text.
type Change = (Index, usize, String);

fn changed((mut input, changes): (Vec<u8>, Vec<Change>)) -> Vec<u8> {
    for (place, removed, inserted) in changes {
        let from = place.index(input.len() + 1);
        let to = input.len().min(from + removed);
        input.splice(from..to, inserted.into_bytes());
    }
    input
}

fn takes_any_input(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "{name} has nothing to begin with");
    for seed in &seeds {
        let outcome = panic::catch_unwind(|| (target.run)(seed));
        assert!(outcome.is_ok(), "{name} does not take:\n{}", String::from_utf8_lossy(seed));
    }
    let changes = collection::vec((any::<Index>(), 0..4_usize, "[ -~\né]{0,3}"), 1..5);
    let inputs = (sample::select(seeds), changes).prop_map(changed);
    let config = Config { failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&inputs, |input| {
        (target.run)(&input);
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, input)) => {
            panic!("{name} does not take ({reason}):\n{}", String::from_utf8_lossy(&input))
        }
        Err(TestError::Abort(reason)) => panic!("{name}: {reason}"),
    }
}

#[test]
fn definition() {
    takes_any_input("definition");
}

#[test]
fn intrinsic() {
    takes_any_input("intrinsic");
}

#[test]
fn jsonata() {
    takes_any_input("jsonata");
}

#[test]
fn path() {
    takes_any_input("path");
}

#[test]
fn replay() {
    takes_any_input("replay");
}

/// A target without a test of its own would only be run by hand.
#[test]
fn every_target_is_tested() {
    let names = TARGETS.iter().map(|target| target.name);
    assert!(names.eq(["definition", "intrinsic", "jsonata", "path", "replay"]));
}
