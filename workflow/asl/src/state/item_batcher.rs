//! How a distributed Map puts several items into one input.

use serde::{Deserialize, Serialize};

use crate::{Path, Template};

/// How a distributed Map puts several items into one input ("`ItemBatcher`" of the specification).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ItemBatcher {
    /// What each batch holds besides its items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_input: Option<Template>,
    /// The most items of a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items_per_batch: Option<Template>,
    /// The same, read from the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items_per_batch_path: Option<Path>,
    /// The most bytes of a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_input_bytes_per_batch: Option<Template>,
    /// The same, read from the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_input_bytes_per_batch_path: Option<Path>,
}
