//! `ackflow config`.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use ackflow_flows::Configuration;
use clap::{Args, Subcommand};
use miette::Result;

use super::{
    configuration_option::read_configuration,
    doctor::targets,
    terminal::{plain, print, print_json},
};

/// The configuration file: check one, or print the JSON Schema of them all
#[derive(Debug, Args)]
pub(super) struct Config {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say whether a configuration file is in order, and everything that is not
    Check {
        /// The file; the same as --config.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// The configuration file.
        #[arg(long, env = "ACKFLOW_CONFIG", default_value = "ackflow.toml", value_name = "FILE")]
        config: PathBuf,
    },
    /// Print the JSON Schema, for editors that complete and check as you type
    Schema,
}

impl Config {
    pub(super) fn run(self) -> Result<()> {
        match self.action {
            Action::Check { file, config } => check(&file.unwrap_or(config)),
            Action::Schema => print_json(&Configuration::json_schema()),
        }
    }
}

fn check(file: &Path) -> Result<()> {
    let configuration = read_configuration(file)?;
    let name = plain(&file.display().to_string());
    let mut text = format!("{name} is in order: {}.\n", summary(&configuration));
    // No error: the file may be meant for AWS, or for another machine.
    for misfit in targets::misfits(&configuration) {
        let _ = writeln!(text, "Note for this machine: {}; {}.", misfit.message, misfit.remedy);
    }
    print(&text)
}

/// How much of everything there is.
fn summary(configuration: &Configuration) -> String {
    let Configuration { documents, deploy, moderation, onboarding, votes } = configuration;
    let deploy = deploy.as_ref();
    let counts = [
        (deploy.map_or(0, |deploy| deploy.services.len()), "service", "services"),
        (deploy.map_or(0, |deploy| deploy.environments.len()), "environment", "environments"),
        (moderation.as_ref().map_or(0, |moderation| moderation.rules.len()), "rule", "rules"),
        (onboarding.as_ref().map_or(0, |onboarding| onboarding.guides.len()), "guide", "guides"),
        (votes.as_ref().map_or(0, |votes| votes.channels.len()), "channel with votes", "channels with votes"),
    ];
    let counts = counts.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }));
    let stored = if documents.enabled { "are" } else { "are not" };
    format!("{}; documents {stored} stored", counts.join(", "))
}
