//! The contract of `SaveMetadata`: what is known of the files, as one JSON document each.

use ackflow_asl::Step;
use ackflow_schemas::document::{DocumentReport, SaveMetadataInput};

use crate::{
    function::{EnvironmentVariable, Function, Grant, Trigger},
    slack_access::Method,
    step_errors,
};

/// Writes a metadata document beside each file: hashtags, author, place, facts of the file.
pub struct SaveMetadata;

impl Step for SaveMetadata {
    const NAME: &'static str = "SaveMetadata";
    const COMMENT: &'static str = "Writes the metadata document of each file: hashtags, author, facts.";
    const TIMEOUT_SECONDS: u64 = 60;
    type Input = SaveMetadataInput;
    type Output = DocumentReport;
    type Error = SaveMetadataError;
}

impl SaveMetadata {
    pub(crate) const FUNCTION: Function = Function {
        name: "slack-metadata",
        trigger: Trigger::Step(Self::NAME),
        comment: Self::COMMENT,
        timeout_seconds: Self::TIMEOUT_SECONDS,
        memory_mib: 256,
        environment: &[
            EnvironmentVariable::BUCKET,
            EnvironmentVariable::BOT_TOKEN,
            EnvironmentVariable::SLACK_API_URL,
        ],
        grants: &[Grant::METADATA, Grant::BOT_TOKEN],
        slack_methods: &[Method::ChatGetPermalink],
    };
}

step_errors! {
    /// How saving metadata may fail.
    SaveMetadataError {
        transient {
            /// The bucket did not take a document, or did not give one.
            StorageUnavailable,
            /// Slack asks to wait (HTTP 429), for longer than the step may take.
            SlackRateLimited,
            /// Slack answered with a server error, or not at all.
            SlackUnavailable,
        }
        permanent {
            /// A document in the bucket is not one of ours.
            MetadataUnreadable,
        }
    }
}
