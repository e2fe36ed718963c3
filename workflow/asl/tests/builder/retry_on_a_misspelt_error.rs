//! There is no such error.

mod steps;

use ackflow_asl::builder::{Backoff, task};
use steps::{Summarise, SummariseError};

const SOON: Backoff = Backoff { interval_seconds: 1, rate: 2.0, max_delay_seconds: 9, max_attempts: 3 };

fn main() {
    let _ = task::<Summarise>().retry([SummariseError::Ilegible], SOON);
}
