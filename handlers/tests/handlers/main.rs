//! What the handlers do, with their ports in memory.

#![allow(clippy::unwrap_used, reason = "what panics here is a test that fails")]

mod command_answers;
mod decisions;
mod deploy_turns;
mod deploys;
mod doors;
mod fake_deployer;
mod fake_ports;
mod fake_slack;
mod fake_task_tokens;
mod hashtags;
mod ingest;
mod message;
mod moderation_steps;
mod newcomers;
mod notifier;
mod notifier_places;
mod object_key;
mod orders;
mod reaction_counts;
mod request;
mod rewrite_tags;
mod signature;
mod slack_client;
mod slack_settings;
mod step_output;
mod steps;
mod webhooks;

/// Where a stage's snapshots are: one folder for the whole workspace, so that reviewers find every stage in one place.
fn snapshots(stage: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("{}/../snapshots/{stage}", env!("CARGO_MANIFEST_DIR")));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}
