//! A sample of every document that stages hand to each other: read, written, valid, and as strict as its schema.

use ackflow_schemas::document::{
    CommentEdit, CommentEditReport, DocumentMetadata, DocumentReport, DocumentRequest, FailedDocument,
    FileFacts, FileOutcome, FileRequest, RewrittenDocument, SaveMetadataInput, SavedDocument, SourceMessage,
};
use ackflow_schemas::notice::Notice;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::schema_files;

const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Reads a document by its model and writes it again, nothing lost; the schema agrees. Without any one of its fields,
/// the model refuses the document exactly when the schema does. A field that nobody knows disturbs neither.
pub(crate) fn check<Model: DeserializeOwned + Serialize>(schema: &str, document: &Value) {
    let validator = &schema_files::validators()[&format!("{schema}.json")];
    let faults = schema_files::faults(validator, document);
    assert!(faults.is_empty(), "{schema}: {faults}");
    let model: Model =
        serde_json::from_value(document.clone()).unwrap_or_else(|error| panic!("{schema}: {error}"));
    assert_eq!(&serde_json::to_value(model).expect("a model can be written"), document, "{schema}");

    let fields = document.as_object().expect("a document is an object");
    for field in fields.keys() {
        let mut without = fields.clone();
        without.shift_remove(field);
        let without = Value::Object(without);
        let read = serde_json::from_value::<Model>(without.clone());
        assert_eq!(read.is_ok(), validator.is_valid(&without), "{schema} without {field}");
    }

    let mut with = document.clone();
    with["unheard_of"] = json!({ "by": "this version" });
    assert!(validator.is_valid(&with), "{schema}");
    assert!(serde_json::from_value::<Model>(with).is_ok(), "{schema}");
}

fn message() -> Value {
    json!({
        "event_id": "Ev08MFMKH6", "team_id": "T024BE7LD", "channel_id": "C024BE91L", "user_id": "U2147483697",
        "ts": "1720011600.000100", "thread_ts": "1720011000.000200", "text": "Q3 numbers &amp; notes #finance #q3",
        "posted_at": "2024-07-03T13:00:00Z", "edited_ts": "1720011660.000000"
    })
}

fn file() -> Value {
    json!({
        "id": "F0S43PZDF", "name": "q3.pdf", "title": "Q3", "mimetype": "application/pdf", "filetype": "pdf",
        "size": 137_531, "mode": "hosted", "file_access": "visible",
        "url": "https://files.slack.com/files-pri/T024BE7LD-F0S43PZDF/download/q3.pdf",
        "permalink": "https://example.slack.com/files/U2147483697/F0S43PZDF/q3.pdf",
        "user_id": "U2147483697", "created_at": "2024-07-03T12:59:58Z"
    })
}

fn external_file() -> Value {
    json!({
        "id": "F0EXTERNAL", "name": "Plan", "mode": "external", "external_type": "gdrive",
        "external_url": "https://docs.google.com/document/d/1"
    })
}

fn file_request() -> Value {
    json!({ "team_id": "T024BE7LD", "channel_id": "C024BE91L", "message_ts": "1720011600.000100", "file": file() })
}

fn outcomes() -> [Value; 3] {
    [
        json!({
            "outcome": "stored", "file": file(), "object_key": "documents/T024BE7LD/F0S43PZDF", "size": 137_531,
            "sha256": SHA256, "content_type": "application/pdf"
        }),
        json!({ "outcome": "recorded", "file": external_file() }),
        json!({
            "outcome": "failed", "file": { "id": "F0GONE" }, "error": "FileNotFound",
            "cause": "Slack no longer has the file F0GONE"
        }),
    ]
}

fn saved() -> [Value; 2] {
    [
        json!({
            "file_id": "F0S43PZDF", "name": "q3.pdf", "size": 137_531, "metadata_key": "metadata/T024BE7LD/F0S43PZDF.json",
            "object_key": "documents/T024BE7LD/F0S43PZDF"
        }),
        json!({
            "file_id": "F0EXTERNAL", "name": "Plan", "metadata_key": "metadata/T024BE7LD/F0EXTERNAL.json",
            "external_url": "https://docs.google.com/document/d/1"
        }),
    ]
}

