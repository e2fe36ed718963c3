//! Somebody joined a channel that has a guide.

use ackflow_asl::builder::{Flow, publish};
use ackflow_schemas::{devops::GuidedMember, notice::Notice};

use crate::{backoff::FOR_A_DAY, notices::notice};

/// The flow's name.
pub(crate) const CHANNEL_GUIDES: &str = "channel-guides";

/// The flow of somebody who joined a channel that has a guide.
pub fn channel_guides() -> Flow<GuidedMember> {
    let comment = "Somebody who joined a channel that has a guide: pointed at it.";
    Flow::new(CHANNEL_GUIDES, comment, 2 * 24 * 3600, publish::<GuideMember>().retry(FOR_A_DAY))
}

notice! {
    /// Tells somebody who joined a channel what to know of it.
    GuideMember: GuidedMember => "member_guided" MemberGuided { member: GuidedMember = "$" }
}
