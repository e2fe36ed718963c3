//! Filters: `[?(@.status == 0 && !(@.deleted))]`.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::Value;

use super::{
    Segment,
    parser::{self, Ends},
    select,
};
use crate::{SyntaxError, cursor::Cursor};

/// A filter's condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    Any(Vec<Filter>),
    All(Vec<Filter>),
    Not(Box<Filter>),
    /// Something is there.
    Exists(Operand),
    Compare(Operand, Operator, Operand),
}

/// What a filter looks at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// `@…`: from the item that is filtered
    Item(Vec<Segment>),
    /// `$…`: from the document's root
    Root(Vec<Segment>),
    Literal(Value),
    /// `/…/`
    Pattern(Pattern),
}

/// A regular expression; it matches whole texts.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(regex_lite::Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operator {
    Equals,
    Differs,
    LessEquals,
    GreaterEquals,
    Less,
    Greater,
    Matches,
    In,
    NotIn,
    Contains,
    All,
    Size,
    Empty,
}

/// Longer spellings before those that they start with.
const SIGNS: &[(&str, Operator)] = &[
    ("===", Operator::Equals),
    ("==", Operator::Equals),
    ("!==", Operator::Differs),
    ("!=", Operator::Differs),
    ("=~", Operator::Matches),
    ("<=", Operator::LessEquals),
    (">=", Operator::GreaterEquals),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

const WORDS: &[(&str, Operator)] = &[
    ("in", Operator::In),
    ("nin", Operator::NotIn),
    ("contains", Operator::Contains),
    ("all", Operator::All),
    ("size", Operator::Size),
    ("empty", Operator::Empty),
];

/// Reads the condition in its parentheses.
pub(super) fn read(cursor: &mut Cursor) -> Result<Filter, SyntaxError> {
    cursor.expect("(")?;
    let filter = cursor.nested(any)?;
    cursor.skip_space();
    cursor.expect(")")?;
    Ok(filter)
}

fn any(cursor: &mut Cursor) -> Result<Filter, SyntaxError> {
    joined(cursor, "||", all, Filter::Any)
}

fn all(cursor: &mut Cursor) -> Result<Filter, SyntaxError> {
    joined(cursor, "&&", one, Filter::All)
}

fn joined(
    cursor: &mut Cursor,
    sign: &str,
    part: fn(&mut Cursor) -> Result<Filter, SyntaxError>,
    join: fn(Vec<Filter>) -> Filter,
) -> Result<Filter, SyntaxError> {
    let first = part(cursor)?;
    let mut parts = vec![first];
    loop {
        cursor.skip_space();
        if !cursor.eat(sign) {
            return Ok(if parts.len() == 1 { parts.remove(0) } else { join(parts) });
        }
        parts.push(part(cursor)?);
    }
}

fn one(cursor: &mut Cursor) -> Result<Filter, SyntaxError> {
    cursor.skip_space();
    if cursor.eat("!") {
        return Ok(Filter::Not(Box::new(cursor.nested(one)?)));
    }
    if cursor.peek() == Some('(') {
        return read(cursor);
    }
    let left = operand(cursor)?;
    cursor.skip_space();
    let Some(operator) = operator(cursor) else {
        return match left {
            Operand::Literal(_) => Err(cursor.error("expected a comparison such as `==`")),
            left => Ok(Filter::Exists(left)),
        };
    };
    cursor.skip_space();
    let right = if operator == Operator::Matches { pattern(cursor)? } else { operand(cursor)? };
    Ok(Filter::Compare(left, operator, right))
}

fn operator(cursor: &mut Cursor) -> Option<Operator> {
    if let Some((_, operator)) = SIGNS.iter().find(|(sign, _)| cursor.eat(sign)) {
        return Some(*operator);
    }
    let start = cursor.at();
    let word = cursor.take_while(|c| c.is_ascii_alphabetic()).to_ascii_lowercase();
    let operator = WORDS.iter().find(|(known, _)| *known == word).map(|(_, operator)| *operator);
    if operator.is_none() {
        cursor.rewind(start);
    }
    operator
}

/// `/…/`, or `/…/i` to match in any case.
fn pattern(cursor: &mut Cursor) -> Result<Operand, SyntaxError> {
    cursor.expect("/")?;
    let start = cursor.at();
    loop {
        cursor.take_while(|c| c != '/' && c != '\\');
        if !cursor.eat("\\") {
            break;
        }
        cursor.next();
    }
    let source = cursor.since(start).to_owned();
    cursor.expect("/")?;
    let any_case = cursor.eat("i");
    let regex = regex_lite::RegexBuilder::new(&format!("^(?:{source})$")).case_insensitive(any_case).build();
    let regex = regex.map_err(|error| cursor.wrong(format!("the pattern /{source}/: {error}")))?;
    Ok(Operand::Pattern(Pattern(regex)))
}

fn operand(cursor: &mut Cursor) -> Result<Operand, SyntaxError> {
    if cursor.eat("@") {
        return Ok(Operand::Item(cursor.nested(|cursor| parser::segments(cursor, Ends::InFilter))?));
    }
    if cursor.eat("$") {
        return Ok(Operand::Root(cursor.nested(|cursor| parser::segments(cursor, Ends::InFilter))?));
    }
    literal(cursor).map(Operand::Literal)
}

fn literal(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    match cursor.peek() {
        Some('\'' | '"') => cursor.quoted().map(Value::String),
        Some('[') => cursor.nested(literals),
        _ => {
            let word = cursor.take_while(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
            let wanted = "expected `@`, `$`, a quoted string, a number, true, false or null";
            serde_json::from_str(word).map_err(|_| cursor.error(wanted))
        }
    }
}

fn literals(cursor: &mut Cursor) -> Result<Value, SyntaxError> {
    let mut items = Vec::new();
    cursor.expect("[")?;
    loop {
        cursor.skip_space();
        if cursor.eat("]") {
            return Ok(Value::Array(items));
        }
        if !items.is_empty() {
            cursor.expect(",")?;
            cursor.skip_space();
        }
        items.push(literal(cursor)?);
    }
}

impl Filter {
    /// Whether the condition holds for an item.
    pub(super) fn holds(&self, item: &Value, root: &Value) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(item, root)),
            Self::All(parts) => parts.iter().all(|part| part.holds(item, root)),
            Self::Not(part) => !part.holds(item, root),
            Self::Exists(operand) => operand.exists(item, root),
            Self::Compare(left, _, Operand::Pattern(Pattern(regex))) => left
                .value(item, root)
                .is_some_and(|text| text.as_str().is_some_and(|text| regex.is_match(text))),
            Self::Compare(left, operator, right) => {
                operator.holds(left.value(item, root).as_deref(), right.value(item, root).as_deref())
            }
        }
    }
}

