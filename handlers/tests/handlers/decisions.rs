//! Who decides a deployment: the first press of somebody who may, and only that.

use std::{sync::Arc, time::Duration};

use ackflow_asl::{Call, Failure};
use ackflow_flows::{AwaitDecisionError, Configuration, DecideApprovalError};
use ackflow_handlers::{AwaitDecisionHandler, DecideApprovalHandler, StepHandler};
use ackflow_schemas::devops::{
    Approval, ApprovalPress, Decision, DeployRequest, JudgedPress, PressOutcome, Verdict,
};
use futures_util::{FutureExt, future::join};
use serde_json::{Value, json};

use crate::{
    fake_ports::{Bucket, Health, VirtualClock},
    fake_task_tokens::FakeTaskTokens,
    orders::{ASKER, LEAD, OTHER_LEAD, configuration, order},
    request::NOW,
    step_output::assert_step_output,
};

/// The deployment that waits.
const WAITING: &str = "T0TEAM-Ev0EVENT";

/// Where it lies.
const APPROVAL: &str = "approvals/T0TEAM-Ev0EVENT.json";

const TOKEN: &str = "AAAAKgAAAAIAAAAA";

const PRESSED_AT: &str = "2022-12-10T00:20:00Z";

const A_MINUTE_LATER: &str = "2022-12-10T00:21:00Z";

/// The steps that ask and decide.
struct Leads {
    bucket: Arc<Bucket>,
    tokens: Arc<FakeTaskTokens>,
    await_decision: AwaitDecisionHandler,
    decide: DecideApprovalHandler,
}

impl Leads {
    fn with(configuration: Arc<Configuration>) -> Self {
        let (bucket, tokens) = (Arc::<Bucket>::default(), Arc::<FakeTaskTokens>::default());
        let clock = Arc::new(VirtualClock::at(NOW));
        Self {
            await_decision: AwaitDecisionHandler::new(bucket.clone(), clock),
            decide: DecideApprovalHandler::new(bucket.clone(), tokens.clone(), configuration),
            bucket,
            tokens,
        }
    }

    /// A deployment waits for them.
    async fn asked() -> Self {
        Self::asked_with(configuration()).await
    }

    async fn asked_with(configuration: Arc<Configuration>) -> Self {
        let leads = Self::with(configuration);
        leads.ask(TOKEN).await.unwrap();
        leads
    }

    async fn ask(&self, token: &str) -> Result<(), Failure<AwaitDecisionError>> {
        self.tokens.begin(token);
        let call = Call::new(WAITING, DeployRequest { order: order("api", "prod") });
        self.await_decision.run(Call { token: Some(token.to_owned()), ..call }).await
    }

    /// Somebody presses a button, which starts an execution of this name.
    async fn press(
        &self,
        execution: &str,
        user: &str,
        verdict: Verdict,
    ) -> Result<JudgedPress, Failure<DecideApprovalError>> {
        self.decide.run(Call::new(execution, press(user, verdict))).await
    }

    async fn outcome(&self, execution: &str, user: &str, verdict: Verdict) -> PressOutcome {
        let judged = self.press(execution, user, verdict).await.unwrap();
        assert_eq!(judged.is_decided, judged.outcome == PressOutcome::Decided);
        assert_eq!(judged.order, Some(order("api", "prod")));
        judged.outcome
    }

    /// The decisions that the engine took.
    fn decided(&self) -> Vec<Value> {
        self.tokens.answers().into_iter().map(|(_, decision)| decision).collect()
    }
}

fn press(user: &str, verdict: Verdict) -> ApprovalPress {
    ApprovalPress {
        approval: WAITING.to_owned(),
        verdict,
        team_id: "T0TEAM".to_owned(),
        channel_id: "C0LEADS".to_owned(),
        user_id: user.to_owned(),
        pressed_at: PRESSED_AT.to_owned(),
    }
}

fn decision(user: &str, verdict: Verdict) -> Decision {
    Decision { verdict, user_id: Some(user.to_owned()), decided_at: PRESSED_AT.to_owned() }
}

fn too_late(decision: Option<Decision>) -> PressOutcome {
    PressOutcome::TooLate { decision }
}

