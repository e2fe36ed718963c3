//! Somebody joined the workspace.

use ackflow_asl::{
    StepError,
    builder::{Chain, Flow, publish, task},
};
use ackflow_schemas::{
    devops::{Newcomer, WelcomedNewcomer},
    notice::Notice,
};

use crate::{
    InviteNewcomer, InviteNewcomerError,
    backoff::{FOR_A_DAY, PERSISTENTLY},
    notices::notice,
};

/// The flow's name.
pub(crate) const ONBOARDING: &str = "onboarding";

/// The flow of somebody who joined the workspace.
pub fn onboarding() -> Flow<Newcomer> {
    let invite = task::<InviteNewcomer>()
        .retry(InviteNewcomerError::transient(), PERSISTENTLY)
        .retry_platform(PERSISTENTLY);
    let stages = Chain::from(invite).then(publish::<WelcomeNewcomer>().retry(FOR_A_DAY));
    let comment = "Somebody who joined the workspace: invited to the default channels, and greeted.";
    Flow::new(ONBOARDING, comment, 3 * 24 * 3600, stages)
}

notice! {
    /// Greets somebody who joined the workspace.
    WelcomeNewcomer: WelcomedNewcomer => "newcomer_welcomed" NewcomerWelcomed { newcomer: WelcomedNewcomer = "$" }
}
