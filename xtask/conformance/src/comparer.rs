//! Compares values with recorded ones, in which names, times and ids were replaced.

use std::cmp::Reverse;

use regex_lite::Regex;
use serde_json::{Map, Value};

use crate::Difference;

/// Strings that stand for anything where they are the whole string.
const WORDS: [&str; 10] = [
    "date",
    "timestamp",
    "datetime",
    "start-date",
    "stop-date",
    "RequestId",
    "X-Amzn-Trace-Id",
    "x-amz-crc32",
    "x-amzn-RequestId",
    "snf_role_arn",
];

/// What stands for any text within a string: `<uuid:1>`, and `<<task_token>:1>` with a name in the name.
const PLACEHOLDER: &str = "<<[^<>]+>[^<>]*>|<[^<>]+>";

/// A time, which the recorder replaced by `date`.
const TIMESTAMP: &str = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?";

/// Compares values with the recorded ones of a scenario.
#[derive(Debug)]
pub struct Comparer {
    wildcard: Regex,
    timestamp: Regex,
}

impl Comparer {
    /// A comparer. `tokens` are words that stand for anything, too.
    ///
    /// # Panics
    /// Never: the words are escaped.
    pub fn new(tokens: &[String]) -> Self {
        let mut tokens: Vec<_> = tokens.iter().filter(|token| !token.is_empty()).collect();
        // One may be the beginning of another.
        tokens.sort_by_key(|token| Reverse(token.len()));
        let mut patterns = vec![PLACEHOLDER.to_owned()];
        patterns.extend(tokens.into_iter().map(|token| regex_lite::escape(token)));
        Self {
            wildcard: Regex::new(&patterns.join("|")).expect("placeholders and escaped words are a pattern"),
            timestamp: Regex::new(TIMESTAMP).expect("the pattern of a time is one"),
        }
    }

    /// Where a value first differs from the recorded one.
    pub fn difference(&self, expected: &Value, own: &Value) -> Option<Difference> {
        match (expected, own) {
            (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
                let mut pairs = left.iter().zip(right).enumerate();
                pairs.find_map(|(index, (left, right))| Some(self.difference(left, right)?.within(index)))
            }
            (Value::Object(left), Value::Object(right)) => self.difference_of_fields(left, right),
            // The recorder parsed some JSON in strings, and left some.
            (Value::String(text), Value::Array(_) | Value::Object(_)) if !self.is_wildcard(text) => {
                match container(text) {
                    Some(expected) => self.difference(&expected, own),
                    None => Some(Difference::between(Some(expected), Some(own))),
                }
            }
            (Value::Array(_) | Value::Object(_), Value::String(text)) => match container(text) {
                Some(own) => self.difference(expected, &own),
                None => Some(Difference::between(Some(expected), Some(own))),
            },
            _ if self.is_same_scalar(expected, own) => None,
            _ => Some(Difference::between(Some(expected), Some(own))),
        }
    }

    /// Whether a value is as recorded.
    pub fn is_same(&self, expected: &Value, own: &Value) -> bool {
        self.difference(expected, own).is_none()
    }

    fn difference_of_fields(
        &self,
        expected: &Map<String, Value>,
        own: &Map<String, Value>,
    ) -> Option<Difference> {
        let wrong = expected.iter().find_map(|(name, value)| {
            let difference = match own.get(name) {
                Some(own) => self.difference(value, own)?,
                None => Difference::between(Some(value), None),
            };
            Some(difference.within(name))
        });
        wrong.or_else(|| {
            let (name, value) = own.iter().find(|(name, _)| !expected.contains_key(*name))?;
            Some(Difference::between(None, Some(value)).within(name))
        })
    }

    fn is_same_scalar(&self, expected: &Value, own: &Value) -> bool {
        match (expected, own) {
            (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
            (Value::String(left), Value::String(right)) => self.is_same_text(left, right),
            (Value::String(text), own) => !own.is_null() && self.is_wildcard(text),
            _ => expected == own,
        }
    }

    fn is_same_text(&self, expected: &str, own: &str) -> bool {
        if expected == own || self.is_wildcard(expected) {
            return true;
        }
        if let (Some(expected), Some(own)) = (container(expected), container(own)) {
            return self.is_same(&expected, &own);
        }
        let expected = self.timestamp.replace_all(expected, "date");
        let own = self.timestamp.replace_all(own, "date");
        let pieces: Vec<_> = self.wildcard.split(&expected).collect();
        has_pieces(&own, &pieces)
    }

    /// Whether the whole string stands for anything.
    fn is_wildcard(&self, text: &str) -> bool {
        WORDS.contains(&text) || self.wildcard.find(text).is_some_and(|found| found.as_str() == text)
    }
}

/// The object or array that a string holds as JSON.
fn container(text: &str) -> Option<Value> {
    let is_container = text.trim_start().starts_with(['{', '[']);
    if is_container { serde_json::from_str(text).ok() } else { None }
}

/// Whether a text has these pieces in this order, the first at its start and the last at its end.
fn has_pieces(text: &str, pieces: &[&str]) -> bool {
    let [first, middle @ .., last] = pieces else { return pieces == [text] };
    let Some(mut rest) = text.strip_prefix(*first) else { return false };
    for piece in middle {
        let Some(at) = rest.find(*piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(*last)
}
