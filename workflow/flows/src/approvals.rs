//! Somebody pressed Approve or Deny.

use ackflow_asl::{
    StepError,
    builder::{Backoff, Caught, Chain, Flow, Reshape, publish, reshape, task, when},
    field,
};
use ackflow_schemas::{
    devops::{ApprovalPress, JudgedPress},
    notice::Notice,
};

use serde_json::{Value, json};

use crate::{
    DecideApproval, DecideApprovalError,
    backoff::{FOR_A_DAY, PERSISTENTLY},
    notices::notice,
};

/// The flow's name.
pub(crate) const APPROVALS: &str = "approvals";

/// Somebody may press before the deployment waits for it: some minutes.
const UNTIL_IT_IS_OPEN: Backoff =
    Backoff { interval_seconds: 1, rate: 1.5, max_delay_seconds: 30, max_attempts: 15 };

/// The flow of a press: the first one decides, and whoever presses in vain is told why.
pub fn approvals() -> Flow<ApprovalPress> {
    let decide = task::<DecideApproval>()
        .retry(DecideApprovalError::transient(), PERSISTENTLY)
        .retry_platform(PERSISTENTLY)
        .retry([DecideApprovalError::ApprovalNotOpen], UNTIL_IT_IS_OPEN)
        .recover_from([DecideApprovalError::ApprovalNotOpen], reshape::<NotOpen>());
    let refuse = publish::<RefusePress>().retry(FOR_A_DAY);
    let stages =
        Chain::from(decide).then(when("IsInVain", field!(JudgedPress: is_decided).is(false), refuse));
    let comment =
        "A press on Approve or Deny: the first one decides, and whoever presses in vain is told why.";
    Flow::new(APPROVALS, comment, 2 * 24 * 3600, stages)
}

/// Reports a press on the button of something that does not wait.
struct NotOpen;

impl Reshape for NotOpen {
    const NAME: &'static str = "NotOpen";
    type From = Caught<ApprovalPress>;
    type To = JudgedPress;

    fn template() -> Value {
        json!({ "press.$": "$", "is_decided": false, "outcome": { "outcome": "not_open" } })
    }
}

notice! {
    /// Tells whoever pressed a button, and nobody else, why that changed nothing.
    RefusePress: JudgedPress => "press_refused" PressRefused { judged: JudgedPress = "$" }
}
