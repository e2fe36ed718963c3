//! Where a distributed Map writes its results to.

use serde::{Deserialize, Serialize};

use crate::Template;

/// Where a distributed Map writes its results to ("`ResultWriter`" of the specification).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResultWriter {
    /// What writes them: `arn:aws:states:::s3:putObject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// What it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Template>,
    /// JSONata: what it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Template>,
    /// The form of the results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer_config: Option<Template>,
}
