//! The binary `ackflow`, as people run it.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions as tests, and not what they share")]

mod ackflow;
mod configuration;
mod cost;
mod demo;
mod dependencies;
mod dev;
mod executions;
mod help;
mod kill;
mod send;
mod server;
mod streaming;
mod workspace;
