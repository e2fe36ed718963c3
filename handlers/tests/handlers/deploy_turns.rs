//! Deployments of one service to one environment go one after the other.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use ackflow_asl::{Call, Failure};
use ackflow_flows::{AwaitDecisionError, EndTurnError, TakeTurnError};
use ackflow_handlers::{AwaitDecisionHandler, EndTurnHandler, StepHandler, TakeTurnHandler, ports::Clock};
use ackflow_schemas::devops::{
    DeployBoard, DeployOrder, DeployReport, DeployRequest, DeployResult, Phase, ReviewedDeploy,
};
use futures_util::future::join_all;
use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::{
    fake_ports::{Bucket, Health, VirtualClock},
    orders::{order, reviewed},
    request::NOW,
    step_output::assert_step_output,
};

/// Where the board lies.
const BOARD: &str = "board/T0TEAM.json";

/// How long a deployment that nobody hears of keeps those behind it.
const OPEN_AT_MOST: Duration = Duration::from_hours(5 * 24);

/// The board keeps time to the hour.
const HOUR: Duration = Duration::from_hours(1);

const SECOND: Duration = Duration::from_secs(1);

/// The steps that change the board.
struct Line {
    bucket: Arc<Bucket>,
    clock: Arc<VirtualClock>,
    await_decision: AwaitDecisionHandler,
    take_turn: TakeTurnHandler,
    end_turn: EndTurnHandler,
}

impl Line {
    fn new() -> Self {
        let (bucket, clock) = (Arc::<Bucket>::default(), Arc::new(VirtualClock::at(NOW)));
        Self {
            await_decision: AwaitDecisionHandler::new(bucket.clone(), clock.clone()),
            take_turn: TakeTurnHandler::new(bucket.clone(), clock.clone()),
            end_turn: EndTurnHandler::new(bucket.clone(), clock.clone()),
            bucket,
            clock,
        }
    }

    /// Waits for an approval.
    async fn ask(&self, execution: &str, order: &DeployOrder) -> Result<(), Failure<AwaitDecisionError>> {
        let call = Call::new(execution, DeployRequest { order: order.clone() });
        self.await_decision.run(Call { token: Some(format!("token of {execution}")), ..call }).await
    }

    async fn try_take(
        &self,
        execution: &str,
        order: &DeployOrder,
    ) -> Result<ReviewedDeploy, Failure<TakeTurnError>> {
        self.take_turn.run(Call::new(execution, reviewed(order.clone()))).await
    }

    /// Whether it is a deployment's turn.
    async fn take(&self, execution: &str, order: &DeployOrder) -> bool {
        match self.try_take(execution, order).await {
            Ok(_) => true,
            Err(failure) => {
                assert_eq!(failure.error, TakeTurnError::TurnTaken, "{failure}");
                false
            }
        }
    }

    async fn end(&self, execution: &str, order: &DeployOrder) -> Result<DeployReport, Failure<EndTurnError>> {
        let ReviewedDeploy { order, decision } = reviewed(order.clone());
        let result = DeployResult::Deployed { link: None };
        let report = DeployReport { order, decision, started_at: None, ended_at: None, result };
        self.end_turn.run(Call::new(execution, report)).await
    }

    /// Who is on the board, and where they stand.
    fn board(&self) -> Vec<(String, Phase)> {
        let Some(content) = self.bucket.content(BOARD) else { return Vec::new() };
        let board: DeployBoard = serde_json::from_slice(&content).expect("a board");
        board.deploys.into_iter().map(|deploy| (deploy.execution, deploy.phase)).collect()
    }

    /// Time passes.
    async fn pass(&self, time: Duration) {
        self.clock.sleep(time).await;
    }
}

fn names(board: &[(String, Phase)]) -> Vec<&str> {
    board.iter().map(|(execution, _)| execution.as_str()).collect()
}

#[tokio::test]
async fn whoever_comes_first_goes_first() {
    let (line, api) = (Line::new(), order("api", "stg"));
    assert!(line.take("first", &api).await);
    assert!(!line.take("second", &api).await);
    assert!(!line.take("third", &api).await);
    line.end("first", &api).await.unwrap();
    assert!(!line.take("third", &api).await, "the second has waited for longer");
    assert!(line.take("second", &api).await);
    line.end("second", &api).await.unwrap();
    assert!(line.take("third", &api).await);
    line.end("third", &api).await.unwrap();
    assert!(line.board().is_empty());
}

#[tokio::test]
async fn a_step_that_is_run_again_finds_its_place() {
    let (line, api) = (Line::new(), order("api", "stg"));
    for _ in 0..3 {
        assert!(line.take("first", &api).await);
        assert!(!line.take("second", &api).await);
    }
    assert_eq!(names(&line.board()), ["first", "second"]);
    for _ in 0..2 {
        line.end("first", &api).await.unwrap();
    }
    assert_eq!(names(&line.board()), ["second"]);
}

