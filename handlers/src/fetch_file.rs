//! `FetchFile`: one file, from Slack to the bucket, in bounded memory.

use std::{sync::Arc, time::Duration};

use ackflow_asl::{Call, Failure};
use ackflow_flows::{FetchFile, FetchFileError, file_facts};
use ackflow_schemas::document::{FileFacts, FileOutcome, FileRequest};
use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha256};
use url::Url;

use crate::{
    object_key::ObjectKey,
    ports::{Broken, ObjectStore, PutError},
    slack_client::{Download, SlackClient, SlackError},
    steps::StepHandler,
};

/// How long the step waits by itself when Slack says when to come back.
const PATIENCE: Duration = Duration::from_mins(1);

type FetchFailure = Failure<FetchFileError>;

/// Fetches files with a bot token into a bucket.
pub struct FetchFileHandler {
    slack: SlackClient,
    objects: Arc<dyn ObjectStore>,
}

impl FetchFileHandler {
    /// A handler that reads from Slack and writes to a bucket.
    pub fn new(slack: &SlackClient, objects: Arc<dyn ObjectStore>) -> Self {
        Self { slack: slack.patient(PATIENCE), objects }
    }
}

#[async_trait]
impl StepHandler<FetchFile> for FetchFileHandler {
    async fn run(&self, Call { input: request, .. }: Call<FileRequest>) -> Result<FileOutcome, FetchFailure> {
        let file = self.look_up(request.file).await?;
        if file.external_url.is_some() {
            return Ok(FileOutcome::Recorded { file });
        }
        let key = ObjectKey::file(&request.team_id, &request.channel_id, &request.message_ts, &file.id)
            .map_err(|error| Failure::new(FetchFileError::FileNotDownloadable, error.to_string()))?;
        let url = download_url(&file)?;
        let download = self.slack.download(&url).await.map_err(|error| from_slack(&file, &error))?;
        refuse_login_page(&file, &download)?;
        self.store(key, file, download).await
    }
}

impl FetchFileHandler {
    /// The whole facts of a file that the event only names, as those shared through Slack Connect.
    async fn look_up(&self, file: FileFacts) -> Result<FileFacts, FetchFailure> {
        if file.file_access.as_deref() != Some("check_file_info") {
            return Ok(file);
        }
        let info = self.slack.files_info(&file.id).await.map_err(|error| from_slack(&file, &error))?;
        file_facts(&info).ok_or_else(|| {
            Failure::new(FetchFileError::SlackUnavailable, "Slack's answer to files.info names no file")
        })
    }

    async fn store(
        &self,
        object_key: ObjectKey,
        file: FileFacts,
        download: Download,
    ) -> Result<FileOutcome, FetchFailure> {
        let content_type = download.content_type().map(str::to_owned);
        let mut intake = Intake { file: &file, download, size: 0, digest: Sha256::new(), failure: None };
        let stored = {
            let pieces =
                stream::unfold(&mut intake, |intake| async move { Some((intake.next().await?, intake)) });
            self.objects.put_stream(&object_key, content_type.as_deref(), pieces.boxed()).await
        };
        let Intake { size, digest, failure, .. } = intake;
        match (stored, failure) {
            (_, Some(failure)) => return Err(failure),
            (Err(PutError::Broken), None) => unreachable!("a content that breaks says why"),
            (Err(PutError::Port(error)), None) => {
                return Err(Failure::new(FetchFileError::StorageUnavailable, error.to_string()));
            }
            (Ok(()), None) => {}
        }
        let (object_key, sha256) = (object_key.to_string(), hex::encode(digest.finalize()));
        Ok(FileOutcome::Stored { file, object_key, size, sha256, content_type })
    }
}

/// Measures and hashes a file on its way.
struct Intake<'a> {
    file: &'a FileFacts,
    download: Download,
    size: u64,
    digest: Sha256,
    failure: Option<FetchFailure>,
}

impl Intake<'_> {
    async fn next(&mut self) -> Option<Result<bytes::Bytes, Broken>> {
        if self.failure.is_some() {
            return None;
        }
        let failure = match self.download.chunk().await {
            Ok(Some(piece)) => {
                self.size += piece.len() as u64;
                self.digest.update(&piece);
                match self.file.size {
                    Some(said) if self.size > said => self.mismatch("more"),
                    _ => return Some(Ok(piece)),
                }
            }
            Ok(None) => match self.file.size {
                Some(said) if self.size < said => self.mismatch("less"),
                _ => return None,
            },
            Err(_) => {
                let cause =
                    format!("The connection broke after {} bytes of {}.", self.size, called(self.file));
                Failure::new(FetchFileError::DownloadInterrupted, cause)
            }
        };
        self.failure = Some(failure);
        Some(Err(Broken))
    }

    fn mismatch(&self, which: &str) -> FetchFailure {
        let said = self.file.size.unwrap_or_default();
        let cause =
            format!("Slack sent {which} than the {said} bytes that it says {} has.", called(self.file));
        Failure::new(FetchFileError::FileSizeMismatch, cause)
    }
}

fn download_url(file: &FileFacts) -> Result<Url, FetchFailure> {
    let refuse = |error, why: &str| Err(Failure::new(error, format!("{} {why}", called(file))));
    match (file.mode.as_deref(), &file.url) {
        (Some("tombstone"), _) => refuse(FetchFileError::FileDeleted, "was deleted from Slack."),
        (Some("hidden_by_limit"), _) => {
            refuse(FetchFileError::FileNotDownloadable, "is hidden by the limits of the workspace's plan.")
        }
        (_, None) => refuse(FetchFileError::FileNotDownloadable, "has no download link."),
        (_, Some(url)) => match url.parse() {
            Ok(url) => Ok(url),
            Err(_) => refuse(FetchFileError::FileNotDownloadable, "has a download link that is not a URL."),
        },
    }
}

/// Slack answers a token without `files:read` with its login page and 200. A page that is the file itself is
/// known by the file's own type.
fn refuse_login_page(file: &FileFacts, download: &Download) -> Result<(), FetchFailure> {
    let is_page_itself = file.mimetype.as_deref() == Some("text/html")
        && download.content_length().is_none_or(|length| Some(length) == file.size);
    if download.is_web_page() && !is_page_itself {
        return Err(from_slack(file, &SlackError::AccessDenied));
    }
    Ok(())
}

fn from_slack(file: &FileFacts, error: &SlackError) -> FetchFailure {
    let name = match error {
        SlackError::RateLimited { .. } => FetchFileError::SlackRateLimited,
        SlackError::Unavailable { .. } => FetchFileError::SlackUnavailable,
        SlackError::HostNotAllowed { .. } => FetchFileError::FileHostNotAllowed,
        SlackError::Gone { .. } => FetchFileError::FileDeleted,
        SlackError::Refused { error, .. } if error == "file_not_found" || error == "file_deleted" => {
            FetchFileError::FileDeleted
        }
        SlackError::Refused { .. } | SlackError::AccessDenied => FetchFileError::FileAccessDenied,
    };
    Failure::new(name, format!("{}: {error}.", called(file)))
}

/// What to call a file in a cause.
fn called(file: &FileFacts) -> String {
    match &file.name {
        Some(name) => format!("File {} ({name:?})", file.id),
        None => format!("File {}", file.id),
    }
}
