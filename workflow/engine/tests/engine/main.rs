//! The engine's tests. None of them waits for time to pass.

#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test says what it wants in few words"
)]

mod backoff;
mod driver;
mod interpreter;
mod lanes;
mod properties;
mod simulation;
mod simulator;
mod test_state;