fn failed() -> Value {
    json!({
        "file_id": "F0GONE", "name": "F0GONE", "error": "FileNotFound", "cause": "Slack no longer has the file F0GONE"
    })
}

fn report() -> Value {
    json!({ "message": message(), "tags": ["finance", "q3"], "saved": saved(), "failed": [failed()] })
}

fn metadata() -> Value {
    json!({
        "schema_version": 1, "event_id": "Ev08MFMKH6", "team_id": "T024BE7LD", "channel_id": "C024BE91L",
        "message_ts": "1720011600.000100", "thread_ts": "1720011000.000200",
        "permalink": "https://example.slack.com/archives/C024BE91L/p1720011600000100", "author_id": "U2147483697",
        "comment": "Q3 numbers & notes #finance #q3", "tags": ["finance", "q3"], "file_id": "F0S43PZDF",
        "name": "q3.pdf", "title": "Q3", "mimetype": "application/pdf", "filetype": "pdf", "size": 137_531,
        "sha256": SHA256, "external_url": "https://docs.google.com/document/d/1",
        "file_permalink": "https://example.slack.com/files/U2147483697/F0S43PZDF/q3.pdf",
        "uploader_id": "U2147483697", "file_created_at": "2024-07-03T12:59:58Z",
        "object_key": "documents/T024BE7LD/F0S43PZDF", "metadata_key": "metadata/T024BE7LD/F0S43PZDF.json",
        "posted_at": "2024-07-03T13:00:00Z", "stored_at": "2024-07-03T13:00:02Z",
        "comment_edited_ts": "1720011660.000000", "updated_at": "2024-07-03T13:01:01Z"
    })
}

fn rewritten() -> Value {
    json!({ "file_id": "F0S43PZDF", "metadata_key": "metadata/T024BE7LD/F0S43PZDF.json", "tags": ["finance"] })
}

#[test]
fn what_starts_a_flow() {
    check::<SourceMessage>("document/source_message", &message());
    check::<FileFacts>("document/file_facts", &file());
    check::<FileFacts>("document/file_facts", &external_file());
    check::<FileRequest>("document/file_request", &file_request());
    check::<DocumentRequest>(
        "document/document_request",
        &json!({ "message": message(), "files": [file_request()] }),
    );
    check::<CommentEdit>(
        "document/comment_edit",
        &json!({ "message": message(), "file_ids": ["F0S43PZDF"] }),
    );
}

#[test]
fn what_becomes_of_files() {
    for outcome in &outcomes() {
        check::<FileOutcome>("document/file_outcome", outcome);
    }
    check::<SaveMetadataInput>(
        "document/save_metadata_input",
        &json!({ "message": message(), "files": outcomes() }),
    );
}

#[test]
fn what_is_stored_and_reported() {
    check::<DocumentMetadata>("document/document_metadata", &metadata());
    for saved in &saved() {
        check::<SavedDocument>("document/saved_document", saved);
    }
    check::<FailedDocument>("document/failed_document", &failed());
    check::<DocumentReport>("document/document_report", &report());
    check::<RewrittenDocument>("document/rewritten_document", &rewritten());
    let edit = json!({ "rewritten": [rewritten()], "unchanged": ["F0EXTERNAL"] });
    check::<CommentEditReport>("document/comment_edit_report", &edit);
}

#[test]
fn what_is_announced() {
    let notices = [
        json!({ "kind": "documents_saved", "id": "T024BE7LD-Ev08MFMKH6/NotifySaved", "report": report() }),
        json!({
            "kind": "metadata_delayed", "id": "T024BE7LD-Ev08MFMKH6/NotifyDelayed", "message": message(),
            "error": "StoreUnavailable", "cause": "the bucket did not answer in time"
        }),
        json!({
            "kind": "operations", "id": "rate-limited-T024BE7LD-1720011600", "subject": "Slack holds events back",
            "text": "The workspace T024BE7LD passed 30,000 events within an hour."
        }),
    ];
    for notice in &notices {
        check::<Notice>("notice/notice", notice);
    }
}

#[test]
fn a_union_of_another_kind_is_refused() {
    assert!(serde_json::from_value::<FileOutcome>(json!({ "outcome": "lost", "file": file() })).is_err());
    assert!(serde_json::from_value::<Notice>(json!({ "id": "x", "subject": "s", "text": "t" })).is_err());
}
