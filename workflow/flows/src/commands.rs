//! A command that the bot answers at once.

use ackflow_asl::{
    StepError,
    builder::{Chain, Flow, publish, task},
};
use ackflow_schemas::{
    devops::{CommandAnswer, CommandRequest},
    notice::Notice,
};

use crate::{
    AnswerCommand, AnswerCommandError,
    backoff::{FOR_A_DAY, SOON},
    notices::notice,
};

/// The flow's name.
pub(crate) const COMMANDS: &str = "commands";

/// The flow of a command.
pub fn commands() -> Flow<CommandRequest> {
    let answer = task::<AnswerCommand>().retry(AnswerCommandError::transient(), SOON).retry_platform(SOON);
    let stages = Chain::from(answer).then(publish::<TellAnswer>().retry(FOR_A_DAY));
    Flow::new(COMMANDS, "A command that the bot answers at once.", 2 * 24 * 3600, stages)
}

notice! {
    /// The answer to a command, for where it was asked.
    TellAnswer: CommandAnswer => "command_answered" CommandAnswered { reply: CommandAnswer = "$" }
}
