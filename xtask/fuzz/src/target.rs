//! What is fuzzed.

use crate::{definition, intrinsic, jsonata, path, replay};

/// Something that takes any input.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Gives it one input. It panics where something does not hold.
    pub run: fn(&[u8]),
    /// The inputs that it begins with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All that is fuzzed.
pub static TARGETS: [Target; 5] = [
    Target { name: "definition", run: definition::run, seeds: definition::seeds },
    Target { name: "intrinsic", run: intrinsic::run, seeds: intrinsic::seeds },
    Target { name: "jsonata", run: jsonata::run, seeds: jsonata::seeds },
    Target { name: "path", run: path::run, seeds: path::seeds },
    Target { name: "replay", run: replay::run, seeds: replay::seeds },
];
