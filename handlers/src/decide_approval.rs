//! `DecideApproval`: the first press of somebody who may decides.

use std::sync::Arc;

use ackflow_asl::{Call, Failure};
use ackflow_flows::{Configuration, DecideApproval, DecideApprovalError};
use ackflow_schemas::devops::{
    Approval, ApprovalPress, Decision, DeployOrder, JudgedPress, PressOutcome, Verdict,
};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::{
    document_store::{DocumentError, DocumentStore},
    object_key::ObjectKey,
    ports::{Answered, ObjectStore, TaskTokens},
    steps::StepHandler,
};

/// Longer than whoever decides takes to tell the engine.
const TIME_TO_TELL: SignedDuration = SignedDuration::from_mins(1);

/// Decides deployments that wait.
pub struct DecideApprovalHandler {
    documents: DocumentStore,
    tokens: Arc<dyn TaskTokens>,
    configuration: Arc<Configuration>,
}

impl DecideApprovalHandler {
    /// A handler that finds in a bucket what waits, and answers the engine.
    pub fn new(
        objects: Arc<dyn ObjectStore>,
        tokens: Arc<dyn TaskTokens>,
        configuration: Arc<Configuration>,
    ) -> Self {
        Self { documents: DocumentStore::new(objects), tokens, configuration }
    }
}

#[async_trait]
impl StepHandler<DecideApproval> for DecideApprovalHandler {
    async fn run(
        &self,
        Call { execution, input: press, .. }: Call<ApprovalPress>,
    ) -> Result<JudgedPress, Failure<DecideApprovalError>> {
        let key = ObjectKey::approval(&press.approval).map_err(|error| failure(&error.into()))?;
        let approval: Option<Approval> = self.documents.read(&key).await.map_err(|error| failure(&error))?;
        let Some(approval) = approval else { return Err(not_open(&press)) };
        let outcome = match self.objection(&press, &approval.order) {
            Some(objection) => objection,
            None => self.decide(&execution, &press, &key, &approval).await?,
        };
        let is_decided = outcome == PressOutcome::Decided;
        Ok(JudgedPress { press, order: Some(approval.order), is_decided, outcome })
    }
}

impl DecideApprovalHandler {
    /// Why somebody may not decide.
    fn objection(&self, press: &ApprovalPress, order: &DeployOrder) -> Option<PressOutcome> {
        let deploy = self.configuration.deploy.as_ref();
        let Some(deploy) = deploy.filter(|deploy| deploy.approvers.contains(&press.user_id)) else {
            return Some(PressOutcome::NotAnApprover);
        };
        let is_own = press.user_id == order.origin.user_id;
        (is_own && !deploy.allow_self_approval).then_some(PressOutcome::OwnRequest)
    }

    /// Decides, unless it was decided before. Which press is the first is settled in the bucket; the engine settles
    /// whether it came in time.
    async fn decide(
        &self,
        execution: &str,
        press: &ApprovalPress,
        key: &ObjectKey,
        found: &Approval,
    ) -> Result<PressOutcome, Failure<DecideApprovalError>> {
        let decision = Decision {
            verdict: press.verdict,
            user_id: Some(press.user_id.clone()),
            decided_at: press.pressed_at.clone(),
        };
        let decide = |before: Option<&Approval>| {
            let undecided = before.filter(|before| before.decision.is_none())?.clone();
            Some(Approval {
                decision: Some(decision.clone()),
                press: Some(execution.to_owned()),
                ..undecided
            })
        };
        let decided = self.documents.change(key, decide).await.map_err(|error| failure(&error))?;
        let Some((decided, first)) = decided.and_then(|it| Some((it.clone(), it.decision?))) else {
            return Err(not_open(press));
        };
        if decided.press.as_deref() != Some(execution) {
            // Whoever decided may have been cut off before the engine heard of it.
            if is_long_after(press, &first) {
                self.tell(&decided.token, &first).await?;
            }
            return Ok(PressOutcome::TooLate { decision: Some(first) });
        }
        let is_heard = self.tell(&decided.token, &first).await?;
        // Where an attempt before this one was heard, the leads' message says so.
        if is_heard || found.press.as_deref() == Some(execution) {
            return Ok(PressOutcome::Decided);
        }
        self.expired(execution, press, key).await
    }

    /// Tells the engine the first decision. Says whether the engine was still waiting for it.
    async fn tell(&self, token: &str, first: &Decision) -> Result<bool, Failure<DecideApprovalError>> {
        if first.verdict == Verdict::Expired {
            return Ok(false);
        }
        let output = serde_json::to_value(first).expect("a decision has string keys only");
        match self.tokens.answer(token, &output).await {
            Ok(answered) => Ok(answered == Answered::Taken),
            Err(error) => Err(Failure::new(DecideApprovalError::EngineUnavailable, error.to_string())),
        }
    }

    /// Notes that a decision came too late, for whoever presses after it.
    async fn expired(
        &self,
        execution: &str,
        press: &ApprovalPress,
        key: &ObjectKey,
    ) -> Result<PressOutcome, Failure<DecideApprovalError>> {
        let decision =
            Decision { verdict: Verdict::Expired, user_id: None, decided_at: press.pressed_at.clone() };
        let expire = |before: Option<&Approval>| {
            let own = before.filter(|before| before.press.as_deref() == Some(execution))?.clone();
            Some(Approval { decision: Some(decision.clone()), ..own })
        };
        self.documents.change(key, expire).await.map_err(|error| failure(&error))?;
        Ok(PressOutcome::TooLate { decision: Some(decision) })
    }
}

/// Whether a press came so long after the decision that whoever decided has told the engine, or does not any more. Of two
/// that press at once, only the first may tell it: else the first would find that nothing waits, as if it were too late.
fn is_long_after(press: &ApprovalPress, decision: &Decision) -> bool {
    let time = |text: &str| text.parse::<Timestamp>().ok();
    let between = time(&press.pressed_at).zip(time(&decision.decided_at));
    between.is_some_and(|(pressed, decided)| pressed.duration_since(decided) >= TIME_TO_TELL)
}

fn not_open(press: &ApprovalPress) -> Failure<DecideApprovalError> {
    let cause = format!("Nothing waits for a decision under the name {}.", press.approval);
    Failure::new(DecideApprovalError::ApprovalNotOpen, cause)
}

fn failure(error: &DocumentError) -> Failure<DecideApprovalError> {
    error.failure(DecideApprovalError::StorageUnavailable, DecideApprovalError::ApprovalUnreadable)
}
