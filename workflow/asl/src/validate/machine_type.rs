//! The type of a state machine.

/// How long the executions of a state machine may take, and what they may wait for.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MachineType {
    /// `STANDARD`: up to a year.
    #[default]
    Standard,
    /// `EXPRESS`: up to five minutes, without waiting for jobs, callbacks and activities.
    Express,
}
