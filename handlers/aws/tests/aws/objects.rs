//! The bucket.

use ackflow_aws::adapters::S3Objects;
use ackflow_handlers::{
    object_key::ObjectKey,
    ports::{Broken, Expect, ObjectStore, PutError, StoredObject, Write},
};
use aws_sdk_s3::{
    Client,
    types::{BucketLocationConstraint, CreateBucketConfiguration},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::json;

use super::world::World;

const BUCKET: &str = "documents";

/// A piece of content, as it comes from Slack.
const PIECE: usize = 1024 * 1024;

fn client(world: &World) -> Client {
    Client::new(&world.config)
}

async fn bucket(world: &World) -> S3Objects {
    let place = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::EuCentral1)
        .build();
    client(world).create_bucket().bucket(BUCKET).create_bucket_configuration(place).send().await.unwrap();
    S3Objects::new(client(world), BUCKET.to_owned())
}

fn key() -> ObjectKey {
    ObjectKey::metadata("T1", "C1", "1.2", "F1").unwrap()
}

/// So many pieces, and then perhaps the connection breaks.
async fn put(objects: &S3Objects, pieces: u8, breaks: bool) -> Result<(), PutError> {
    let content = stream::iter((0..pieces).map(|piece| Ok(Bytes::from(vec![piece; PIECE]))));
    let end = stream::iter(breaks.then_some(Err(Broken)));
    // As the download of a file, it must not be asked again once it has ended.
    let strict = stream::unfold(content.chain(end), async |mut rest| Some((rest.next().await?, rest)));
    objects.put_stream(&key(), Some("text/plain"), Box::pin(strict)).await
}

#[tokio::test]
async fn files_of_any_size_are_stored_whole() {
    let Some(world) = World::new().await else { return };
    let objects = bucket(&world).await;
    // Nothing, less than a part, a part to the byte, parts and a rest.
    for pieces in [0, 3, 8, 19] {
        put(&objects, pieces, false).await.unwrap();
        let stored = client(&world).get_object().bucket(BUCKET).key(key().as_str()).send().await.unwrap();
        assert_eq!(stored.content_type(), Some("text/plain"));
        let bytes = stored.body.collect().await.unwrap().into_bytes();
        let expected: Vec<u8> = (0..pieces).flat_map(|piece| vec![piece; PIECE]).collect();
        assert!(bytes == expected, "{pieces} pieces");
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_file_that_breaks_off() {
    let Some(world) = World::new().await else { return };
    let objects = bucket(&world).await;
    for pieces in [2, 12] {
        assert!(matches!(put(&objects, pieces, true).await, Err(PutError::Broken)));
    }
    // S3 fails in the middle of an upload.
    world.aws.fault(json!({ "service": "s3", "action": "UploadPart", "times": -1, "code": "SlowDown", "status": 503 })).await;
    assert!(matches!(put(&objects, 12, false).await, Err(PutError::Port(_))));
    assert_eq!(objects.get(&key()).await.unwrap(), None);
    let uploads = client(&world).list_multipart_uploads().bucket(BUCKET).send().await.unwrap();
    assert!(uploads.uploads().is_empty(), "{uploads:?}");
}

#[tokio::test]
async fn a_document_is_written_by_one_at_a_time() {
    let Some(world) = World::new().await else { return };
    let objects = bucket(&world).await;
    let write = |content: &str, expect| {
        let content = content.as_bytes().to_vec();
        let objects = &objects;
        async move { objects.put_if(&key(), content, expect).await.unwrap() }
    };
    assert_eq!(objects.get(&key()).await.unwrap(), None);
    assert_eq!(write("one", Expect::Absent).await, Write::Done);
    assert_eq!(write("another", Expect::Absent).await, Write::Conflict);
    let StoredObject { content, version } = objects.get(&key()).await.unwrap().unwrap();
    assert_eq!(content, b"one");
    assert_eq!(write("two", Expect::Version(version.clone())).await, Write::Done);
    assert_eq!(write("three", Expect::Version(version)).await, Write::Conflict);
    assert_eq!(objects.get(&key()).await.unwrap().unwrap().content, b"two");
}
