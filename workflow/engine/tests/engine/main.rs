//! The engine's tests. None of them waits for time to pass.

mod driver;
mod interpreter;
mod properties;
mod recorded;
mod simulator;
