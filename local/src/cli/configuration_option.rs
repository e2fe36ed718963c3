//! Which configuration file a command reads.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ackflow_flows::Configuration;
use clap::Args;
use miette::{Result, miette};

use super::terminal::plain;

/// The file that is read if it is there and none is named.
const USUAL_FILE: &str = "ackflow.toml";

/// Which configuration file to read.
#[derive(Debug, Args)]
pub(super) struct ConfigurationOption {
    /// The configuration file; ackflow.toml when left out, and the defaults if there is none.
    #[arg(long = "config", env = "ACKFLOW_CONFIG", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl ConfigurationOption {
    /// The file that is read; nothing if the defaults hold.
    pub(super) fn file(&self) -> Option<&Path> {
        let usual = Path::new(USUAL_FILE);
        // A file of which it is not known whether it is there is read too: the error then says why.
        self.file.as_deref().or_else(|| usual.try_exists().unwrap_or(true).then_some(usual))
    }

    /// Reads the configuration.
    pub(super) fn read(&self) -> Result<Configuration> {
        self.file().map_or_else(|| Ok(Configuration::default()), read_configuration)
    }
}

/// Reads a configuration file. The error names everything that is wrong with it.
pub(super) fn read_configuration(file: &Path) -> Result<Configuration> {
    let name = plain(&file.display().to_string());
    let text = fs::read_to_string(file).map_err(|error| {
        miette!(
            help = "name a file that can be read, or copy ackflow.example.toml to ackflow.toml and begin with that",
            "{name} can't be read: {error}"
        )
    })?;
    Configuration::parse(&text, &name).map_err(|error| {
        miette!(
            help = "ackflow.example.toml explains every key; `ackflow config schema` is for editors",
            "{name} can't be used:\n{error}"
        )
    })
}
