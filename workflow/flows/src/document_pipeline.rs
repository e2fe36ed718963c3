//! Files and #hashtags in Slack → files and metadata in the bucket → a notice in the thread.

use ackflow_asl::{
    StepError,
    builder::{Caught, Chain, Flow, Reshape, map, publish, reshape, task},
    each,
};
use ackflow_schemas::{
    document::{DocumentReport, DocumentRequest, FileOutcome, FileRequest, SaveMetadataInput, SourceMessage},
    notice::Notice,
};
use serde_json::{Value, json};

use crate::{
    FetchFile, FetchFileError, SaveMetadata, SaveMetadataError,
    backoff::{FOR_A_DAY, SOON},
    notices::notice,
};

/// The flow's name.
pub(crate) const DOCUMENT_PIPELINE: &str = "document-pipeline";

/// Three days: the files, then [`FOR_A_DAY`] for the metadata and again for the notice.
const TIMEOUT_SECONDS: u64 = 3 * 24 * 3600;

/// The flow of a message with files.
///
/// A file that can't be fetched is reported, and the others are stored all the same. When the metadata can't
/// be saved, the thread hears of it once, and the flow goes on trying; it fails at `SaveMetadataLater`, from
/// where it can be redriven.
pub fn document_pipeline() -> Flow<DocumentRequest> {
    let fetch_file = task::<FetchFile>()
        .retry(FetchFileError::transient(), SOON)
        .retry_platform(SOON)
        .recover(reshape::<FileFailed>());

    let save_later = publish::<NotifyDelay>().retry(SOON);
    let save_later = Chain::from(save_later).forget_failure().then(
        task::<SaveMetadata>()
            .named("SaveMetadataLater")
            .retry(SaveMetadataError::transient(), FOR_A_DAY)
            .retry_platform(FOR_A_DAY),
    );
    let save_metadata = task::<SaveMetadata>()
        .retry(SaveMetadataError::transient(), SOON)
        .retry_platform(SOON)
        .recover(save_later);

    let stages = Chain::from(map::<Files>("FetchFiles", 4, fetch_file))
        .then(save_metadata)
        .then(publish::<NotifyThread>().retry(FOR_A_DAY));

    let comment = "Files and #hashtags in Slack: to the bucket with metadata, and a notice in the thread.";
    Flow::new(DOCUMENT_PIPELINE, comment, TIMEOUT_SECONDS, stages)
}

each!(
    /// The files of a request, each of which becomes an outcome.
    Files: DocumentRequest.files[FileRequest] => SaveMetadataInput[FileOutcome], keeping message
);

/// Reports a file that could not be fetched, and why.
struct FileFailed;

impl Reshape for FileFailed {
    const NAME: &'static str = "FileFailed";
    type From = Caught<FileRequest>;
    type To = FileOutcome;

    fn template() -> Value {
        json!({
            "outcome": "failed",
            "file.$": "$.file",
            "error.$": "$.failure.Error",
            "cause.$": "$.failure.Cause",
        })
    }
}

notice! {
    /// Tells which files were stored and which failed.
    NotifyThread: DocumentReport => "documents_saved" DocumentsSaved { report: DocumentReport = "$" }
}

notice! {
    /// Tells that the files are stored but their metadata is late.
    NotifyDelay: Caught<SaveMetadataInput> => "metadata_delayed" MetadataDelayed {
        message: SourceMessage = "$.message",
        error: String = "$.failure.Error",
        cause: String = "$.failure.Cause"
    }
}
