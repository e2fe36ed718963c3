//! The manifest that an `UNLOAD` of Amazon Athena writes.

use super::{ObjectLocation, csv, items::text, reader_failed};
use crate::DataError;

/// The objects that the manifest names, each by its URI on a line of its own. They hold the items, in the form that
/// the `ReaderConfig` tells.
///
/// Source: <https://docs.aws.amazon.com/athena/latest/ug/unload.html>
///
/// # Errors
/// `States.ItemReaderFailed`.
pub fn athena_objects(body: &[u8]) -> Result<Vec<ObjectLocation>, DataError> {
    let uris = csv::records(text(body)?, ',').filter_map(|fields| fields.into_iter().next());
    let object = |uri: String| {
        ObjectLocation::of_uri(uri.trim())
            .ok_or_else(|| reader_failed(format!("The manifest names '{uri}', which is no s3://bucket/key.")))
    };
    uris.map(object).collect()
}
