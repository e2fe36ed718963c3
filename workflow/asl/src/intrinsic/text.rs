//! The functions of strings, and how a string is written in a call.

use std::borrow::Cow;

use serde_json::Value;

use super::function::{Outcome, string};
use crate::{SyntaxError, cursor::Cursor};

pub(super) const FORMAT: &str = "States.Format";

/// Reads a string in single quotes and keeps its escapes.
pub(super) fn read(cursor: &mut Cursor) -> Result<String, SyntaxError> {
    cursor.expect("'")?;
    let start = cursor.at();
    loop {
        let end = cursor.at();
        match cursor.next() {
            Some('\'') => {
                let text = cursor.since(start);
                return Ok(text[..end - start].to_owned());
            }
            Some('\\') => {
                cursor.next();
            }
            Some(_) => {}
            None => return Err(cursor.error("the string is not closed")),
        }
    }
}

/// Resolves `\'`, `\{`, `\}` and `\\`; a backslash before anything else stands for itself.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = characters.next_if(|next| character == '\\' && "'{}\\".contains(*next));
        plain.push(escaped.unwrap_or(character));
    }
    plain
}

/// Puts the values in the places of the `{}`.
pub(super) fn format(values: &[Cow<'_, Value>]) -> Outcome {
    let template = string(&values[0])?;
    let mut values = values[1..].iter();
    let mut formatted = String::new();
    let mut literal = String::new();
    let mut characters = template.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                literal.push(character);
                literal.extend(characters.next());
            }
            '{' if characters.next_if_eq(&'}').is_some() => {
                formatted += &unescape(&std::mem::take(&mut literal));
                formatted += &plain(values.next().ok_or("there are more {} than arguments")?);
            }
            '{' | '}' => return Err(format!("a lone {character} in the template is written \\{character}")),
            other => literal.push(other),
        }
    }
    if values.next().is_some() {
        return Err("there are more arguments than {}".to_owned());
    }
    Ok((formatted + &unescape(&literal)).into())
}

/// A value in a formatted text. AWS writes arrays and objects as Java does.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(name, field)| format!("{name}={}", plain(field))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// A blank text is null.
pub(super) fn string_to_json(text: &Value) -> Outcome {
    let text = string(text)?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

/// Every character of the second string parts the first; empty parts are left out.
pub(super) fn split(text: &Value, delimiters: &Value) -> Outcome {
    let (text, delimiters) = (string(text)?, string(delimiters)?);
    let parts = text.split(|c| delimiters.contains(c)).filter(|part| !part.is_empty());
    Ok(parts.map(Value::from).collect())
}
