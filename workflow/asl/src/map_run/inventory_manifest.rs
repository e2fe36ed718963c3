//! The manifest of an Amazon S3 inventory.

use serde::Deserialize;
use serde_json::Value;

use super::{ObjectLocation, csv, items::text, reader_failed};
use crate::DataError;

/// The manifest of an Amazon S3 inventory: it names files, whose rows are the items.
///
/// Each of [`objects`](Self::objects) is fetched, decompressed (gzip) and given to [`items`](Self::items).
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html>
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryManifest {
    /// The ARN of the bucket that the files are in.
    destination_bucket: String,
    file_format: String,
    /// The names of the columns, such as `Bucket, Key, Size`.
    file_schema: String,
    files: Vec<InventoryFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct InventoryFile {
    key: String,
}

impl InventoryManifest {
    /// Reads a `manifest.json`.
    ///
    /// # Errors
    /// `States.ItemReaderFailed`.
    pub fn parse(body: &[u8]) -> Result<Self, DataError> {
        let manifest: Self = serde_json::from_slice(body)
            .map_err(|error| reader_failed(format!("The object is not an inventory's manifest: {error}.")))?;
        if manifest.file_format != "CSV" {
            let cause = format!("The inventory is {}. Have Amazon S3 write it as CSV.", manifest.file_format);
            return Err(reader_failed(cause));
        }
        Ok(manifest)
    }

    /// The files, which are in the bucket of the manifest unless it names another.
    pub fn objects(&self, bucket_of_manifest: &str) -> Vec<ObjectLocation> {
        let named = &self.destination_bucket;
        let named = named.rsplit_once(':').map_or(named.as_str(), |(_, name)| name);
        let bucket = if named.is_empty() { bucket_of_manifest } else { named };
        let object =
            |file: &InventoryFile| ObjectLocation { bucket: bucket.to_owned(), key: file.key.clone() };
        self.files.iter().map(object).collect()
    }

    /// The items of one of its files, decompressed, and no more than this.
    ///
    /// # Errors
    /// `States.ItemReaderFailed`.
    pub fn items(&self, body: &[u8], limit: usize) -> Result<Vec<Value>, DataError> {
        let headers: Vec<_> = self.file_schema.split(',').map(|name| name.trim().to_owned()).collect();
        Ok(csv::items(&headers, csv::records(text(body)?, ','))?.take(limit).collect())
    }
}
