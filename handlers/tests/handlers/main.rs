//! What the handlers do, with their ports in memory.

#![allow(clippy::unwrap_used, reason = "what panics here is a test that fails")]

mod fake_ports;
mod fake_slack;
mod hashtags;
mod ingest;
mod notice_text;
mod notifier;
mod object_key;
mod request;
mod rewrite_tags;
mod signature;
mod steps;

/// Where a stage's snapshots are: one folder for the whole workspace, so that reviewers find every stage in one place.
fn snapshots(stage: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("{}/../snapshots/{stage}", env!("CARGO_MANIFEST_DIR")));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}
