//! `RewriteTags`: an edited comment changes the tags of its files.

use std::sync::Arc;

use ackflow_asl::{Call, Failure};
use ackflow_flows::{RewriteTags, RewriteTagsError};
use ackflow_schemas::document::{CommentEdit, CommentEditReport, DocumentMetadata, RewrittenDocument};
use async_trait::async_trait;

use crate::{
    document_store::{DocumentError, DocumentStore},
    hashtags::{hashtags, plain_text},
    object_key::ObjectKey,
    ports::{Clock, ObjectStore},
    steps::StepHandler,
};

type RewriteFailure = Failure<RewriteTagsError>;

/// Rewrites metadata in a bucket.
pub struct RewriteTagsHandler {
    documents: DocumentStore,
    clock: Arc<dyn Clock>,
}

impl RewriteTagsHandler {
    /// A handler that changes documents in a bucket.
    pub fn new(objects: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>) -> Self {
        Self { documents: DocumentStore::new(objects), clock }
    }
}

#[async_trait]
impl StepHandler<RewriteTags> for RewriteTagsHandler {
    async fn run(
        &self,
        Call { input: edit, .. }: Call<CommentEdit>,
    ) -> Result<CommentEditReport, RewriteFailure> {
        let CommentEdit { message, file_ids } = edit;
        let (comment, tags) = (plain_text(&message.text), hashtags(&message.text));
        let now = self.clock.now().to_string();
        let rewrite = |before: Option<&DocumentMetadata>| {
            let before = before?;
            // An edit that is older than what is there came late.
            (before.comment_edited_ts < message.edited_ts).then(|| DocumentMetadata {
                comment: comment.clone(),
                tags: tags.clone(),
                comment_edited_ts: message.edited_ts.clone(),
                updated_at: Some(now.clone()),
                ..before.clone()
            })
        };
        let mut report = CommentEditReport { rewritten: vec![], unchanged: vec![] };
        let mut missing = Vec::new();
        for file_id in file_ids {
            let key = ObjectKey::metadata(&message.team_id, &message.channel_id, &message.ts, &file_id)
                .map_err(|error| Failure::new(RewriteTagsError::MetadataUnreadable, error.to_string()))?;
            match self.documents.change(&key, rewrite).await.map_err(|error| failure(&error))? {
                None => missing.push(file_id),
                Some(document) if document.comment_edited_ts == message.edited_ts => {
                    let metadata_key = key.to_string();
                    report.rewritten.push(RewrittenDocument { file_id, metadata_key, tags: document.tags });
                }
                Some(_) => report.unchanged.push(file_id),
            }
        }
        if missing.is_empty() {
            return Ok(report);
        }
        let cause = format!("There is no metadata of {} yet.", missing.join(", "));
        Err(Failure::new(RewriteTagsError::MetadataNotFound, cause))
    }
}

fn failure(error: &DocumentError) -> RewriteFailure {
    error.failure(RewriteTagsError::StorageUnavailable, RewriteTagsError::MetadataUnreadable)
}
