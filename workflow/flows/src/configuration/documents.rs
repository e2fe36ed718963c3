//! The section `[documents]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Storing the files that people post with #hashtags.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Documents {
    /// Whether files are stored. Default: true.
    pub enabled: bool,
}

impl Default for Documents {
    fn default() -> Self {
        Self { enabled: true }
    }
}
