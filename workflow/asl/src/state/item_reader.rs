//! Where a distributed Map reads its items from.

use serde::{Deserialize, Serialize};

use crate::Template;

/// Where a distributed Map reads its items from ("`ItemReader`" of the specification).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ItemReader {
    /// What reads them: `arn:aws:states:::s3:getObject` or `arn:aws:states:::s3:listObjectsV2`.
    pub resource: String,
    /// What it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Template>,
    /// JSONata: what it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Template>,
    /// How the object is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader_config: Option<Template>,
}
