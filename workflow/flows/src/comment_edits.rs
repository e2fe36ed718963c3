//! An edited comment → the tags in the metadata follow.

use ackflow_asl::{
    StepError,
    builder::{Backoff, Flow, task},
};
use ackflow_schemas::document::CommentEdit;

use crate::{RewriteTags, RewriteTagsError};

/// The flow's name.
pub(crate) const COMMENT_EDITS: &str = "comment-edits";

/// As long as the files themselves may take to arrive: about two hours.
const WHILE_FILES_ARRIVE: Backoff =
    Backoff { interval_seconds: 2, rate: 2.0, max_delay_seconds: 600, max_attempts: 20 };

/// The flow of an edited comment on files.
pub fn comment_edits() -> Flow<CommentEdit> {
    let rewrite = task::<RewriteTags>()
        .retry(RewriteTagsError::transient(), WHILE_FILES_ARRIVE)
        .retry_platform(WHILE_FILES_ARRIVE);
    let comment = "An edited comment: its tags and text are rewritten in the metadata of the files.";
    Flow::new(COMMENT_EDITS, comment, 6 * 3600, rewrite)
}
