//! The whole system against the Slack simulator: real HTTP, a clock that does not wait, crashes on demand.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions as tests, and not what they share")]

mod account;
mod clock;
mod crashes;
mod devops;
mod edits;
mod exactly_once;
mod faults;
mod outages;
mod posting;
mod process;
mod stage;
mod stages;
mod tripwire;
mod watched;

/// Where a stage's snapshots are: one folder for the whole workspace.
fn snapshots(stage: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("{}/../snapshots/{stage}", env!("CARGO_MANIFEST_DIR")));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}