/// A configuration in which whoever may approve may approve what they asked for.
fn with_self_approval(approvers: &[&str]) -> Arc<Configuration> {
    let mut configuration = Configuration::clone(&configuration());
    let deploy = configuration.deploy.as_mut().expect("a section [deploy]");
    deploy.allow_self_approval = true;
    deploy.approvers = approvers.iter().map(|&user| user.to_owned()).collect();
    Arc::new(configuration)
}

#[tokio::test]
async fn an_approver_decides_and_the_engine_hears_it() {
    for (verdict, name) in [(Verdict::Approved, "approved"), (Verdict::Denied, "denied")] {
        let leads = Leads::asked().await;
        assert_eq!(leads.outcome("press-1", LEAD, verdict).await, PressOutcome::Decided);
        let decision = json!({ "verdict": name, "user_id": LEAD, "decided_at": PRESSED_AT });
        assert_eq!(leads.tokens.answers(), [(TOKEN.to_owned(), decision)]);
    }
}

#[tokio::test]
async fn whoever_is_no_approver_decides_nothing() {
    let leads = Leads::asked().await;
    for user in ["U0SOMEBODY", ASKER] {
        let outcome = leads.outcome("press-1", user, Verdict::Denied).await;
        assert_eq!(outcome, PressOutcome::NotAnApprover);
    }
    assert!(leads.decided().is_empty());
    assert_eq!(leads.outcome("press-2", LEAD, Verdict::Approved).await, PressOutcome::Decided, "it is open");
}

#[tokio::test]
async fn where_nothing_is_deployed_any_more_nobody_is_an_approver() {
    let leads = Leads::asked_with(Arc::default()).await;
    assert_eq!(leads.outcome("press-1", LEAD, Verdict::Approved).await, PressOutcome::NotAnApprover);
    assert!(leads.decided().is_empty());
}

#[tokio::test]
async fn nobody_approves_their_own_request_unless_that_is_allowed() {
    let mut strict = Configuration::clone(&with_self_approval(&[ASKER, LEAD]));
    strict.deploy.as_mut().expect("a section [deploy]").allow_self_approval = false;
    let leads = Leads::asked_with(Arc::new(strict)).await;
    assert_eq!(leads.outcome("press-1", ASKER, Verdict::Approved).await, PressOutcome::OwnRequest);
    assert!(leads.decided().is_empty());
    assert_eq!(leads.outcome("press-2", LEAD, Verdict::Approved).await, PressOutcome::Decided, "it is open");

    let leads = Leads::asked_with(with_self_approval(&[ASKER, LEAD])).await;
    assert_eq!(leads.outcome("press-1", ASKER, Verdict::Approved).await, PressOutcome::Decided);

    let leads = Leads::asked_with(with_self_approval(&[LEAD])).await;
    assert_eq!(leads.outcome("press-1", ASKER, Verdict::Approved).await, PressOutcome::NotAnApprover);
}

#[tokio::test]
async fn the_first_press_wins_and_whoever_is_later_is_told_the_decision() {
    let leads = Leads::asked().await;
    assert_eq!(leads.outcome("press-1", LEAD, Verdict::Denied).await, PressOutcome::Decided);
    let denied = decision(LEAD, Verdict::Denied);
    for (execution, user) in [("press-2", OTHER_LEAD), ("press-3", LEAD)] {
        let outcome = leads.outcome(execution, user, Verdict::Approved).await;
        assert_eq!(outcome, too_late(Some(denied.clone())));
    }
    assert_eq!(leads.decided(), [serde_json::to_value(denied).unwrap()]);
}

