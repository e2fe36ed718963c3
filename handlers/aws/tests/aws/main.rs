//! The adapters over HTTP, against a stand-in for AWS.

#![allow(clippy::unwrap_used, reason = "a test says what it wants in few words")]

mod canned;
mod codebuild;
mod configuration;
mod executions;
mod ledger;
mod objects;
mod outages;
mod secrets;
mod state_machine;
mod task_tokens;
mod topic;
mod world;
