//! What the bot answers at once.

use std::sync::Arc;

use ackflow_asl::{Call, Failure};
use ackflow_flows::{AnswerCommandError, Configuration};
use ackflow_handlers::{AnswerCommandHandler, StepHandler};
use ackflow_schemas::devops::{
    Answer, CommandAnswer, CommandRequest, DeployBoard, OpenDeploy, Phase, Question,
};

use crate::{
    fake_ports::{Bucket, Health, VirtualClock},
    orders::{configuration, order},
    request::NOW,
    step_output::assert_step_output,
};

/// Where the board lies.
const BOARD: &str = "board/T0TEAM.json";

async fn answer(
    bucket: &Arc<Bucket>,
    configuration: Arc<Configuration>,
    question: Question,
) -> Result<CommandAnswer, Failure<AnswerCommandError>> {
    let handler = AnswerCommandHandler::new(bucket.clone(), Arc::new(VirtualClock::at(NOW)), configuration);
    let request = CommandRequest { origin: order("api", "stg").origin, question };
    handler.run(Call::new("T0TEAM-Ev0EVENT", request)).await
}

fn open(execution: &str, environment: &str, phase: Phase, until: &str) -> OpenDeploy {
    OpenDeploy {
        execution: execution.to_owned(),
        order: order("api", environment),
        phase,
        until: until.to_owned(),
    }
}

/// A bucket with a board.
fn bucket(deploys: Vec<OpenDeploy>) -> Arc<Bucket> {
    let bucket = Arc::<Bucket>::default();
    bucket.put(BOARD, serde_json::to_vec(&DeployBoard { deploys }).unwrap());
    bucket
}

#[tokio::test]
async fn help_names_what_is_configured() {
    let answered = answer(&Arc::default(), configuration(), Question::Help).await.unwrap();
    assert_step_output("AnswerCommand_help", &answered);

    let answered = answer(&Arc::default(), Arc::default(), Question::Help).await.unwrap();
    let Answer::Help { commands } = answered.answer else { panic!("no help: {answered:?}") };
    let commands: Vec<&str> = commands.iter().map(|known| known.command.as_str()).collect();
    assert_eq!(commands, ["help"], "nothing can be deployed");
}

#[tokio::test]
async fn status_shows_what_is_open_oldest_first() {
    let bucket = bucket(vec![
        open("T0TEAM-Ev1", "stg", Phase::Runs, "2022-12-13T00:00:00Z"),
        open("T0TEAM-Ev2", "stg", Phase::WaitsForTurn, "2022-12-13T00:00:00Z"),
        open("T0TEAM-Ev3", "stg", Phase::Runs, "2022-12-10T00:18:50Z"),
        open("T0TEAM-Ev4", "prod", Phase::WaitsForApproval, "2022-12-14T00:00:00Z"),
    ]);
    let answered = answer(&bucket, configuration(), Question::Status).await.unwrap();
    assert_step_output("AnswerCommand_status", &answered);
    let Answer::Status { deploys } = answered.answer else { panic!("no status: {answered:?}") };
    let open: Vec<&str> = deploys.iter().map(|deploy| deploy.execution.as_str()).collect();
    assert_eq!(open, ["T0TEAM-Ev1", "T0TEAM-Ev2", "T0TEAM-Ev4"], "the third one is over");
}

#[tokio::test]
async fn before_the_first_deployment_nothing_is_open() {
    let answered = answer(&Arc::default(), configuration(), Question::Status).await.unwrap();
    assert_eq!(answered.answer, Answer::Status { deploys: Vec::new() });
}

#[tokio::test]
async fn what_is_not_understood_is_said_to_be() {
    let problem = "I don't know `brew`: the commands are `deploy`, `help` and `status`.".to_owned();
    let question = Question::NotUnderstood(problem.clone());
    let answered = answer(&Arc::default(), configuration(), question).await.unwrap();
    assert_eq!(answered.origin, order("api", "stg").origin);
    assert_eq!(answered.answer, Answer::NotUnderstood { problem });
}

#[tokio::test]
async fn only_status_needs_the_bucket() {
    let bucket = bucket(Vec::new());
    bucket.health.set(Health::Down);
    answer(&bucket, configuration(), Question::Help).await.unwrap();
    let failure = answer(&bucket, configuration(), Question::Status).await.unwrap_err();
    assert_eq!(failure.error, AnswerCommandError::StorageUnavailable);
    assert!(failure.cause.contains("the bucket"), "{failure}");

    bucket.health.set(Health::Up);
    bucket.put(BOARD, "not ours");
    let failure = answer(&bucket, configuration(), Question::Status).await.unwrap_err();
    assert_eq!(failure.error, AnswerCommandError::BoardUnreadable);
    assert!(failure.cause.contains(BOARD), "{failure}");
}
