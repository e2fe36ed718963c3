//! What is wrong with the configuration file.

use std::fmt;

/// A configuration file that can't be used, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationError {
    /// The file, as the caller names it.
    pub file: String,
    /// What is wrong, in the file's order.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, as a path: `deploy.services.api.environments[1]`; empty if the text is no TOML there.
    pub key: String,
    /// The line in the file, from 1. What is missing has the line of what it is missing in, if that has one.
    pub line: Option<usize>,
    /// What is wrong. Never holds a value that may be a secret.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// One line for each problem: `ackflow.toml:12: deploy.leads_channel: what is wrong; what to do`.
impl fmt::Display for ConfigurationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(formatter)?;
            }
            formatter.write_str(&self.file)?;
            if let Some(line) = problem.line {
                write!(formatter, ":{line}")?;
            }
            write!(formatter, ": {problem}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(formatter, "{}: ", self.key)?;
        }
        write!(formatter, "{}; {}", self.message, self.remedy)
    }
}

impl std::error::Error for ConfigurationError {}