#[tokio::test(start_paused = true)]
async fn of_two_presses_at_once_one_decides() {
    let leads = Leads::asked().await;
    // Both wait between reading and writing.
    leads.bucket.health.set(Health::Slow(Duration::ZERO));
    let (one, other) = join(
        leads.outcome("press-1", LEAD, Verdict::Approved),
        leads.outcome("press-2", OTHER_LEAD, Verdict::Denied),
    )
    .await;
    let decision = match (&one, &other) {
        (PressOutcome::Decided, PressOutcome::TooLate { decision: Some(decision) }) => {
            assert_eq!(decision.user_id.as_deref(), Some(LEAD));
            decision
        }
        (PressOutcome::TooLate { decision: Some(decision) }, PressOutcome::Decided) => {
            assert_eq!(decision.user_id.as_deref(), Some(OTHER_LEAD));
            decision
        }
        _ => panic!("one decides, the other is told: {one:?}, {other:?}"),
    };
    assert_eq!(leads.decided(), [serde_json::to_value(decision).unwrap()]);
}

#[tokio::test]
async fn a_decision_that_the_engine_does_not_take_for_now_stays_that_of_the_first() {
    let leads = Leads::asked().await;
    leads.tokens.health.set(Health::Down);
    let failure = leads.press("press-1", LEAD, Verdict::Approved).await.unwrap_err();
    assert_eq!(failure.error, DecideApprovalError::EngineUnavailable);
    assert!(failure.cause.contains("the engine"), "{failure}");

    leads.tokens.health.set(Health::Up);
    let approved = decision(LEAD, Verdict::Approved);
    let outcome = leads.outcome("press-2", OTHER_LEAD, Verdict::Denied).await;
    assert_eq!(outcome, too_late(Some(approved.clone())));
    assert!(leads.decided().is_empty(), "the first may be about to tell the engine");

    let press = ApprovalPress { pressed_at: A_MINUTE_LATER.to_owned(), ..press(OTHER_LEAD, Verdict::Denied) };
    let judged = leads.decide.run(Call::new("press-3", press)).await.unwrap();
    assert_eq!(judged.outcome, too_late(Some(approved.clone())));
    let heard = [serde_json::to_value(approved).unwrap()];
    assert_eq!(leads.decided(), heard, "whoever presses later has the first decision heard");

    assert_eq!(leads.outcome("press-1", LEAD, Verdict::Approved).await, PressOutcome::Decided);
    assert_eq!(leads.decided(), heard, "once");
}

#[tokio::test]
async fn after_a_crash_before_the_engine_heard_it_the_same_press_decides() {
    let leads = Leads::asked().await;
    leads.tokens.health.set(Health::Silent);
    assert!(leads.press("press-1", LEAD, Verdict::Approved).now_or_never().is_none(), "it died in between");
    leads.tokens.health.set(Health::Up);
    assert_eq!(leads.outcome("press-1", LEAD, Verdict::Approved).await, PressOutcome::Decided);
    assert_eq!(leads.decided(), [serde_json::to_value(decision(LEAD, Verdict::Approved)).unwrap()]);
}

#[tokio::test]
async fn after_a_crash_once_the_engine_heard_it_nothing_false_is_said() {
    let leads = Leads::asked().await;
    leads.tokens.health.set(Health::Mute);
    assert!(leads.press("press-1", LEAD, Verdict::Approved).now_or_never().is_none(), "it died in between");
    leads.tokens.health.set(Health::Up);
    assert_eq!(leads.outcome("press-1", LEAD, Verdict::Approved).await, PressOutcome::Decided);
    assert_eq!(leads.decided(), [serde_json::to_value(decision(LEAD, Verdict::Approved)).unwrap()]);
}

#[tokio::test]
async fn a_press_after_the_time_is_over_is_too_late() {
    let leads = Leads::asked().await;
    leads.tokens.expire(TOKEN);
    let PressOutcome::TooLate { decision: Some(decision) } =
        leads.outcome("press-1", LEAD, Verdict::Approved).await
    else {
        panic!("it is too late")
    };
    assert_eq!((decision.verdict, decision.user_id.as_deref()), (Verdict::Expired, None));
    assert!(leads.decided().is_empty());
    let after = leads.outcome("press-2", OTHER_LEAD, Verdict::Denied).await;
    assert_eq!(after, too_late(Some(decision)), "nobody reads that it was approved");
}

