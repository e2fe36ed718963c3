//! The bucket on S3.

use ackflow_handlers::{
    object_key::ObjectKey,
    ports::{ContentStream, Expect, ObjectStore, PortError, PutError, StoredObject, Write},
};
use async_trait::async_trait;
use aws_sdk_s3::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::get_object::GetObjectError,
    primitives::ByteStream,
    types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart},
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use crate::metrics::{self, Metric};

const BUCKET: &str = "the bucket";

/// The size of a part. S3 takes 10,000 parts of at least 5 MiB: far more than Slack's largest file.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PART_BYTES: usize = 8 * 1024 * 1024;

/// A bucket.
#[derive(Clone, Debug)]
pub struct S3Objects {
    client: Client,
    bucket: String,
}

/// A multipart upload under way.
struct Upload<'a> {
    objects: &'a S3Objects,
    key: &'a ObjectKey,
    id: String,
    parts: Vec<CompletedPart>,
}

impl S3Objects {
    /// The bucket of this name.
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }

    async fn put(&self, key: &ObjectKey, content_type: Option<&str>, content: Bytes) -> Result<(), PutError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key.as_str());
        let put = put.set_content_type(content_type.map(str::to_owned)).body(content.into());
        put.checksum_algorithm(ChecksumAlgorithm::Crc32).send().await.map_err(failed)?;
        Ok(())
    }

    async fn begin_upload<'a>(
        &'a self,
        key: &'a ObjectKey,
        content_type: Option<&str>,
    ) -> Result<Upload<'a>, PortError> {
        let created = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(key.as_str())
            .set_content_type(content_type.map(str::to_owned))
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .send()
            .await
            .map_err(failed)?;
        let id = created.upload_id.ok_or_else(|| PortError::new(BUCKET, "S3 gave no upload id"))?;
        Ok(Upload { objects: self, key, id, parts: Vec::new() })
    }
}

impl Upload<'_> {
    async fn add(&mut self, content: Bytes) -> Result<(), PortError> {
        let number = i32::try_from(self.parts.len() + 1).unwrap_or(i32::MAX);
        let S3Objects { client, bucket } = self.objects;
        let part = client.upload_part().bucket(bucket).key(self.key.as_str()).upload_id(&self.id);
        let part = part.part_number(number).checksum_algorithm(ChecksumAlgorithm::Crc32).body(content.into());
        let sent = part.send().await.map_err(failed)?;
        let part = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag);
        self.parts.push(part.set_checksum_crc32(sent.checksum_crc32).build());
        Ok(())
    }

    async fn complete(&mut self) -> Result<(), PortError> {
        let S3Objects { client, bucket } = self.objects;
        let parts =
            CompletedMultipartUpload::builder().set_parts(Some(std::mem::take(&mut self.parts))).build();
        let complete = client.complete_multipart_upload().bucket(bucket).key(self.key.as_str());
        complete.upload_id(&self.id).multipart_upload(parts).send().await.map(drop).map_err(failed)
    }

    /// Leaves nothing behind. If this fails too, the bucket's lifecycle removes the parts.
    async fn abort(self) {
        let S3Objects { client, bucket } = self.objects;
        let abort = client.abort_multipart_upload().bucket(bucket).key(self.key.as_str());
        if let Err(error) = abort.upload_id(self.id).send().await.map_err(failed) {
            tracing::warn!(%error, key = self.key.as_str(), "an upload is not aborted");
        }
    }
}

#[async_trait]
impl ObjectStore for S3Objects {
    async fn put_stream(
        &self,
        key: &ObjectKey,
        content_type: Option<&str>,
        content: ContentStream<'_>,
    ) -> Result<(), PutError> {
        // Asked once more after its end, by whoever looks for another part.
        let mut content = content.fuse().boxed();
        let first = next_part(&mut content).await?;
        let mut stored = first.len();
        if stored < PART_BYTES {
            self.put(key, content_type, first).await?;
        } else {
            let mut upload = self.begin_upload(key, content_type).await?;
            match upload_all(&mut upload, first, &mut content).await {
                Ok(bytes) => stored = bytes,
                Err(error) => {
                    upload.abort().await;
                    return Err(error);
                }
            }
        }
        metrics::emit(&[Metric::bytes("BytesStored", stored)]);
        Ok(())
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<StoredObject>, PortError> {
        let object = match self.client.get_object().bucket(&self.bucket).key(key.as_str()).send().await {
            Ok(object) => object,
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => {
                return Ok(None);
            }
            Err(error) => return Err(failed(error)),
        };
        let version = object.e_tag.unwrap_or_default();
        let content = object.body.collect().await.map_err(|error| PortError::new(BUCKET, error))?;
        Ok(Some(StoredObject { content: content.to_vec(), version }))
    }

    async fn put_if(&self, key: &ObjectKey, content: Vec<u8>, expect: Expect) -> Result<Write, PortError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key.as_str());
        let put = put.content_type("application/json").checksum_algorithm(ChecksumAlgorithm::Crc32);
        let put = match expect {
            Expect::Absent => put.if_none_match("*"),
            Expect::Version(version) => put.if_match(version),
        };
        match put.body(ByteStream::from(content)).send().await {
            Ok(_) => Ok(Write::Done),
            Err(error) if is_conflict(&error) => Ok(Write::Conflict),
            Err(error) => Err(failed(error)),
        }
    }
}

/// The bytes of the next part: less than a whole one at the end only.
async fn next_part(content: &mut ContentStream<'_>) -> Result<Bytes, PutError> {
    let mut part = BytesMut::new();
    while part.len() < PART_BYTES {
        match content.next().await {
            Some(Ok(piece)) => part.extend_from_slice(&piece),
            Some(Err(_)) => return Err(PutError::Broken),
            None => break,
        }
    }
    Ok(part.freeze())
}

/// Uploads everything, part by part; gives the bytes.
async fn upload_all(
    upload: &mut Upload<'_>,
    first: Bytes,
    content: &mut ContentStream<'_>,
) -> Result<usize, PutError> {
    let (mut part, mut stored) = (first, 0);
    while !part.is_empty() {
        stored += part.len();
        upload.add(part).await?;
        part = next_part(content).await?;
    }
    upload.complete().await?;
    Ok(stored)
}

/// Whether another write came first, or comes at the same time.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
fn is_conflict<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    // S3 answers 404 to If-Match on an object that was deleted meanwhile.
    matches!(error.code(), Some("PreconditionFailed" | "ConditionalRequestConflict" | "NoSuchKey"))
}

fn failed<E>(error: SdkError<E>) -> PortError
where
    SdkError<E>: std::error::Error,
{
    PortError::new(BUCKET, DisplayErrorContext(error))
}
