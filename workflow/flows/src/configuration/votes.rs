//! The section `[votes]`.

use std::{collections::BTreeSet, ops::RangeInclusive};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    findings::Findings,
    key::Key,
    slack_id::{CHANNEL_ID, check_channels},
};

/// Up to 5 minutes.
const SETTLE: RangeInclusive<u64> = 1..=300;

/// Counting reactions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Votes {
    /// The ids of the channels whose reactions are counted. At least one.
    #[schemars(length(min = 1), inner(regex(pattern = CHANNEL_ID)))]
    pub channels: BTreeSet<String>,
    /// Seconds within which reactions are counted together: 1 to 300. Default: 5.
    #[serde(default = "settle_seconds")]
    #[schemars(range(min = 1, max = 300))]
    pub settle_seconds: u64,
}

fn settle_seconds() -> u64 {
    5
}

impl Votes {
    pub(super) fn check(&self, key: &Key, findings: &mut Findings<'_>) {
        let channels = key.child("channels");
        // A channel that stands there and is wrong is reported already.
        if self.channels.is_empty() && !findings.has(&channels.item(0)) {
            findings.add(&channels, "there is no channel", "name one by its id (C…), or leave out [votes]");
        }
        check_channels(&channels, &self.channels, findings);
        findings.check_range(&key.child("settle_seconds"), self.settle_seconds, &SETTLE);
    }
}
