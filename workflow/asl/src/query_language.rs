//! The language in which a state selects and transforms data.

use serde::{Deserialize, Serialize};

/// `QueryLanguage` of a state machine or a state.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum QueryLanguage {
    /// Paths, payload templates and intrinsic functions.
    #[default]
    #[serde(rename = "JSONPath")]
    JsonPath,
    /// Expressions between `{%` and `%}`.
    #[serde(rename = "JSONata")]
    Jsonata,
}
