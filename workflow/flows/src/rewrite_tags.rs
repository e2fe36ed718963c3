//! The contract of `RewriteTags`: an edited comment changes the tags of its files.

use ackflow_asl::Step;
use ackflow_schemas::document::{CommentEdit, CommentEditReport};

use crate::{
    function::{EnvironmentVariable, Function, Grant, Trigger},
    step_errors,
};

/// Rewrites comment and tags in the metadata documents of a message whose text was edited.
pub struct RewriteTags;

impl Step for RewriteTags {
    const NAME: &'static str = "RewriteTags";
    const COMMENT: &'static str = "Rewrites comment and tags of files whose comment was edited.";
    const TIMEOUT_SECONDS: u64 = 60;
    type Input = CommentEdit;
    type Output = CommentEditReport;
    type Error = RewriteTagsError;
}

impl RewriteTags {
    pub(crate) const FUNCTION: Function = Function {
        name: "slack-tags",
        trigger: Trigger::Step(Self::NAME),
        comment: Self::COMMENT,
        timeout_seconds: Self::TIMEOUT_SECONDS,
        memory_mib: 256,
        environment: &[EnvironmentVariable::BUCKET],
        grants: &[Grant::METADATA],
        slack_methods: &[],
    };
}

step_errors! {
    /// How rewriting tags may fail.
    RewriteTagsError {
        transient {
            /// The bucket did not take a document, or did not give one.
            StorageUnavailable,
            /// No metadata yet: events come in any order, and the files may still be on their way.
            MetadataNotFound,
        }
        permanent {
            /// A document in the bucket is not one of ours.
            MetadataUnreadable,
        }
    }
}