impl Operand {
    fn value<'v>(&'v self, item: &'v Value, root: &'v Value) -> Option<Cow<'v, Value>> {
        match self {
            Self::Item(segments) => select::select(segments, item, root).ok(),
            Self::Root(segments) => select::select(segments, root, root).ok(),
            Self::Literal(value) => Some(Cow::Borrowed(value)),
            Self::Pattern(_) => None,
        }
    }

    fn exists(&self, item: &Value, root: &Value) -> bool {
        let (Self::Item(segments) | Self::Root(segments)) = self else { return true };
        match self.value(item, root).as_deref() {
            None => false,
            // An indefinite path always gives an array.
            Some(Value::Array(found)) => !found.is_empty() || segments.iter().all(Segment::is_definite),
            Some(_) => true,
        }
    }
}

impl Operator {
    /// What is absent equals nothing, not even null.
    fn holds(self, left: Option<&Value>, right: Option<&Value>) -> bool {
        let (Some(left), Some(right)) = (left, right) else { return self == Self::Differs };
        let order = order(left, right);
        match self {
            Self::Equals => equal(left, right),
            Self::Differs => !equal(left, right),
            Self::Less => order == Some(Ordering::Less),
            Self::LessEquals => order.is_some_and(Ordering::is_le),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterEquals => order.is_some_and(Ordering::is_ge),
            Self::In => contains(right, left),
            Self::NotIn => !contains(right, left),
            Self::Contains => match (left, right) {
                (Value::String(text), Value::String(part)) => text.contains(part),
                _ => contains(left, right),
            },
            Self::All => right.as_array().is_some_and(|items| items.iter().all(|item| contains(left, item))),
            Self::Size => {
                right.as_u64().is_some_and(|size| length(left).is_some_and(|length| length as u64 == size))
            }
            Self::Empty => length(left).is_some_and(|length| *right == (length == 0)),
            // A pattern is no value: it is matched before values are compared.
            Self::Matches => false,
        }
    }
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::String(text) => Some(text.chars().count()),
        _ => None,
    }
}

fn contains(list: &Value, wanted: &Value) -> bool {
    list.as_array().is_some_and(|items| items.iter().any(|item| equal(item, wanted)))
}

fn equal(left: &Value, right: &Value) -> bool {
    left == right || order(left, right) == Some(Ordering::Equal)
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}
