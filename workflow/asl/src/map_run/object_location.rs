//! Where an object is in Amazon S3.

use std::fmt;

/// A bucket, or an object in it. It is shown as its URI: `s3://bucket/key`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectLocation {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key; empty where the bucket is meant.
    pub key: String,
}

impl ObjectLocation {
    /// The object of a URI; `None` where that names no object.
    pub(super) fn of_uri(uri: &str) -> Option<Self> {
        let (bucket, key) = uri.strip_prefix("s3://")?.split_once('/')?;
        let location = Self { bucket: bucket.to_owned(), key: key.to_owned() };
        (!bucket.is_empty() && !key.is_empty()).then_some(location)
    }
}

impl fmt::Display for ObjectLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bucket, key } = self;
        let slash = if key.is_empty() { "" } else { "/" };
        write!(formatter, "s3://{bucket}{slash}{key}")
    }
}
