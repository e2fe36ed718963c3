//! `ackflow asl`.

mod argument;
mod byte_order_mark;
mod definition;
mod run;
mod test_state;
mod type_option;
mod validate;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use miette::Result;

use self::{run::Run, test_state::TestState, validate::Validate};

/// Any States Language document: validate it, test one of its states, or run it
///
/// The exit status is 0 when all is well, 1 when it is not (see each command), and 2 when an option or an argument is
/// wrong.
#[derive(Debug, Args)]
pub(super) struct Asl {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Validate(Validate),
    TestState(TestState),
    Run(Run),
}

impl Asl {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let ended = match self.action {
            Action::Validate(validate) => validate.run(),
            Action::TestState(test_state) => test_state.run(),
            // Its status tells how the execution ended.
            Action::Run(run) => return run.run().await,
        };
        ended.map(|()| ExitCode::SUCCESS)
    }
}
