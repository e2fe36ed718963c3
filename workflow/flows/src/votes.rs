//! The reactions on a message have changed.

use ackflow_asl::{
    StepError,
    builder::{Flow, publish, task, wait_until, when},
    field,
};
use ackflow_schemas::{
    devops::{CountRequest, Tally},
    notice::Notice,
};

use crate::{
    CountReactions, CountReactionsError,
    backoff::{FOR_A_DAY, SOON},
    notices::notice,
};

/// The flow's name.
pub(crate) const VOTES: &str = "votes";

/// The flow of a message whose reactions have changed: all changes within a short time are one execution, which counts
/// when that time is over.
pub fn votes() -> Flow<CountRequest> {
    let count =
        task::<CountReactions>().retry(CountReactionsError::transient(), FOR_A_DAY).retry_platform(SOON);
    let show = publish::<ShowVotes>().retry(FOR_A_DAY);
    let stages = wait_until("UntilTheySettle", &field!(CountRequest: count_at)).then(count).then(when(
        "IsStillThere",
        field!(Tally: is_gone).is(false),
        show,
    ));
    Flow::new(VOTES, "Reactions on a message: counted where they are true.", 3 * 24 * 3600, stages)
}

notice! {
    /// Shows in the thread of a message how many reacted how.
    ShowVotes: Tally => "votes_counted" VotesCounted { tally: Tally = "$" }
}
