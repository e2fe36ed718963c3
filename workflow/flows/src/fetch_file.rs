//! The contract of `FetchFile`: one file, from Slack to the bucket.

use ackflow_asl::Step;
use ackflow_schemas::document::{FileOutcome, FileRequest};

use crate::{
    function::{EnvironmentVariable, Function, Grant, Resource, Trigger},
    slack_access::Method,
    step_errors,
};

/// Streams one file from Slack to the bucket. An external file is recorded, not fetched.
pub struct FetchFile;

impl Step for FetchFile {
    const NAME: &'static str = "FetchFile";
    const COMMENT: &'static str = "Streams one file from Slack to the bucket.";
    const TIMEOUT_SECONDS: u64 = 600;
    type Input = FileRequest;
    type Output = FileOutcome;
    type Error = FetchFileError;
}

impl FetchFile {
    pub(crate) const FUNCTION: Function = Function {
        name: "slack-file-fetcher",
        trigger: Trigger::Step(Self::NAME),
        comment: Self::COMMENT,
        timeout_seconds: Self::TIMEOUT_SECONDS,
        memory_mib: 512,
        environment: &[
            EnvironmentVariable::BUCKET,
            EnvironmentVariable::BOT_TOKEN,
            EnvironmentVariable::SLACK_API_URL,
        ],
        grants: &[
            Grant {
                resource: Resource::Objects("files/"),
                actions: &["s3:PutObject", "s3:AbortMultipartUpload"],
            },
            Grant::BOT_TOKEN,
        ],
        slack_methods: &[Method::FilesInfo],
    };
}

step_errors! {
    /// How fetching a file may fail.
    FetchFileError {
        transient {
            /// Slack asks to wait (HTTP 429), for longer than the step may take.
            SlackRateLimited,
            /// Slack answered with a server error, or not at all.
            SlackUnavailable,
            /// The connection broke before the file was whole.
            DownloadInterrupted,
            /// The bucket did not take the file.
            StorageUnavailable,
        }
        permanent {
            /// Slack refuses the token: it is wrong, or lacks `files:read`.
            FileAccessDenied,
            /// The file was deleted, or never was.
            FileDeleted,
            /// The workspace's plan hides the file, or it is of a kind that can't be downloaded.
            FileNotDownloadable,
            /// Slack sent more or less than the file's size.
            FileSizeMismatch,
            /// The download leads to a host that must not see the token.
            FileHostNotAllowed,
        }
    }
}
