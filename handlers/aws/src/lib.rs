//! The handlers on AWS: adapters of their ports, and what runs in each Lambda function.
//!
//! The binaries, in `handlers/functions`, are generated from the functions that `ackflow-flows` declares. A new step
//! needs an implementation of [`LambdaStep`] and `cargo xtask codegen`.

pub mod adapters;
pub mod clients;
pub mod configuration;
pub mod environment;
mod functions;
mod logging;
mod metrics;
mod refreshed;
pub mod secrets;
mod tools;

pub use functions::{LambdaStep, run_ingest, run_notifier, run_redriver, run_step};
pub use lambda_runtime::Error;
pub use refreshed::Refreshed;
pub use tools::{StartError, Tools};
