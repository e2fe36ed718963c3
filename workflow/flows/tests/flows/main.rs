//! The flows as reviewers see them, and what must hold between them, their steps, their functions and Slack.

#![allow(clippy::unwrap_used, reason = "what panics here is a test that fails")]

mod commands;
mod configuration;
mod consistency;
mod example;
mod execution_input;
mod execution_name;
mod moderation;
mod notices;
mod payloads;
mod people;
mod presses;
mod reactions;
mod recorded_interactions;
mod recorded_payloads;
mod shared;
mod slack_access;
mod slash_commands;
mod state_machines;

/// Where a stage's snapshots are: one folder for the whole workspace, so that reviewers find every stage in one place.
fn snapshots(stage: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("{}/../../snapshots/{stage}", env!("CARGO_MANIFEST_DIR")));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}
