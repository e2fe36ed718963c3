//! `ackflow synth`.

use clap::Args;

use super::configuration_option::ConfigurationOption;

/// Print the deployable description as JSON: flows, functions, grants, routes, Slack scopes
#[derive(Debug, Args)]
pub(super) struct Synth {
    #[command(flatten)]
    configuration: ConfigurationOption,
}

impl Synth {
    pub(super) fn run(self) -> miette::Result<()> {
        super::terminal::print_json(&ackflow_flows::synth(&self.configuration.read()?))
    }
}
