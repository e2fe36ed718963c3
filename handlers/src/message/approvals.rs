//! Approvals of deployments.

use ackflow_flows::APPROVAL_ACTIONS;
use ackflow_schemas::devops::{Decision, DeployOrder, JudgedPress, PressOutcome, ReviewedDeploy, Verdict};
use serde_json::{Value, json};

use super::{
    Message,
    blocks::{context, section},
    deployments::subject,
    mrkdwn::{time, time_after, user},
};

/// Asks the leads. `approval` is what a press of a button refers to.
pub(super) fn requested(approval: &str, order: &DeployOrder) -> Message {
    let request = request(order);
    let expiry = match time_after(&order.requested_at, order.patience_seconds) {
        Some(time) => format!("It expires {time}."),
        None => "It expires if nobody decides.".to_owned(),
    };
    let buttons: Vec<Value> =
        APPROVAL_ACTIONS.iter().map(|(action_id, verdict)| button(action_id, *verdict, approval)).collect();
    let actions = json!({ "type": "actions", "block_id": "approval", "elements": buttons });
    Message {
        text: format!("{request} Approve or deny it. {expiry}"),
        blocks: vec![section(&request), context(&expiry), actions],
    }
}

/// What the leads were asked, with the outcome in place of the buttons.
pub(super) fn decided(reviewed: &ReviewedDeploy) -> Message {
    let (request, outcome) = (request(&reviewed.order), outcome(&reviewed.decision));
    Message { text: format!("{request} {outcome}"), blocks: vec![section(&request), context(&outcome)] }
}

pub(super) fn awaited(order: &DeployOrder) -> String {
    format!("Deploying {} needs an approval. I am asking the leads.", subject(order))
}

/// Tells whoever pressed a button why that changed nothing.
pub(super) fn refused(judged: &JudgedPress) -> String {
    let what = judged.order.as_ref().map_or_else(
        || "this deployment".to_owned(),
        |order| format!("the deployment of {}", subject(order)),
    );
    match &judged.outcome {
        PressOutcome::Decided => format!("You decided {what}."),
        PressOutcome::NotAnApprover => {
            format!("You are none of the approvers of {what}, so your press changed nothing.")
        }
        PressOutcome::OwnRequest => format!("You asked for {what} yourself: somebody else has to decide."),
        PressOutcome::NotOpen => {
            format!("Nobody has to decide {what} now. If it is still needed, ask for it again.")
        }
        PressOutcome::TooLate { decision: Some(decision) } => {
            format!("You are too late for {what}. {}", outcome(decision))
        }
        PressOutcome::TooLate { decision: None } => {
            format!("You are too late for {what}: it was decided before, or it has expired.")
        }
    }
}

/// What was decided, by whom and when.
pub(super) fn outcome(decision: &Decision) -> String {
    let verdict = match decision.verdict {
        Verdict::NotNeeded => return "It needed no approval.".to_owned(),
        Verdict::Expired => return "Expired: nobody decided in time.".to_owned(),
        Verdict::Approved => "Approved",
        Verdict::Denied => "Denied",
    };
    let by = decision.user_id.as_deref().map(|id| format!(" by {}", user(id))).unwrap_or_default();
    format!("{verdict}{by}, {}.", time(&decision.decided_at))
}

fn request(order: &DeployOrder) -> String {
    format!("{} asks to deploy {}.", user(&order.origin.user_id), subject(order))
}

/// Source: <https://docs.slack.dev/reference/block-kit/block-elements/button-element>
fn button(action_id: &str, verdict: Verdict, approval: &str) -> Value {
    let (label, style) =
        if verdict == Verdict::Approved { ("Approve", "primary") } else { ("Deny", "danger") };
    json!({
        "type": "button",
        "action_id": action_id,
        "text": { "type": "plain_text", "text": label },
        "style": style,
        "value": approval,
    })
}
