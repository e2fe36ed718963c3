//! `SaveMetadata`: what is known of each file, as a JSON document beside it.

use std::{sync::Arc, time::Duration};

use ackflow_asl::{Call, Failure};
use ackflow_flows::{SaveMetadata, SaveMetadataError};
use ackflow_schemas::document::{
    DocumentMetadata, DocumentReport, FailedDocument, FileFacts, FileOutcome, SaveMetadataInput,
    SavedDocument, SourceMessage,
};
use async_trait::async_trait;

use crate::{
    document_store::DocumentStore,
    hashtags::{hashtags, plain_text},
    object_key::ObjectKey,
    ports::{Clock, ObjectStore},
    slack_client::{SlackClient, SlackError},
    steps::StepHandler,
};

/// The version of the document's own shape.
const SCHEMA_VERSION: i64 = 1;

/// How long the step waits by itself when Slack says when to come back.
const PATIENCE: Duration = Duration::from_secs(30);

type SaveFailure = Failure<SaveMetadataError>;

/// Saves metadata into a bucket.
pub struct SaveMetadataHandler {
    slack: SlackClient,
    documents: DocumentStore,
    clock: Arc<dyn Clock>,
}

impl SaveMetadataHandler {
    /// A handler that asks Slack for permalinks and writes to a bucket.
    pub fn new(slack: &SlackClient, objects: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>) -> Self {
        Self { slack: slack.patient(PATIENCE), documents: DocumentStore::new(objects), clock }
    }
}

#[async_trait]
impl StepHandler<SaveMetadata> for SaveMetadataHandler {
    async fn run(&self, Call { input, .. }: Call<SaveMetadataInput>) -> Result<DocumentReport, SaveFailure> {
        let SaveMetadataInput { message, files } = input;
        let nothing_to_save = files.iter().all(|file| matches!(file, FileOutcome::Failed { .. }));
        let permalink = if nothing_to_save { None } else { self.permalink(&message).await? };
        let mut report =
            DocumentReport { tags: hashtags(&message.text), saved: vec![], failed: vec![], message };
        for file in files {
            match file {
                FileOutcome::Failed { file, error, cause } => {
                    let name = name_of(&file);
                    report.failed.push(FailedDocument { file_id: file.id, name, error, cause });
                }
                FileOutcome::Recorded { file } => {
                    let saved = self.save(&report, permalink.clone(), file, None).await?;
                    report.saved.push(saved);
                }
                FileOutcome::Stored { file, object_key, size, sha256, .. } => {
                    let stored = Stored { object_key, size, sha256 };
                    let saved = self.save(&report, permalink.clone(), file, Some(stored)).await?;
                    report.saved.push(saved);
                }
            }
        }
        Ok(report)
    }
}

/// Where and how a file was stored.
struct Stored {
    object_key: String,
    size: u64,
    sha256: String,
}

impl SaveMetadataHandler {
    /// The link to the message. A message that is gone has none; its files are kept all the same.
    async fn permalink(&self, message: &SourceMessage) -> Result<Option<String>, SaveFailure> {
        match self.slack.permalink(&message.channel_id, &message.ts).await {
            Ok(permalink) => Ok(permalink),
            Err(error @ SlackError::RateLimited { .. }) => {
                Err(Failure::new(SaveMetadataError::SlackRateLimited, error.to_string()))
            }
            Err(error @ SlackError::Unavailable { .. }) => {
                Err(Failure::new(SaveMetadataError::SlackUnavailable, error.to_string()))
            }
            Err(error) => {
                tracing::warn!(%error, "the message's permalink is left out of the metadata");
                Ok(None)
            }
        }
    }

    async fn save(
        &self,
        report: &DocumentReport,
        permalink: Option<String>,
        file: FileFacts,
        stored: Option<Stored>,
    ) -> Result<SavedDocument, SaveFailure> {
        let message = &report.message;
        let key = ObjectKey::metadata(&message.team_id, &message.channel_id, &message.ts, &file.id)
            .map_err(|error| Failure::new(SaveMetadataError::MetadataUnreadable, error.to_string()))?;
        let document = self.document(report, permalink, &file, stored.as_ref(), &key);
        let changed = self.documents.change(&key, |before| Some(merge(before, document.clone()))).await;
        changed.map_err(|error| {
            error.failure(SaveMetadataError::StorageUnavailable, SaveMetadataError::MetadataUnreadable)
        })?;
        Ok(SavedDocument {
            name: name_of(&file),
            size: document.size,
            metadata_key: key.to_string(),
            object_key: document.object_key,
            external_url: document.external_url,
            file_id: file.id,
        })
    }

    fn document(
        &self,
        report: &DocumentReport,
        permalink: Option<String>,
        file: &FileFacts,
        stored: Option<&Stored>,
        key: &ObjectKey,
    ) -> DocumentMetadata {
        let message = &report.message;
        DocumentMetadata {
            schema_version: SCHEMA_VERSION,
            event_id: message.event_id.clone(),
            team_id: message.team_id.clone(),
            channel_id: message.channel_id.clone(),
            message_ts: message.ts.clone(),
            thread_ts: message.thread_ts.clone(),
            permalink,
            author_id: message.user_id.clone(),
            comment: plain_text(&message.text),
            tags: report.tags.clone(),
            file_id: file.id.clone(),
            name: file.name.clone(),
            title: file.title.clone(),
            mimetype: file.mimetype.clone(),
            filetype: file.filetype.clone(),
            size: stored.map(|stored| stored.size).or(file.size),
            sha256: stored.map(|stored| stored.sha256.clone()),
            external_url: file.external_url.clone(),
            file_permalink: file.permalink.clone(),
            uploader_id: file.user_id.clone(),
            file_created_at: file.created_at.clone(),
            object_key: stored.map(|stored| stored.object_key.clone()),
            metadata_key: key.to_string(),
            posted_at: message.posted_at.clone(),
            stored_at: self.clock.now().to_string(),
            comment_edited_ts: message.edited_ts.clone(),
            updated_at: None,
        }
    }
}

/// Keeps what an earlier run or an edit has written: when the file was stored, and a comment that is newer.
fn merge(before: Option<&DocumentMetadata>, mut document: DocumentMetadata) -> DocumentMetadata {
    let Some(before) = before else { return document };
    document.stored_at.clone_from(&before.stored_at);
    if before.comment_edited_ts > document.comment_edited_ts {
        document.comment.clone_from(&before.comment);
        document.tags.clone_from(&before.tags);
        document.comment_edited_ts.clone_from(&before.comment_edited_ts);
        document.updated_at.clone_from(&before.updated_at);
    }
    document
}

fn name_of(file: &FileFacts) -> String {
    file.name.clone().or_else(|| file.title.clone()).unwrap_or_else(|| file.id.clone())
}
