//! A list of objects: they are the items, or hold them.

use serde_json::{Value, json};

use super::{ObjectLocation, ReaderSettings};
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
    let objects = contents.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(objects.iter().take(settings.limit()?).map(item).collect())
}

/// The objects of the same list, to be read where the transformation is `LOAD_AND_FLATTEN`. What the console of Amazon
/// S3 makes for a folder is none: it holds nothing.
pub fn listed_objects(contents: &Value, bucket: &str) -> Vec<ObjectLocation> {
    let objects = contents.as_array().map(Vec::as_slice).unwrap_or_default();
    let keys = objects.iter().map(|object| object["Key"].as_str().unwrap_or_default());
    let keys = keys.filter(|key| !key.ends_with('/'));
    keys.map(|key| ObjectLocation { bucket: bucket.to_owned(), key: key.to_owned() }).collect()
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
