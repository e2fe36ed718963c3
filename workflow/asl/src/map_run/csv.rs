//! Text with a delimiter, read as Step Functions reads it.
//!
//! This is not RFC 4180: a backslash escapes, inside quotes and outside, and a doubled quote is a quote in a
//! field without quotes too.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/example-csv-parse-dist-map.html>

use std::{
    iter::{self, Peekable},
    mem,
    str::Chars,
};

use serde_json::Value;

use super::reader_failed;
use crate::DataError;

/// The records of a text, each a list of fields. Empty lines are none.
pub(super) fn records(text: &str, delimiter: char) -> impl Iterator<Item = Vec<String>> {
    let mut chars = text.chars().peekable();
    iter::from_fn(move || record(&mut chars, delimiter))
}

/// An object for each record: a field that is missing is empty, one too many is left out.
pub(super) fn items(
    headers: &[String],
    records: impl Iterator<Item = Vec<String>>,
) -> Result<impl Iterator<Item = Value>, DataError> {
    if headers.iter().enumerate().any(|(at, header)| headers[..at].contains(header)) {
        return Err(reader_failed("CSV headers cannot contain duplicates."));
    }
    Ok(records.map(move |fields| {
        let fields = fields.into_iter().chain(iter::repeat_with(String::new));
        headers.iter().cloned().zip(fields).collect::<Value>()
    }))
}

fn record(chars: &mut Peekable<Chars<'_>>, delimiter: char) -> Option<Vec<String>> {
    while chars.next_if(|next| matches!(next, '\r' | '\n')).is_some() {}
    chars.peek()?;
    let (mut fields, mut field, mut is_quoted) = (Vec::new(), String::new(), false);
    while let Some(next) = chars.next() {
        match next {
            '\\' => field.extend(chars.next_if(|next| ['\\', '"', delimiter].contains(next))),
            '"' if field.is_empty() && !is_quoted => is_quoted = true,
            '"' if chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if is_quoted => is_quoted = false,
            '\n' if !is_quoted => break,
            '\r' if !is_quoted && chars.peek() == Some(&'\n') => {}
            _ if next == delimiter && !is_quoted => fields.push(mem::take(&mut field)),
            _ => field.push(next),
        }
    }
    fields.push(field);
    Some(fields)
}