#[tokio::test]
async fn whoever_gives_up_makes_room() {
    let (line, api) = (Line::new(), order("api", "stg"));
    for execution in ["first", "second", "third"] {
        line.take(execution, &api).await;
    }
    line.end("second", &api).await.unwrap();
    line.end("first", &api).await.unwrap();
    assert!(line.take("third", &api).await);
}

#[tokio::test]
async fn other_services_environments_and_workspaces_do_not_wait() {
    let line = Line::new();
    let mut elsewhere = order("api", "stg");
    elsewhere.origin.team_id = "T0OTHER".to_owned();
    let orders = [order("api", "stg"), order("api", "prod"), order("web", "stg"), elsewhere];
    for (number, order) in orders.iter().enumerate() {
        assert!(line.take(&format!("deploy-{number}"), order).await, "{order:?}");
    }
    assert_eq!(
        names(&line.board()),
        ["deploy-0", "deploy-1", "deploy-2"],
        "each workspace has its own board"
    );
}

#[tokio::test]
async fn the_line_is_entered_with_the_approval() {
    let (line, api) = (Line::new(), order("api", "prod"));
    line.ask("asked-first", &api).await.unwrap();
    line.ask("approved-first", &api).await.unwrap();
    assert!(line.take("approved-first", &api).await, "whoever waits for an approval keeps nobody");
    assert!(!line.take("asked-first", &api).await);
    let expected =
        [("approved-first".to_owned(), Phase::Runs), ("asked-first".to_owned(), Phase::WaitsForTurn)];
    assert_eq!(line.board(), expected);
    line.ask("approved-first", &api).await.unwrap();
    assert_eq!(line.board(), expected, "whoever asks again, after a crash, does not lose the place");
}

#[tokio::test]
async fn a_deployment_that_was_stopped_by_force_is_forgotten() {
    let (line, api) = (Line::new(), order("api", "stg"));
    assert!(line.take("stopped", &api).await);
    line.pass(OPEN_AT_MOST.saturating_sub(SECOND)).await;
    assert!(!line.take("next", &api).await);
    line.pass(HOUR).await;
    assert!(line.take("next", &api).await);
    assert_eq!(names(&line.board()), ["next"]);
}

#[tokio::test]
async fn whoever_is_heard_of_stays_in_the_line() {
    let (line, api) = (Line::new(), order("api", "stg"));
    assert!(line.take("first", &api).await);
    line.take("stopped", &api).await;
    line.take("third", &api).await;
    for _ in 0..3 {
        line.pass(OPEN_AT_MOST / 2).await;
        assert!(line.take("first", &api).await);
        assert!(!line.take("third", &api).await);
    }
    assert_eq!(names(&line.board()), ["first", "third"]);
}

#[tokio::test]
async fn whoever_waits_for_an_approval_stays_for_as_long_as_it_may_come() {
    let (line, api) = (Line::new(), order("api", "prod"));
    line.ask("asked", &api).await.unwrap();
    line.pass((Duration::from_secs(api.patience_seconds) + OPEN_AT_MOST).saturating_sub(SECOND)).await;
    line.take("other", &api).await;
    assert_eq!(names(&line.board()), ["asked", "other"]);
    line.pass(HOUR).await;
    line.take("other", &api).await;
    assert_eq!(names(&line.board()), ["other"]);
}

#[tokio::test]
async fn a_turn_that_somebody_else_takes_in_between_is_not_taken_twice() {
    let (line, rival, api) = (Line::new(), Line::new(), order("api", "stg"));
    assert!(rival.take("rival", &api).await);
    let board = rival.bucket.content(BOARD).expect("a board");
    *line.bucket.rival.lock().unwrap() = Some((BOARD.to_owned(), board));
    assert!(!line.take("late", &api).await);
    assert_eq!(names(&line.board()), ["rival", "late"]);
}

#[tokio::test(start_paused = true)]
async fn of_several_at_once_one_has_its_turn_and_nobody_is_lost() {
    let (line, api) = (Line::new(), order("api", "stg"));
    // Each waits in the middle of its work, so that all of them interleave.
    line.bucket.health.set(Health::Slow(Duration::ZERO));
    let executions: Vec<String> = (0..8).map(|number| format!("deploy-{number}")).collect();
    let turns = join_all(executions.iter().map(|execution| line.take(execution, &api))).await;
    assert_eq!(turns.iter().filter(|has_turn| **has_turn).count(), 1, "{turns:?}");
    let board = line.board();
    assert_eq!(names(&board).into_iter().collect::<BTreeSet<_>>().len(), executions.len(), "{board:?}");
}

#[tokio::test]
async fn a_board_that_is_not_ours_is_left_and_named() {
    let (line, api) = (Line::new(), order("api", "prod"));
    line.bucket.put(BOARD, "not ours");
    let asked = line.ask("deploy", &api).await.unwrap_err();
    let taken = line.try_take("deploy", &api).await.unwrap_err();
    let ended = line.end("deploy", &api).await.unwrap_err();
    assert_eq!(asked.error, AwaitDecisionError::BoardUnreadable);
    assert_eq!(taken.error, TakeTurnError::BoardUnreadable);
    assert_eq!(ended.error, EndTurnError::BoardUnreadable);
    for cause in [asked.cause, taken.cause, ended.cause] {
        assert!(cause.contains(BOARD), "{cause}");
    }
    assert_eq!(line.bucket.content(BOARD), Some(b"not ours".to_vec()));
}

