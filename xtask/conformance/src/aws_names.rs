//! Names as AWS has them, in the place of this engine's: whoever compares recorded executions expects those.

use serde_json::Value;

/// The region of what was recorded.
pub(crate) const REGION: &str = "us-east-1";

/// The region of this engine.
pub(crate) const OWN_REGION: &str = "local";

/// What this engine writes, and what AWS would.
const NAMES: [(&str, &str); 2] = [
    ("arn:aws:states:local:000000000000:", "arn:aws:states:us-east-1:111111111111:"),
    ("arn:aws:iam::000000000000:role/local", "arn:aws:iam::111111111111:role/conformance"),
];

/// The value with AWS's names, in every string.
pub(crate) fn with_aws_names(value: Value) -> Value {
    match value {
        Value::String(text) => {
            let rename = |text: String, (own, aws): &(&str, &str)| text.replace(own, aws);
            NAMES.iter().fold(text, rename).into()
        }
        Value::Array(items) => items.into_iter().map(with_aws_names).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, with_aws_names(value))).collect()
        }
        other => other,
    }
}
