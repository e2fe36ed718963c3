//! The items that an object holds.

use serde_json::Value;

use super::{CsvHeaderLocation, InputType, ManifestType, ReaderSettings, csv, reader_failed};
use crate::DataError;

/// The items of an object that `s3:getObject` gave, no more than `MaxItems`.
///
/// The manifest of an inventory is not for here: [`ReaderSettings::is_inventory`] tells,
/// [`InventoryManifest`](super::InventoryManifest) reads it.
///
/// ```
/// # use ackflow_asl::map_run::{ReaderSettings, read_items};
/// # use serde_json::json;
/// let settings = ReaderSettings::new(json!({ "InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW" }))?;
/// let items = read_items(&settings, b"id,size\nF1,10\n")?;
/// assert_eq!(items, [json!({ "id": "F1", "size": "10" })]);
/// # Ok::<_, ackflow_asl::DataError>(())
/// ```
///
/// # Errors
/// `States.ItemReaderFailed`.
pub fn read_items(settings: &ReaderSettings, body: &[u8]) -> Result<Vec<Value>, DataError> {
    let limit = settings.limit()?;
    if settings.manifest_type == Some(ManifestType::AthenaData) {
        return Err(reader_failed("A manifest of Athena can't be read. Use s3:listObjectsV2."));
    }
    match settings.input_type {
        Some(InputType::Csv) => of_csv(settings, body, limit),
        Some(InputType::Json) => of_json(settings.items_pointer.as_deref(), body, limit),
        Some(InputType::Jsonl) => of_lines(body, limit),
        Some(InputType::Manifest) => Err(reader_failed("The manifest of an inventory holds no items.")),
        Some(InputType::Parquet) => Err(reader_failed("Parquet can't be read. Store the items as JSONL.")),
        None => Err(reader_failed("The ReaderConfig has no InputType. Write CSV, JSON or JSONL.")),
    }
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

fn of_json(pointer: Option<&str>, body: &[u8], limit: usize) -> Result<Vec<Value>, DataError> {
    let mut document: Value = serde_json::from_slice(body)
        .map_err(|error| reader_failed(format!("The object is not JSON: {error}.")))?;
    let pointer = pointer.unwrap_or_default();
    let Some(node) = document.pointer_mut(pointer) else {
        return Err(reader_failed(format!("The ItemsPointer '{pointer}' leads to nothing in the object.")));
    };
    let Value::Array(mut items) = node.take() else {
        return Err(reader_failed("Attempting to map over non-iterable node."));
    };
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
