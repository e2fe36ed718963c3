//! A message that breaks a rule.

use ackflow_asl::{
    StepError,
    builder::{Caught, Chain, Flow, Reshape, publish, reshape, task, when},
    field,
};
use ackflow_schemas::{
    devops::{ModeratedMessage, ModerationCase},
    notice::Notice,
};
use serde_json::{Value, json};

use crate::{
    DeleteMessage, DeleteMessageError,
    backoff::{FOR_A_DAY, SOON},
    notices::notice,
};

/// The flow's name.
pub(crate) const MODERATION: &str = "moderation";

/// The flow of a message that breaks a rule.
pub fn moderation() -> Flow<ModerationCase> {
    let delete = task::<DeleteMessage>()
        .retry(DeleteMessageError::transient(), SOON)
        .retry_platform(SOON)
        .recover(reshape::<NotDeleted>());
    let still_there = field!(ModeratedMessage: is_deleted).is(false);
    let stages = Chain::from(delete)
        .then(when("IsStillThere", still_there, publish::<TellModerators>().retry(FOR_A_DAY)))
        .then(publish::<TellAuthor>().retry(FOR_A_DAY));
    let comment = "A message that breaks a rule: deleted or reported, and its author told.";
    Flow::new(MODERATION, comment, 3 * 24 * 3600, stages)
}

/// Reports a message that could not be deleted.
struct NotDeleted;

impl Reshape for NotDeleted {
    const NAME: &'static str = "NotDeleted";
    type From = Caught<ModerationCase>;
    type To = ModeratedMessage;

    fn template() -> Value {
        json!({ "case.$": "$", "is_deleted": false, "obstacle.$": "$.failure.Error" })
    }
}

notice! {
    /// Tells the moderators of a message that is to be deleted by hand.
    TellModerators: ModeratedMessage => "moderators_told" ModeratorsTold { message: ModeratedMessage = "$" }
}

notice! {
    /// Tells the author of a message which rule it breaks, and what became of it.
    TellAuthor: ModeratedMessage => "author_told" AuthorTold { message: ModeratedMessage = "$" }
}
