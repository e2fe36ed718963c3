//! Somebody pressed Approve or Deny.

use ackflow_asl::{
    StepError,
    builder::{Caught, Chain, Flow, Reshape, publish, reshape, task, when},
    field,
};
use ackflow_schemas::{
    devops::{ApprovalPress, JudgedPress},
    notice::Notice,
};

use serde_json::{Value, json};

use crate::{
    DecideApproval, DecideApprovalError,
    backoff::{FOR_A_DAY, SOON},
    notices::notice,
};

/// The flow's name.
pub(crate) const APPROVALS: &str = "approvals";

/// The flow of a press: the first one decides, and whoever presses in vain is told why.
pub fn approvals() -> Flow<ApprovalPress> {
    let decide = task::<DecideApproval>()
        .retry(DecideApprovalError::transient(), SOON)
        .retry_platform(SOON)
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
