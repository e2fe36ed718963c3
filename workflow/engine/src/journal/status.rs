//! Where an execution stands.

use crate::Outcome;

/// The status of an execution, as AWS names it, but for [`Unknown`](Status::Unknown).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Under way.
    Running,
    /// Came to its end.
    Succeeded,
    /// Ended with an error.
    Failed,
    /// Took too long.
    TimedOut,
    /// Somebody stopped it.
    Aborted,
    /// None of these stands in the journal: it was written by another version, or the file was changed.
    Unknown,
}

impl Status {
    /// Its name, which is AWS's where there is one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
            Self::Unknown => "UNKNOWN",
        }
    }

    pub(crate) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Succeeded { .. } => Self::Succeeded,
            Outcome::Failed { .. } => Self::Failed,
            Outcome::TimedOut => Self::TimedOut,
            Outcome::Aborted { .. } => Self::Aborted,
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        [Self::Running, Self::Succeeded, Self::Failed, Self::TimedOut, Self::Aborted]
            .into_iter()
            .find(|it| it.name() == name)
    }
}
