//! The bucket.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use super::PortError;
use crate::object_key::ObjectKey;

/// The content of an object, piece by piece.
pub type ContentStream<'a> = BoxStream<'a, Result<Bytes, Broken>>;

/// The content ended before it was whole. Whoever made the stream knows why.
#[derive(Clone, Copy, Debug)]
pub struct Broken;

/// Why a streamed object was not stored. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The content ended before it was whole.
    #[error("the content ended before it was whole")]
    Broken,
    /// The bucket failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// A small object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// Its content.
    pub content: Vec<u8>,
    /// Which version of it this is (S3's `ETag`).
    pub version: String,
}

/// What must be so for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// No object has this key.
    Absent,
    /// The object still is this version.
    Version(String),
}

/// What became of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// It was done.
    Done,
    /// Somebody else wrote in between: read again.
    Conflict,
}

/// The bucket. Objects appear whole or not at all.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Stores an object in bounded memory, in place of any that was there.
    async fn put_stream(
        &self,
        key: &ObjectKey,
        content_type: Option<&str>,
        content: ContentStream<'_>,
    ) -> Result<(), PutError>;

    /// Reads a small object.
    async fn get(&self, key: &ObjectKey) -> Result<Option<StoredObject>, PortError>;

    /// Writes a small object if what is expected holds.
    async fn put_if(&self, key: &ObjectKey, content: Vec<u8>, expect: Expect) -> Result<Write, PortError>;
}
