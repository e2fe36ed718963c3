//! A deployment: approved where that is needed, in its turn, at most once, and its end told.

use ackflow_asl::{
    StepError, ask,
    builder::{Backoff, Caught, Chain, Flow, Reshape, ask, attempt, choose, publish, reshape, task},
    field,
};
use ackflow_schemas::{
    devops::{Decision, DeployOrder, DeployReport, DeployRequest, ReviewedDeploy, Verdict},
    notice::Notice,
};
use serde_json::{Value, json};

use crate::{
    AwaitDecision, AwaitDecisionError, CheckDeploy, CheckDeployError, EndTurn, EndTurnError, StartDeploy,
    StartDeployError, TakeTurn, TakeTurnError,
    backoff::{FOR_A_DAY, PERSISTENTLY, SOON},
    notices::notice,
};

/// The flow's name.
pub(crate) const DEPLOYMENTS: &str = "deployments";

/// The turn of a deployment that waits: looked for a few times a minute, for about a day.
const UNTIL_ITS_TURN: Backoff =
    Backoff { interval_seconds: 10, rate: 1.1, max_delay_seconds: 60, max_attempts: 2_500 };

/// The end of a deployment: looked for a few times a minute, for several hours.
const UNTIL_IT_ENDS: Backoff =
    Backoff { interval_seconds: 5, rate: 1.1, max_delay_seconds: 30, max_attempts: 1_500 };

/// Forty days: the longest wait for an approval, and a day for each thing that may take one.
const TIMEOUT_SECONDS: u64 = 40 * 24 * 3600;

/// The flow of a deployment.
pub fn deployments() -> Flow<DeployRequest> {
    let is = |verdict| field!(ReviewedDeploy: decision.verdict).is(verdict);
    let review_and_deploy = choose(
        "NeedsApproval",
        field!(DeployRequest: order.needs_approval).is(true),
        review(),
        reshape::<NoApprovalNeeded>(),
    )
    .then(choose(
        "IsToBeDone",
        is(Verdict::Approved).or(is(Verdict::NotNeeded)),
        attempt("Deploy", deploy(), reshape::<DeployFailed>()),
        reshape::<NotApproved>(),
    ));
    let stages = attempt("ReviewAndDeploy", review_and_deploy, reshape::<ReviewFailed>())
        .then(publish::<TellDeployEnded>().retry(FOR_A_DAY))
        .then(task::<EndTurn>().retry(EndTurnError::transient(), PERSISTENTLY).retry_platform(PERSISTENTLY));
    let comment = "A deployment: approved where that is needed, in its turn, at most once, and its end told.";
    Flow::new(DEPLOYMENTS, comment, TIMEOUT_SECONDS, stages)
}

/// Asks the leads, and waits for the first of them to decide.
fn review() -> Chain<DeployRequest, ReviewedDeploy> {
    let decide = ask::<Review>()
        .retry(AwaitDecisionError::transient(), PERSISTENTLY)
        .retry_platform(PERSISTENTLY)
        .recover_from_timeout(reshape::<Expired>());
    // Whoever is asked can answer at once: nothing comes between the buttons and what takes a press.
    Chain::from(publish::<TellApprovalAwaited>().retry(FOR_A_DAY))
        .then(publish::<AskLeads>().retry(FOR_A_DAY))
        .then(decide)
        .then(publish::<ShowDecision>().retry(FOR_A_DAY))
}

/// Deploys once the deployments before it have ended.
fn deploy() -> Chain<ReviewedDeploy, DeployReport> {
    let wait_for_turn = Chain::from(publish::<TellDeployWaits>().retry(FOR_A_DAY)).forget_failure().then(
        task::<TakeTurn>()
            .named("TakeTurnLater")
            .retry(TakeTurnError::transient().chain([TakeTurnError::TurnTaken]), UNTIL_ITS_TURN)
            .retry_platform(UNTIL_ITS_TURN),
    );
    let turn = task::<TakeTurn>()
        .retry(TakeTurnError::transient(), SOON)
        .retry_platform(SOON)
        .recover_from([TakeTurnError::TurnTaken], wait_for_turn);
    let start = task::<StartDeploy>()
        .retry(StartDeployError::transient(), SOON)
        .retry([StartDeployError::StartUnderWay], UNTIL_IT_ENDS)
        .retry_platform(SOON);
    let check = task::<CheckDeploy>()
        .retry(CheckDeployError::transient().chain([CheckDeployError::DeployRunning]), UNTIL_IT_ENDS)
        .retry_platform(UNTIL_IT_ENDS);
    Chain::from(turn).then(publish::<TellDeployStarted>().retry(FOR_A_DAY)).then(start).then(check)
}

