//! The items of a list of objects.

use serde_json::{Value, json};

use super::{ReaderSettings, ReaderTransformation, reader_failed};
use crate::{DataError, parse_timestamp};

/// The items of the `Contents` that `s3:listObjectsV2` gave, no more than `MaxItems`: one for each object.
///
/// Amazon S3 gives at most 1,000 at once; the caller puts the pages together.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>
///
/// # Errors
/// `States.ItemReaderFailed`.
pub fn listed_items(contents: &Value, settings: &ReaderSettings) -> Result<Vec<Value>, DataError> {
    if settings.transformation == ReaderTransformation::LoadAndFlatten {
        return Err(reader_failed(
            "LOAD_AND_FLATTEN is not supported. Read each object in a Map of its own.",
        ));
    }
    let objects = contents.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(objects.iter().take(settings.limit()?).map(item).collect())
}

/// Here AWS writes `Etag`, where Amazon S3 has `ETag`, and the time in seconds since 1970.
fn item(object: &Value) -> Value {
    let time = &object["LastModified"];
    let seconds = time.as_str().and_then(parse_timestamp).map(jiff::Timestamp::as_second);
    json!({
        "Etag": object["ETag"],
        "Key": object["Key"],
        "LastModified": seconds.map_or_else(|| time.clone(), Value::from),
        "Size": object["Size"],
        "StorageClass": object["StorageClass"],
    })
}