#[tokio::test]
async fn a_workspace_that_has_no_id_is_an_error() {
    let (line, mut api) = (Line::new(), order("api", "stg"));
    api.origin.team_id = "../T0TEAM".to_owned();
    let failure = line.try_take("deploy", &api).await.unwrap_err();
    assert_eq!(failure.error, TakeTurnError::BoardUnreadable);
    assert!(failure.cause.contains("team id"), "{failure}");
}

#[tokio::test]
async fn a_bucket_that_is_down_is_named() {
    let (line, api) = (Line::new(), order("api", "prod"));
    line.bucket.health.set(Health::Down);
    let asked = line.ask("deploy", &api).await.unwrap_err();
    let taken = line.try_take("deploy", &api).await.unwrap_err();
    let ended = line.end("deploy", &api).await.unwrap_err();
    assert_eq!(asked.error, AwaitDecisionError::StorageUnavailable);
    assert_eq!(taken.error, TakeTurnError::StorageUnavailable);
    assert_eq!(ended.error, EndTurnError::StorageUnavailable);
    for cause in [asked.cause, taken.cause, ended.cause] {
        assert!(cause.contains("the bucket"), "{cause}");
    }
}

#[tokio::test]
async fn what_the_steps_give() {
    let (line, api) = (Line::new(), order("api", "stg"));
    assert_step_output("TakeTurn", &line.try_take("first", &api).await.unwrap());
    let failure = line.try_take("second", &api).await.unwrap_err();
    assert_eq!(failure.to_string(), "TurnTaken: Another deployment of api to stg comes first.");
    assert_step_output("EndTurn", &line.end("first", &api).await.unwrap());
}

/// What a deployment does next.
#[derive(Clone, Copy, Debug)]
enum Move {
    Ask,
    Take,
    End,
}

/// How many deployments there are: half of them of one service, half of another.
const DEPLOYS: usize = 6;

fn order_of(deploy: usize) -> DeployOrder {
    order(["api", "web"][deploy % 2], "stg")
}

impl Line {
    /// Does a deployment's next move. Says whether it has its turn, where it asked for it.
    async fn go(&self, deploy: usize, next: Move) -> bool {
        let (execution, order) = (format!("deploy-{deploy}"), order_of(deploy));
        match next {
            Move::Ask => self.ask(&execution, &order).await.map(|()| false).unwrap(),
            Move::Take => self.take(&execution, &order).await,
            Move::End => self.end(&execution, &order).await.map(|_| false).unwrap(),
        }
    }
}

/// What the deployments do: one batch after the other, all of a batch at once.
fn batches() -> impl Strategy<Value = Vec<BTreeMap<usize, Move>>> {
    let next = prop_oneof![1 => Just(Move::Ask), 4 => Just(Move::Take), 2 => Just(Move::End)];
    prop::collection::vec(prop::collection::btree_map(0..DEPLOYS, next, 1..4), 0..16)
}

async fn play(batches: Vec<BTreeMap<usize, Move>>) -> Result<(), TestCaseError> {
    let line = Line::new();
    line.bucket.health.set(Health::Slow(Duration::ZERO));
    let mut running = BTreeSet::new();
    for batch in batches {
        let turns = join_all(batch.iter().map(|(&deploy, &next)| line.go(deploy, next))).await;
        for ((deploy, next), has_turn) in batch.into_iter().zip(turns) {
            match next {
                Move::Ask => {}
                Move::Take => {
                    prop_assert!(has_turn || !running.contains(&deploy), "{} lost its turn", deploy);
                    if has_turn {
                        running.insert(deploy);
                    }
                }
                Move::End => {
                    running.remove(&deploy);
                }
            }
        }
        let services: BTreeSet<String> = running.iter().map(|&deploy| order_of(deploy).service).collect();
        prop_assert_eq!(services.len(), running.len(), "two run at once: {:?}", running);
    }
    everybody_gets_a_turn(&line).await
}

async fn everybody_gets_a_turn(line: &Line) -> Result<(), TestCaseError> {
    let mut waiting: BTreeSet<usize> = (0..DEPLOYS).collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        for deploy in waiting.clone() {
            if line.go(deploy, Move::Take).await {
                line.go(deploy, Move::End).await;
                waiting.remove(&deploy);
            }
        }
        prop_assert!(waiting.len() < before, "nobody has a turn: {:?}", line.board());
    }
    prop_assert!(line.board().is_empty(), "{:?}", line.board());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn at_most_one_runs_of_a_service_and_environment_and_nobody_is_stuck(batches in batches()) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(play(batches))?;
    }
}
