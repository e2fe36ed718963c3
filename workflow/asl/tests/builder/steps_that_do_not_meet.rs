//! `Shelve` takes a digest, `Summarise` gives a summary.

mod steps;

use ackflow_asl::builder::{Chain, task};
use steps::{Shelve, Summarise};

fn main() {
    let _ = Chain::from(task::<Summarise>()).then(task::<Shelve>());
}
