//! `ackflow synth`.

use clap::Args;

/// Print the deployable description as JSON: flows, functions, grants, routes, Slack scopes
#[derive(Debug, Args)]
pub(super) struct Synth {}

impl Synth {
    #[allow(clippy::unused_self, reason = "every command runs the same way")]
    pub(super) fn run(self) -> miette::Result<()> {
        super::terminal::print_json(&ackflow_flows::synth())
    }
}
