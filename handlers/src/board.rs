//! The board: the deployments of a workspace that have not ended, in the order of their turns.

use std::{sync::Arc, time::Duration};

use ackflow_schemas::devops::{DeployBoard, DeployOrder, OpenDeploy, Phase};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

use crate::{
    document_store::{DocumentError, DocumentStore},
    object_key::ObjectKey,
    ports::{Clock, ObjectStore},
};

/// How long a deployment is taken to be open since it was last heard of. Its flow gives up sooner; this is for one that
/// was stopped by force, so that those behind it are not kept for ever.
const OPEN_AT_MOST: Duration = Duration::from_hours(5 * 24);

/// The boards of all workspaces, in a bucket.
#[derive(Clone)]
pub(crate) struct Board {
    documents: DocumentStore,
    clock: Arc<dyn Clock>,
}

impl Board {
    pub(crate) fn new(objects: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>) -> Self {
        Self { documents: DocumentStore::new(objects), clock }
    }

    /// The deployments that are open, oldest first.
    pub(crate) async fn open(&self, team: &str) -> Result<Vec<OpenDeploy>, DocumentError> {
        let board: Option<DeployBoard> = self.documents.read(&key(team)?).await?;
        let mut deploys = board.map(|board| board.deploys).unwrap_or_default();
        deploys.retain(|deploy| is_open(deploy, self.clock.now()));
        Ok(deploys)
    }

    /// Notes that a deployment waits for an approval.
    pub(crate) async fn await_approval(
        &self,
        execution: &str,
        order: &DeployOrder,
    ) -> Result<(), DocumentError> {
        let patience = Duration::from_secs(order.patience_seconds).saturating_add(OPEN_AT_MOST);
        self.change(&order.origin.team_id, |deploys, now| {
            if position(deploys, execution).is_none() {
                deploys.push(entry(execution, order, Phase::WaitsForApproval, later(now, patience)));
            }
        })
        .await
        .map(drop)
    }

    /// Takes a deployment's turn, or a place in the line; says whether it is its turn.
    pub(crate) async fn take_turn(
        &self,
        execution: &str,
        order: &DeployOrder,
    ) -> Result<bool, DocumentError> {
        let deploys = self
            .change(&order.origin.team_id, |deploys, now| {
                let place = position(deploys, execution)
                    .filter(|place| deploys[*place].phase != Phase::WaitsForApproval);
                let place = place.unwrap_or_else(|| {
                    // The line is entered with the approval.
                    deploys.retain(|deploy| deploy.execution != execution);
                    deploys.push(entry(execution, order, Phase::WaitsForTurn, now));
                    deploys.len() - 1
                });
                let is_free = !deploys[..place].iter().any(|before| is_in_the_way(before, order));
                let own = &mut deploys[place];
                own.phase = if is_free { Phase::Runs } else { Phase::WaitsForTurn };
                own.until = later(now, OPEN_AT_MOST).to_string();
            })
            .await?;
        Ok(deploys.iter().any(|deploy| deploy.execution == execution && deploy.phase == Phase::Runs))
    }

    /// Takes a deployment that has ended off the board.
    pub(crate) async fn leave(&self, execution: &str, order: &DeployOrder) -> Result<(), DocumentError> {
        let leave = |deploys: &mut Vec<OpenDeploy>, _| deploys.retain(|deploy| deploy.execution != execution);
        self.change(&order.origin.team_id, leave).await.map(drop)
    }

    /// Changes what is on a board, without those that are not open any more; gives what is there in the end.
    async fn change(
        &self,
        team: &str,
        change: impl Fn(&mut Vec<OpenDeploy>, Timestamp) + Send + Sync,
    ) -> Result<Vec<OpenDeploy>, DocumentError> {
        let (key, now) = (key(team)?, self.clock.now());
        let changed = self.documents.change(&key, |board: Option<&DeployBoard>| {
            let mut deploys = board.map(|board| board.deploys.clone()).unwrap_or_default();
            deploys.retain(|deploy| is_open(deploy, now));
            change(&mut deploys, now);
            Some(DeployBoard { deploys })
        });
        Ok(changed.await?.map(|board| board.deploys).unwrap_or_default())
    }
}

fn key(team: &str) -> Result<ObjectKey, DocumentError> {
    ObjectKey::board(team).map_err(DocumentError::from)
}

fn position(deploys: &[OpenDeploy], execution: &str) -> Option<usize> {
    deploys.iter().position(|deploy| deploy.execution == execution)
}

fn entry(execution: &str, order: &DeployOrder, phase: Phase, until: Timestamp) -> OpenDeploy {
    OpenDeploy { execution: execution.to_owned(), order: order.clone(), phase, until: until.to_string() }
}

fn is_open(deploy: &OpenDeploy, now: Timestamp) -> bool {
    deploy.until.parse::<Timestamp>().is_ok_and(|until| until > now)
}

/// Whether another deployment comes before this one, of the same service to the same environment.
fn is_in_the_way(before: &OpenDeploy, order: &DeployOrder) -> bool {
    before.phase != Phase::WaitsForApproval
        && before.order.service == order.service
        && before.order.environment == order.environment
}

/// So much later, to the hour: who only waits then changes nothing on the board from one look to the next.
fn later(now: Timestamp, time: Duration) -> Timestamp {
    let hour = TimestampRound::new().smallest(Unit::Hour).mode(RoundMode::Ceil);
    now.checked_add(time).and_then(|later| later.round(hour)).unwrap_or(Timestamp::MAX)
}
