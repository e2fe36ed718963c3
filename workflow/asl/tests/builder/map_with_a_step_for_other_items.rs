//! The items are pages, the step takes a digest.

mod steps;

use ackflow_asl::builder::{map, task};
use steps::{Pages, Shelve};

fn main() {
    let _ = map::<Pages>("Pages", 4, task::<Shelve>());
}
