//! The operators of a comparison.

use std::cmp::Ordering;

use serde_json::Value;

use crate::{nearest::nearest, parse_timestamp};

/// What a comparison asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `StringEquals`, `NumericLessThan`, …: an order within a type.
    Compares(Kind, Relation),
    /// `StringMatches`: a pattern in which `*` stands for any characters.
    StringMatches,
    /// `IsPresent`: something is there.
    IsPresent,
    /// `IsNull`
    IsNull,
    /// `IsString`, `IsNumeric`, …
    Is(Kind),
}

/// A type of values that compare with one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text.
    String,
    /// Numbers.
    Numeric,
    /// True and false.
    Boolean,
    /// Texts that are timestamps.
    Timestamp,
}

/// How two values of a type compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// The same.
    Equals,
    /// Less.
    LessThan,
    /// Greater.
    GreaterThan,
    /// Less, or the same.
    LessThanEquals,
    /// Greater, or the same.
    GreaterThanEquals,
}

use Kind::{Boolean, Numeric, String, Timestamp};
use Operator::{Compares, Is, IsNull, IsPresent, StringMatches};
use Relation::{Equals, GreaterThan, GreaterThanEquals, LessThan, LessThanEquals};

/// Every operator.
const ALL_OPERATORS: &[Operator] = &[
    Compares(String, Equals),
    Compares(String, LessThan),
    Compares(String, GreaterThan),
    Compares(String, LessThanEquals),
    Compares(String, GreaterThanEquals),
    StringMatches,
    Compares(Numeric, Equals),
    Compares(Numeric, LessThan),
    Compares(Numeric, GreaterThan),
    Compares(Numeric, LessThanEquals),
    Compares(Numeric, GreaterThanEquals),
    Compares(Boolean, Equals),
    Compares(Timestamp, Equals),
    Compares(Timestamp, LessThan),
    Compares(Timestamp, GreaterThan),
    Compares(Timestamp, LessThanEquals),
    Compares(Timestamp, GreaterThanEquals),
    IsNull,
    IsPresent,
    Is(Numeric),
    Is(String),
    Is(Boolean),
    Is(Timestamp),
];

impl Operator {
    /// The operator's name, without `Path`.
    pub(crate) fn name(self) -> std::string::String {
        match self {
            Compares(kind, relation) => format!("{kind:?}{relation:?}"),
            Is(kind) => format!("Is{kind:?}"),
            other => format!("{other:?}"),
        }
    }

    /// The operator of a name, and whether the name asks for a path to the other value.
    pub(crate) fn find(name: &str) -> Option<(Self, bool)> {
        let named = |name: &str| ALL_OPERATORS.iter().copied().find(|operator| operator.name() == name);
        let by_path =
            || named(name.strip_suffix("Path")?).filter(|operator| matches!(operator, Compares(..)));
        named(name).map(|operator| (operator, false)).or_else(|| by_path().map(|operator| (operator, true)))
    }

    /// The name of an operator that is spelt much like this one.
    pub(crate) fn nearest(name: &str) -> Option<std::string::String> {
        let names = ALL_OPERATORS.iter().flat_map(|operator| {
            let by_path = matches!(operator, Compares(..)).then(|| operator.name() + "Path");
            std::iter::once(operator.name()).chain(by_path)
        });
        let names: Vec<_> = names.collect();
        nearest(name, names.iter().map(std::string::String::as_str)).map(str::to_owned)
    }

    /// Whether a value may stand in the definition to compare with; the error says what may.
    pub(crate) fn check(self, operand: &Value) -> Result<(), &'static str> {
        let (holds, wanted) = match self {
            Compares(String, _) | StringMatches => (operand.is_string(), "a string"),
            Compares(Numeric, _) => (operand.is_number(), "a number"),
            Compares(Timestamp, _) => (
                operand.as_str().and_then(parse_timestamp).is_some(),
                "a timestamp such as \"2016-12-05T21:29:29Z\"",
            ),
            Compares(Boolean, _) | IsNull | IsPresent | Is(_) => (operand.is_boolean(), "true or false"),
        };
        if holds { Ok(()) } else { Err(wanted) }
    }

    /// Whether a value compares as wanted. `IsPresent` is asked of the path, not of a value.
    pub(crate) fn holds(self, value: &Value, operand: &Value) -> bool {
        let is = |answer: bool| operand.as_bool() == Some(answer);
        match self {
            Compares(kind, relation) => kind.order(value, operand).is_some_and(|order| relation.holds(order)),
            StringMatches => {
                value.as_str().zip(operand.as_str()).is_some_and(|(text, pattern)| matches(text, pattern))
            }
            IsPresent => is(true),
            IsNull => is(value.is_null()),
            Is(kind) => is(kind.order(value, value).is_some()),
        }
    }
}

impl Relation {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Equals => order.is_eq(),
            LessThan => order.is_lt(),
            GreaterThan => order.is_gt(),
            LessThanEquals => order.is_le(),
            GreaterThanEquals => order.is_ge(),
        }
    }
}

impl Kind {
    /// How two values of this type compare; nothing when one is of another type.
    fn order(self, left: &Value, right: &Value) -> Option<Ordering> {
        match self {
            // Java compares UTF-16 units.
            String => Some(left.as_str()?.encode_utf16().cmp(right.as_str()?.encode_utf16())),
            Numeric => match (left.as_i64(), right.as_i64()) {
                (Some(left), Some(right)) => Some(left.cmp(&right)),
                _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
            },
            Boolean => Some(left.as_bool()?.cmp(&right.as_bool()?)),
            Timestamp => Some(parse_timestamp(left.as_str()?)?.cmp(&parse_timestamp(right.as_str()?)?)),
        }
    }
}

/// Whether a text matches a pattern: `*` is any number of characters, `\*` a star, `\\` a backslash.
fn matches(text: &str, pattern: &str) -> bool {
    // The pieces of text between the stars, in order.
    let mut pieces = vec![std::string::String::new()];
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let last = pieces.len() - 1;
        match character {
            '*' => pieces.push(std::string::String::new()),
            '\\' => pieces[last].push(characters.next().unwrap_or('\\')),
            other => pieces[last].push(other),
        }
    }
    let (first, rest) = (pieces[0].as_str(), &pieces[1..]);
    let Some((last, middle)) = rest.split_last() else { return text == first };
    let Some(text) = text.strip_prefix(first).and_then(|text| text.strip_suffix(last.as_str())) else {
        return false;
    };
    let mut text = text;
    middle.iter().all(|piece| match text.find(piece.as_str()) {
        Some(at) => {
            text = &text[at + piece.len()..];
            true
        }
        None => false,
    })
}
