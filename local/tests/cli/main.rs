//! The binary `ackflow`, as people run it.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions as tests, and not what they share")]

mod ackflow;
mod asl;
mod configuration;
mod cost;
mod demo;
// The program that it deploys with is a Unix shell.
#[cfg(unix)]
mod demo_devops;
mod dependencies;
mod dev;
mod doctor;
mod executions;
mod help;
mod join;
mod kill;
mod manifest;
mod new;
mod prune;
mod send;
mod server;
// What limits the process is a Unix program.
#[cfg(unix)]
mod storage;
mod streaming;
mod workspace;
