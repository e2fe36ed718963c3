//! A rule of a Choice, and where it leads.

use serde::{Deserialize, Serialize};

use super::present;
use crate::{Rule, Template};

/// A top-level choice rule: a condition and where it leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChoiceRule {
    /// What must hold.
    #[serde(flatten)]
    pub rule: Rule,
    /// The state that follows when it does.
    #[serde(rename = "Next")]
    pub next: String,
    /// JSONata: the state's output when it does.
    #[serde(
        rename = "Output",
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub output: Option<Template>,
    /// Variables to set when it does.
    #[serde(rename = "Assign", default, skip_serializing_if = "Option::is_none")]
    pub assign: Option<Template>,
}
