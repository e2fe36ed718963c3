//! An argument that is a text, or names the file that holds it.

use std::fs;

use serde::de::DeserializeOwned;

use super::byte_order_mark;

/// The argument itself; of one that begins with `@`, the text of the file that the rest names.
pub(super) fn text(argument: &str) -> Result<String, String> {
    let Some(file) = argument.strip_prefix('@') else { return Ok(argument.to_owned()) };
    let read = fs::read_to_string(file).map(byte_order_mark::strip);
    read.map_err(|error| format!("{file} can't be read: {error}"))
}

/// The same, read as JSON.
pub(super) fn json<T: DeserializeOwned>(argument: &str) -> Result<T, String> {
    let read = serde_json::from_str(&text(argument)?);
    read.map_err(|error| format!("it is neither the JSON that is wanted nor @ and a file of it: {error}"))
}
