//! `RewriteTags`: an edited comment, and the metadata that follows it.

use std::sync::Arc;

use ackflow_asl::{Call, Failure};
use ackflow_flows::RewriteTagsError;
use ackflow_handlers::{RewriteTagsHandler, StepHandler};
use ackflow_schemas::document::{CommentEdit, CommentEditReport, DocumentMetadata, SourceMessage};
use serde_json::json;

use crate::{
    fake_ports::{Bucket, Health, VirtualClock},
    message::message,
    request::NOW,
};

const EDITED: &str = "1670631600.000000";

fn key(file: &str) -> String {
    format!("metadata/T0TEAM/C0CHANNEL/1670631527.874149/{file}.json")
}

fn metadata(file: &str, edited: Option<&str>) -> DocumentMetadata {
    let document = json!({
        "schema_version": 1,
        "event_id": "Ev0EVENT",
        "team_id": "T0TEAM",
        "channel_id": "C0CHANNEL",
        "message_ts": "1670631527.874149",
        "author_id": "U0AUTHOR",
        "comment": "the report #finance",
        "tags": ["finance"],
        "file_id": file,
        "metadata_key": key(file),
        "posted_at": "2022-12-10T00:18:47.874149Z",
        "stored_at": "2022-12-10T00:18:50Z",
        "comment_edited_ts": edited,
    });
    serde_json::from_value(document).expect("a metadata document")
}

fn bucket(documents: &[DocumentMetadata]) -> Arc<Bucket> {
    let bucket = Arc::<Bucket>::default();
    for document in documents {
        bucket.put(&document.metadata_key, serde_json::to_vec(document).unwrap());
    }
    bucket
}

fn stored(bucket: &Bucket, file: &str) -> DocumentMetadata {
    serde_json::from_slice(&bucket.content(&key(file)).expect("a document")).expect("a metadata document")
}

async fn edit(bucket: &Arc<Bucket>, files: &[&str]) -> Result<CommentEditReport, Failure<RewriteTagsError>> {
    let message = SourceMessage {
        text: "the plan #Budget &amp; #2026-q3".to_owned(),
        edited_ts: Some(EDITED.to_owned()),
        ..message()
    };
    let file_ids = files.iter().map(|&file| file.to_owned()).collect();
    let handler = RewriteTagsHandler::new(bucket.clone(), Arc::new(VirtualClock::at(NOW)));
    handler.run(Call::new("T1-Ev1", CommentEdit { message, file_ids })).await
}

#[tokio::test]
async fn comment_and_tags_follow_the_edit_and_nothing_else_changes() {
    let bucket = bucket(&[metadata("F1", None), metadata("F2", None)]);
    let report = edit(&bucket, &["F1", "F2"]).await.unwrap();
    assert_eq!(report.rewritten.len(), 2);
    assert_eq!(report.rewritten[0].tags, ["budget", "2026-q3"]);
    let expected = DocumentMetadata {
        comment: "the plan #Budget & #2026-q3".to_owned(),
        tags: vec!["budget".to_owned(), "2026-q3".to_owned()],
        comment_edited_ts: Some(EDITED.to_owned()),
        updated_at: Some("2022-12-10T00:18:50Z".to_owned()),
        ..metadata("F2", None)
    };
    assert_eq!(stored(&bucket, "F2"), expected);
}

#[tokio::test]
async fn the_same_edit_again_changes_nothing() {
    let bucket = bucket(&[metadata("F1", None)]);
    let first = edit(&bucket, &["F1"]).await.unwrap();
    let content = bucket.content(&key("F1"));
    assert_eq!(edit(&bucket, &["F1"]).await.unwrap(), first);
    assert_eq!(bucket.content(&key("F1")), content);
}

#[tokio::test]
async fn an_edit_that_comes_late_leaves_the_newer_one() {
    let newer = metadata("F1", Some("1670631700.000000"));
    let bucket = bucket(std::slice::from_ref(&newer));
    let report = edit(&bucket, &["F1"]).await.unwrap();
    assert_eq!((report.rewritten.len(), report.unchanged), (0, vec!["F1".to_owned()]));
    assert_eq!(stored(&bucket, "F1"), newer);
}

#[tokio::test]
async fn an_edit_before_its_files_is_to_be_tried_again_and_rewrites_those_that_are_there() {
    let bucket = bucket(&[metadata("F2", None)]);
    let failure = edit(&bucket, &["F1", "F2"]).await.unwrap_err();
    assert_eq!(failure.error, RewriteTagsError::MetadataNotFound);
    assert!(failure.cause.contains("F1") && !failure.cause.contains("F2"), "{failure}");
    assert_eq!(stored(&bucket, "F2").tags, ["budget", "2026-q3"]);
}

#[tokio::test]
async fn what_somebody_else_writes_in_between_is_kept() {
    let bucket = bucket(&[metadata("F1", None)]);
    let mut rival = metadata("F1", None);
    rival.permalink = Some("https://example.slack.com/archives/C0CHANNEL/p1".to_owned());
    *bucket.rival.lock().unwrap() = Some((key("F1"), serde_json::to_vec(&rival).unwrap()));
    edit(&bucket, &["F1"]).await.unwrap();
    let document = stored(&bucket, "F1");
    assert_eq!((document.permalink, document.tags.len()), (rival.permalink, 2));
}

#[tokio::test]
async fn a_document_that_is_not_ours_is_left_and_named() {
    let bucket = bucket(&[]);
    bucket.put(&key("F1"), "not ours");
    let failure = edit(&bucket, &["F1"]).await.unwrap_err();
    assert_eq!(failure.error, RewriteTagsError::MetadataUnreadable);
    assert!(failure.cause.contains(&key("F1")), "{failure}");
    assert_eq!(bucket.content(&key("F1")), Some(b"not ours".to_vec()));
}

#[tokio::test]
async fn a_bucket_that_is_down_is_named() {
    let bucket = bucket(&[metadata("F1", None)]);
    bucket.health.set(Health::Down);
    let failure = edit(&bucket, &["F1"]).await.unwrap_err();
    assert_eq!(failure.error, RewriteTagsError::StorageUnavailable);
    assert!(failure.cause.contains("the bucket"), "{failure}");
}
