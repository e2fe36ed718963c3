//! A regular expression of a moderation rule.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

/// Bytes of a compiled pattern, 4 MiB: enough for long lists of words, and little for a Lambda function.
const LARGEST: usize = 4 << 20;

/// A regular expression, in the syntax of the regex crate: <https://docs.rs/regex/latest/regex/#syntax>. It takes
/// time in proportion to the text, whatever either is.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Whether it is found in a text.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The expression, as it is written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        RegexBuilder::new(&text).size_limit(LARGEST).build().map(Self).map_err(|error| {
            // The lines before the last one show the expression with a mark below it.
            let error = error.to_string();
            let what = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
            D::Error::custom(format!(
                "it is no regular expression: {what}; https://docs.rs/regex/latest/regex/#syntax says how to write one"
            ))
        })
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A regular expression." })
    }
}
