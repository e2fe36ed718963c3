//! Follows a path into data.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::Segment;

/// The value at a definite path, or the array of values at an indefinite one. The error says why there is none.
pub(super) fn select<'v>(
    segments: &[Segment],
    value: &'v Value,
    root: &Value,
) -> Result<Cow<'v, Value>, String> {
    if segments.iter().all(Segment::is_definite) {
        return follow(segments, value);
    }
    let mut found = Vec::new();
    collect(segments, value, root, &mut found);
    Ok(Cow::Owned(Value::Array(found)))
}

fn follow<'v>(segments: &[Segment], mut value: &'v Value) -> Result<Cow<'v, Value>, String> {
    for (at, segment) in segments.iter().enumerate() {
        let is_last = at + 1 == segments.len();
        let next = match (segment, value) {
            (Segment::Name(name), Value::Object(fields)) => fields.get(name),
            (Segment::Index(index), Value::Array(items)) => item(items, *index),
            (Segment::FromEnd(back), Value::Array(items)) => from_end(items, *back),
            (Segment::Names(names), Value::Object(fields)) if is_last => {
                return Ok(Cow::Owned(pick(names, fields)));
            }
            (Segment::Names(_), _) if !is_last => {
                let place = place(&segments[..=at]);
                return Err(format!("Multi properties can only be used as path leafs: {place}"));
            }
            (Segment::Index(_) | Segment::FromEnd(_), _) => {
                return Err(format!(
                    "Expected an array at path {}, found {}",
                    place(&segments[..at]),
                    kind(value)
                ));
            }
            _ => {
                return Err(format!(
                    "Expected an object with property {} in path {}, found {}",
                    &place(&segments[at..=at])[1..],
                    place(&segments[..at]),
                    kind(value)
                ));
            }
        };
        value = next.ok_or_else(|| {
            let reason = if is_last { "No results for path: " } else { "Missing property in path " };
            format!("{reason}{}", place(&segments[..=at]))
        })?;
    }
    Ok(Cow::Borrowed(value))
}

fn collect(segments: &[Segment], value: &Value, root: &Value, found: &mut Vec<Value>) {
    let Some((segment, rest)) = segments.split_first() else {
        found.push(value.clone());
        return;
    };
    match (segment, value) {
        (Segment::Descend, _) => {
            collect(rest, value, root, found);
            for child in children(value) {
                collect(segments, child, root, found);
            }
        }
        (Segment::Wildcard, _) => {
            for child in children(value) {
                collect(rest, child, root, found);
            }
        }
        (Segment::Filter(filter), Value::Array(items)) => {
            // AWS: `@` "does not match scalar values. It only matches objects".
            // https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
            let structured = items.iter().filter(|item| item.is_object() || item.is_array());
            for item in structured.filter(|item| filter.holds(item, root)) {
                collect(rest, item, root, found);
            }
        }
        (Segment::Filter(filter), Value::Object(_)) if filter.holds(value, root) => {
            collect(rest, value, root, found);
        }
        (Segment::Name(name), Value::Object(fields)) => {
            if let Some(field) = fields.get(name) {
                collect(rest, field, root, found);
            }
        }
        (Segment::Names(names), Value::Object(fields)) if rest.is_empty() => found.push(pick(names, fields)),
        (Segment::Index(index), Value::Array(items)) => {
            if let Some(item) = item(items, *index) {
                collect(rest, item, root, found);
            }
        }
        (Segment::FromEnd(back), Value::Array(items)) => {
            if let Some(item) = from_end(items, *back) {
                collect(rest, item, root, found);
            }
        }
        (Segment::Indexes(indexes), Value::Array(items)) => {
            for item in indexes.iter().filter_map(|index| item(items, *index)) {
                collect(rest, item, root, found);
            }
        }
        (Segment::Slice(from, to), Value::Array(items)) => {
            for item in slice(items, *from, *to) {
                collect(rest, item, root, found);
            }
        }
        _ => {}
    }
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(fields) => Box::new(fields.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// Nothing is at a negative index: unlike later versions of Jayway, AWS's does not count from the end.
fn item(items: &[Value], index: i64) -> Option<&Value> {
    items.get(usize::try_from(index).ok()?)
}

fn from_end(items: &[Value], back: usize) -> Option<&Value> {
    items.get(items.len().checked_sub(back)?)
}

/// As in Jayway, `[a:b]` with one end negative and the other not is empty: only open ends count from the end.
fn slice(items: &[Value], from: Option<i64>, to: Option<i64>) -> impl Iterator<Item = &Value> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let from_end = |index: i64| if index < 0 { length.saturating_add(index) } else { index };
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) if (from < 0) == (to < 0) => (from_end(from), from_end(to)),
        (Some(_), Some(_)) => (0, 0),
        (from, to) => (from.map_or(0, from_end), to.map_or(length, from_end)),
    };
    let (from, to) = (from.clamp(0, length), to.clamp(0, length));
    let taken = usize::try_from(to - from).unwrap_or(0);
    items.iter().skip(usize::try_from(from).unwrap_or(0)).take(taken)
}

fn pick(names: &[String], fields: &Map<String, Value>) -> Value {
    let field = |name: &String| Some((name.clone(), fields.get(name)?.clone()));
    Value::Object(names.iter().filter_map(field).collect())
}

/// A definite path as AWS writes it: `$['a'][0]`.
fn place(segments: &[Segment]) -> String {
    let step = |segment: &Segment| match segment {
        Segment::Name(name) => format!("['{name}']"),
        Segment::Names(names) => {
            let names: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
            format!("[{}]", names.join(", "))
        }
        Segment::Index(index) => format!("[{index}]"),
        Segment::FromEnd(back) => format!("[(@.length-{back})]"),
        _ => String::new(),
    };
    let steps: Vec<_> = segments.iter().map(step).collect();
    format!("${}", steps.concat())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
