//! `Summarise` never finds a shelf full.

mod steps;

use ackflow_asl::builder::{Backoff, task};
use steps::{ShelveError, Summarise};

const SOON: Backoff = Backoff { interval_seconds: 1, rate: 2.0, max_delay_seconds: 9, max_attempts: 3 };

fn main() {
    let _ = task::<Summarise>().retry([ShelveError::ShelfFull], SOON);
}
