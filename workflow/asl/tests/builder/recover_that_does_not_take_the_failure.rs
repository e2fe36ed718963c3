//! What follows a failure is given the failure too.

mod steps;

use ackflow_asl::builder::task;
use steps::Summarise;

fn main() {
    let _ = task::<Summarise>().recover(task::<Summarise>());
}