#[tokio::test]
async fn what_does_not_wait_is_named() {
    let leads = Leads::with(configuration());
    let failure = leads.press("press-1", LEAD, Verdict::Approved).await.unwrap_err();
    assert_eq!(failure.error, DecideApprovalError::ApprovalNotOpen);
    assert!(failure.cause.contains(WAITING), "{failure}");
    leads.ask(TOKEN).await.unwrap();
    assert_eq!(leads.outcome("press-1", LEAD, Verdict::Approved).await, PressOutcome::Decided);
}

#[tokio::test]
async fn whoever_asks_again_with_the_same_token_keeps_the_decision() {
    let leads = Leads::asked().await;
    leads.outcome("press-1", LEAD, Verdict::Approved).await;
    let kept = leads.bucket.content(APPROVAL);
    leads.ask(TOKEN).await.unwrap();
    assert_eq!(leads.bucket.content(APPROVAL), kept);
}

#[tokio::test]
async fn whoever_asks_again_with_a_new_token_asks_anew() {
    let leads = Leads::asked().await;
    leads.tokens.expire(TOKEN);
    leads.outcome("press-1", LEAD, Verdict::Approved).await;
    leads.ask("another token").await.unwrap();
    assert_eq!(leads.outcome("press-2", OTHER_LEAD, Verdict::Denied).await, PressOutcome::Decided);
    let denied = serde_json::to_value(decision(OTHER_LEAD, Verdict::Denied)).unwrap();
    assert_eq!(leads.tokens.answers(), [("another token".to_owned(), denied)]);
}

#[tokio::test]
async fn a_task_without_a_token_is_an_error() {
    let leads = Leads::with(configuration());
    let call = Call::new(WAITING, DeployRequest { order: order("api", "prod") });
    let failure = leads.await_decision.run(call).await.unwrap_err();
    assert_eq!(failure.error, AwaitDecisionError::TokenMissing);
    assert_eq!(leads.bucket.content(APPROVAL), None);
}

#[tokio::test]
async fn a_document_that_is_not_ours_is_left_and_named() {
    let leads = Leads::with(configuration());
    leads.bucket.put(APPROVAL, "not ours");
    let asked = leads.ask(TOKEN).await.unwrap_err();
    let pressed = leads.press("press-1", LEAD, Verdict::Approved).await.unwrap_err();
    assert_eq!(asked.error, AwaitDecisionError::BoardUnreadable);
    assert_eq!(pressed.error, DecideApprovalError::ApprovalUnreadable);
    assert!(asked.cause.contains(APPROVAL), "{asked}");
    assert!(pressed.cause.contains(APPROVAL), "{pressed}");
    assert_eq!(leads.bucket.content(APPROVAL), Some(b"not ours".to_vec()));
}

#[tokio::test]
async fn a_press_that_names_a_path_finds_nothing() {
    let leads = Leads::asked().await;
    let press = ApprovalPress {
        approval: "../approvals/T0TEAM-Ev0EVENT".to_owned(),
        ..press(LEAD, Verdict::Approved)
    };
    let failure = leads.decide.run(Call::new("press-1", press)).await.unwrap_err();
    assert_eq!(failure.error, DecideApprovalError::ApprovalUnreadable);
    assert!(leads.decided().is_empty());
}

#[tokio::test]
async fn a_bucket_that_is_down_is_named() {
    let leads = Leads::asked().await;
    leads.bucket.health.set(Health::Down);
    let pressed = leads.press("press-1", LEAD, Verdict::Approved).await.unwrap_err();
    assert_eq!(pressed.error, DecideApprovalError::StorageUnavailable);
    assert!(pressed.cause.contains("the bucket"), "{pressed}");
    assert!(leads.decided().is_empty());
}

#[tokio::test]
async fn what_the_steps_give() {
    let leads = Leads::asked().await;
    let asked: Approval = serde_json::from_slice(&leads.bucket.content(APPROVAL).unwrap()).unwrap();
    assert_step_output("AwaitDecision", &asked);
    let decided = leads.press("press-1", LEAD, Verdict::Approved).await.unwrap();
    assert_step_output("DecideApproval", &decided);
    let late = leads.press("press-2", OTHER_LEAD, Verdict::Denied).await.unwrap();
    assert_step_output("DecideApproval_too_late", &late);
}
