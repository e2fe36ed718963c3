//! Where an execution goes on after an error.

use serde::{Deserialize, Serialize};

use super::{Nullable, present};
use crate::{ReferencePath, Template};

/// A catcher ("Fallback states" of the specification).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Catcher {
    /// The errors it is for.
    pub error_equals: Vec<String>,
    /// Where the error output goes in the state's input.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub result_path: Nullable<ReferencePath>,
    /// JSONata: what the following state is given; the error output when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub output: Option<Template>,
    /// Variables to set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign: Option<Template>,
    /// The state that follows.
    pub next: String,
}
