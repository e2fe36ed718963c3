//! `AnswerCommand`: what the bot answers at once.

use std::sync::Arc;

use ackflow_asl::{Call, Failure};
use ackflow_flows::{AnswerCommand, AnswerCommandError, Configuration};
use ackflow_schemas::devops::{Answer, CommandAnswer, CommandHelp, CommandRequest, Question};
use async_trait::async_trait;

use crate::{
    board::Board,
    document_store::DocumentError,
    ports::{Clock, ObjectStore},
    steps::StepHandler,
};

/// Answers commands.
pub struct AnswerCommandHandler {
    board: Board,
    configuration: Arc<Configuration>,
}

impl AnswerCommandHandler {
    /// A handler that reads the board of deployments in a bucket.
    pub fn new(
        objects: Arc<dyn ObjectStore>,
        clock: Arc<dyn Clock>,
        configuration: Arc<Configuration>,
    ) -> Self {
        Self { board: Board::new(objects, clock), configuration }
    }
}

#[async_trait]
impl StepHandler<AnswerCommand> for AnswerCommandHandler {
    async fn run(
        &self,
        Call { input: CommandRequest { origin, question }, .. }: Call<CommandRequest>,
    ) -> Result<CommandAnswer, Failure<AnswerCommandError>> {
        let answer = match question {
            Question::Help => Answer::Help { commands: help(&self.configuration) },
            Question::Status => {
                let deploys = self.board.open(&origin.team_id).await.map_err(|error| failure(&error))?;
                Answer::Status { deploys }
            }
            Question::NotUnderstood(problem) => Answer::NotUnderstood { problem },
        };
        Ok(CommandAnswer { origin, answer })
    }
}

/// The commands that work as the system is configured.
fn help(configuration: &Configuration) -> Vec<CommandHelp> {
    let mut commands = Vec::new();
    let mut add = |command: &str, effect: String| {
        commands.push(CommandHelp { command: command.to_owned(), effect });
    };
    if let Some(deploy) = &configuration.deploy {
        for (name, environment) in &deploy.environments {
            let services = deploy.services.iter().filter(|(_, service)| service.is_in(name));
            let services = services.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            let approval = if environment.needs_approval { ", once it is approved" } else { "" };
            add(
                &format!("deploy {name} SERVICE"),
                format!("deploys a service to {name}{approval}: {services}"),
            );
        }
        add("status", "shows what is being deployed, and what waits".to_owned());
    }
    add("help", "shows this".to_owned());
    commands
}

fn failure(error: &DocumentError) -> Failure<AnswerCommandError> {
    error.failure(AnswerCommandError::StorageUnavailable, AnswerCommandError::BoardUnreadable)
}