ask!(
    /// The first decision of the leads.
    Review: AwaitDecision, DeployRequest => ReviewedDeploy.decision[Decision],
    keeping order; within order.patience_seconds
);

/// Nobody has to be asked.
struct NoApprovalNeeded;

impl Reshape for NoApprovalNeeded {
    const NAME: &'static str = "NoApprovalNeeded";
    type From = DeployRequest;
    type To = ReviewedDeploy;

    fn template() -> Value {
        decided(Verdict::NotNeeded)
    }
}

/// Nobody decided in time.
struct Expired;

impl Reshape for Expired {
    const NAME: &'static str = "Expired";
    type From = Caught<DeployRequest>;
    type To = ReviewedDeploy;

    fn template() -> Value {
        decided(Verdict::Expired)
    }
}

fn decided(verdict: Verdict) -> Value {
    let decision = json!({ "verdict": verdict, "decided_at.$": "$$.State.EnteredTime" });
    json!({ "order.$": "$.order", "decision": decision })
}

/// Reports a deployment that was denied, or that nobody decided.
struct NotApproved;

impl Reshape for NotApproved {
    const NAME: &'static str = "NotApproved";
    type From = ReviewedDeploy;
    type To = DeployReport;

    fn template() -> Value {
        reported(json!({ "result": "not_approved" }))
    }
}

/// Reports a deployment that broke off.
struct DeployFailed;

impl Reshape for DeployFailed {
    const NAME: &'static str = "DeployFailed";
    type From = Caught<ReviewedDeploy>;
    type To = DeployReport;

    fn template() -> Value {
        reported(failed())
    }
}

/// Reports a deployment that could not be reviewed: whatever deploys is within an attempt of its own. Nobody decided it,
/// so nothing was started.
struct ReviewFailed;

impl Reshape for ReviewFailed {
    const NAME: &'static str = "ReviewFailed";
    type From = Caught<DeployRequest>;
    type To = DeployReport;

    fn template() -> Value {
        let mut report = decided(Verdict::Expired);
        report["result"] = failed();
        report
    }
}

fn failed() -> Value {
    json!({ "result": "failed", "error.$": "$.failure.Error", "cause.$": "$.failure.Cause" })
}

#[allow(clippy::needless_pass_by_value, reason = "it becomes part of the template")]
fn reported(result: Value) -> Value {
    json!({ "order.$": "$.order", "decision.$": "$.decision", "result": result })
}

notice! {
    /// Asks the leads to approve a deployment, with a button for each verdict.
    AskLeads: DeployRequest => "approval_requested" ApprovalRequested {
        approval: String = "$$.Execution.Name",
        order: DeployOrder = "$.order"
    }
}

notice! {
    /// Tells who asked that a deployment waits for an approval.
    TellApprovalAwaited: DeployRequest => "approval_awaited" ApprovalAwaited { order: DeployOrder = "$.order" }
}

notice! {
    /// Shows the leads who decided, in place of the buttons.
    ShowDecision: ReviewedDeploy => "approval_decided" ApprovalDecided {
        request: String = "States.Format('{}/AskLeads', $$.Execution.Name)",
        reviewed: ReviewedDeploy = "$"
    }
}

notice! {
    /// Tells who asked that another deployment of the service is under way.
    TellDeployWaits: Caught<ReviewedDeploy> => "deploy_waits" DeployWaits { order: DeployOrder = "$.order" }
}

notice! {
    /// Tells who asked that the deployment begins.
    TellDeployStarted: ReviewedDeploy => "deploy_started" DeployStarted { reviewed: ReviewedDeploy = "$" }
}

notice! {
    /// Tells who asked how the deployment ended.
    TellDeployEnded: DeployReport => "deploy_ended" DeployEnded { report: DeployReport = "$" }
}
