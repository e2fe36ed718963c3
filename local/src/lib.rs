//! Ackflow on one machine: server, adapters, Slack simulator and command line.

pub mod adapters;
pub mod asl;
pub mod cli;
pub mod clock;
pub mod cost;
pub mod delivery;
mod process_group;
pub mod retention;
pub mod simulator;
pub mod system;
