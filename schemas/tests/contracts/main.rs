//! The contracts, held against recorded payloads, against their own schemas and against what reviewers last agreed to.

mod devops;
mod documents;
mod interactions;
mod models;
mod payload_errors;
mod payloads;
mod schema_files;
mod schemas;
mod shared_payloads;

/// Where a stage's snapshots are: one folder for the whole workspace, so that reviewers find every stage in one place.
fn snapshots(stage: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("{}/../snapshots/{stage}", env!("CARGO_MANIFEST_DIR")));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}
