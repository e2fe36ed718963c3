//! The items that an object holds.

use std::sync::Arc;

use serde_json::Value;

use super::{CsvHeaderLocation, InputType, Item, ReaderSettings, csv, reader_failed};
use crate::DataError;

/// The items of an object that `s3:getObject` gave, no more than `MaxItems`.
///
/// A manifest is not for here: [`ReaderSettings::manifest`] tells what it is.
///
/// ```
/// # use ackflow_asl::map_run::{Item, ReaderSettings, read_items};
/// # use serde_json::json;
/// let settings = ReaderSettings::new(json!({ "InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW" }))?;
/// let source = "s3://files/sizes.csv".into();
/// let items = read_items(&settings, b"id,size\nF1,10\n", &source)?;
/// assert_eq!(items, [Item::new(json!({ "id": "F1", "size": "10" }), &source)]);
/// # Ok::<_, ackflow_asl::DataError>(())
/// ```
///
/// # Errors
/// `States.ItemReaderFailed`.
pub fn read_items(settings: &ReaderSettings, body: &[u8], source: &Arc<str>) -> Result<Vec<Item>, DataError> {
    let limit = settings.limit()?;
    let values = match settings.input_type {
        Some(InputType::Csv) => of_csv(settings, body, limit),
        Some(InputType::Json) => return of_json(settings.items_pointer.as_deref(), body, limit, source),
        Some(InputType::Jsonl) => of_lines(body, limit),
        Some(InputType::Manifest) => Err(reader_failed("The manifest of an inventory holds no items.")),
        Some(InputType::Parquet) => Err(reader_failed("Parquet can't be read. Store the items as JSONL.")),
        None => Err(reader_failed("The ReaderConfig has no InputType. Write CSV, JSON or JSONL.")),
    };
    Ok(values?.into_iter().map(|value| Item::new(value, source)).collect())
}

fn of_csv(settings: &ReaderSettings, body: &[u8], limit: usize) -> Result<Vec<Value>, DataError> {
    let mut records = csv::records(text(body)?, settings.csv_delimiter.character());
    let headers = match settings.csv_header_location {
        Some(CsvHeaderLocation::FirstRow) => records.next().unwrap_or_default(),
        Some(CsvHeaderLocation::Given) => settings.csv_headers.clone(),
        None => {
            return Err(reader_failed(
                "The ReaderConfig has no CSVHeaderLocation. Write FIRST_ROW or GIVEN.",
            ));
        }
    };
    Ok(csv::items(&headers, records)?.take(limit).collect())
}

fn of_json(
    pointer: Option<&str>,
    body: &[u8],
    limit: usize,
    source: &Arc<str>,
) -> Result<Vec<Item>, DataError> {
    let mut document: Value = serde_json::from_slice(body)
        .map_err(|error| reader_failed(format!("The object is not JSON: {error}.")))?;
    let Some(node) = document.pointer_mut(pointer.unwrap_or_default()) else {
        let pointer = pointer.unwrap_or_default();
        return Err(reader_failed(format!("The ItemsPointer '{pointer}' leads to nothing in the object.")));
    };
    // As recorded, AWS takes no document that is an object, although the documentation says that it does. One that a
    // pointer leads to it takes: there were no pointers when that was recorded.
    let is_iterable = node.is_array() || pointer.is_some() && node.is_object();
    let items = if is_iterable { Item::all(node.take(), source) } else { None };
    let mut items = items.ok_or_else(|| reader_failed("Attempting to map over non-iterable node."))?;
    items.truncate(limit);
    Ok(items)
}

fn of_lines(body: &[u8], limit: usize) -> Result<Vec<Value>, DataError> {
    let lines = text(body)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let item = |(at, line): (usize, &str)| {
        serde_json::from_str(line)
            .map_err(|error| reader_failed(format!("Line {} of the object is not JSON: {error}.", at + 1)))
    };
    lines.take(limit).map(item).collect()
}

/// The text of an object.
pub(super) fn text(body: &[u8]) -> Result<&str, DataError> {
    str::from_utf8(body).map_err(|_| reader_failed("The object is not UTF-8. Store it as UTF-8."))
}
