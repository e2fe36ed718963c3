//! The configuration file, as it is deployed with a function.

use std::{fs, io, path::Path};

use ackflow_flows::{Configuration, ConfigurationError};

/// The name of the file, which lies beside the function's executable.
const FILE: &str = "ackflow.toml";

/// A configuration file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationFileError {
    /// It is there, and can't be read.
    #[error("the function's ackflow.toml can't be read ({0}): deploy it again")]
    Unreadable(io::Error),
    /// It is wrong, in all that is said here.
    #[error("the function's ackflow.toml can't be used; correct the file, and deploy it again:\n{0}")]
    Wrong(#[from] ConfigurationError),
}

/// Reads the configuration in a function's folder; it is the default one where no file is.
pub fn read(folder: &Path) -> Result<Configuration, ConfigurationFileError> {
    match fs::read_to_string(folder.join(FILE)) {
        Ok(text) => Ok(Configuration::parse(&text, FILE)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Configuration::default()),
        Err(error) => Err(ConfigurationFileError::Unreadable(error)),
    }
}
