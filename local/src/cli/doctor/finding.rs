//! What one check found.

use std::fmt;

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// As it should be.
    Ok,
    /// It works, and should be looked at.
    Warning,
    /// Something does not work.
    Error,
}

/// One thing that a check found.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    pub(super) level: Level,
    /// Which check found it.
    pub(super) check: &'static str,
    /// What was found. Never holds a secret.
    message: String,
    /// What does not work because of it; empty if nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    breaks: String,
    /// What to do; empty if nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    remedy: String,
}

impl Finding {
    pub(super) fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(Level::Ok, check, message)
    }

    pub(super) fn warning(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(Level::Warning, check, message)
    }

    pub(super) fn error(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(Level::Error, check, message)
    }

    fn new(level: Level, check: &'static str, message: impl Into<String>) -> Self {
        Self { level, check, message: message.into(), breaks: String::new(), remedy: String::new() }
    }

    pub(super) fn breaks(self, what: impl Into<String>) -> Self {
        Self { breaks: what.into(), ..self }
    }

    pub(super) fn remedy(self, what: impl Into<String>) -> Self {
        Self { remedy: what.into(), ..self }
    }
}

/// One line, unless the message has several.
impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.level {
            Level::Ok => '✓',
            Level::Warning => '!',
            Level::Error => '✗',
        };
        write!(formatter, "{sign} {}", self.message.replace('\n', "\n      "))?;
        if !self.breaks.is_empty() {
            write!(formatter, ": {}", self.breaks)?;
        }
        if !self.remedy.is_empty() {
            write!(formatter, "; {}", self.remedy)?;
        }
        Ok(())
    }
}
