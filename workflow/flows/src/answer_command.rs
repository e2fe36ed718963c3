//! The contract of `AnswerCommand`: what the bot answers at once.

use ackflow_asl::Step;
use ackflow_schemas::devops::{CommandAnswer, CommandRequest};

use crate::{
    function::{EnvironmentVariable, Function, Grant, Trigger},
    step_errors,
};

/// Makes the answer to a command.
pub struct AnswerCommand;

impl Step for AnswerCommand {
    const NAME: &'static str = "AnswerCommand";
    const COMMENT: &'static str = "Makes the answer to a command.";
    const TIMEOUT_SECONDS: u64 = 60;
    type Input = CommandRequest;
    type Output = CommandAnswer;
    type Error = AnswerCommandError;
}

impl AnswerCommand {
    pub(crate) const FUNCTION: Function = Function {
        name: "slack-commands",
        trigger: Trigger::Step(Self::NAME),
        comment: Self::COMMENT,
        timeout_seconds: Self::TIMEOUT_SECONDS,
        memory_mib: 256,
        environment: &[EnvironmentVariable::BUCKET],
        grants: &[Grant::READ_BOARD],
        slack_methods: &[],
    };
}

step_errors! {
    /// How answering a command may fail.
    AnswerCommandError {
        transient {
            /// The bucket did not give the board of deployments.
            StorageUnavailable,
        }
        permanent {
            /// What lies in the board's place in the bucket is no board.
            BoardUnreadable,
        }
    }
}
