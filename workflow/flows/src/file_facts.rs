//! What a flow keeps of a Slack file object.

use ackflow_schemas::{document::FileFacts, slack::File};
use jiff::Timestamp;

/// The facts of a file; `None` when it has no id. Previews, thumbnails and public links are left behind.
pub fn file_facts(file: &File) -> Option<FileFacts> {
    let text = |value: &Option<String>| value.clone().filter(|text| !text.is_empty());
    let is_external = file.is_external.unwrap_or(false) || file.mode.as_deref() == Some("external");
    // For an external file, `url_private` is where it lies at its own host.
    let external_url = text(&file.external_url).or_else(|| text(&file.url_private)).filter(|_| is_external);
    let url = text(&file.url_private_download).or_else(|| text(&file.url_private)).filter(|_| !is_external);
    Some(FileFacts {
        id: text(&file.id)?,
        name: text(&file.name),
        title: text(&file.title),
        mimetype: text(&file.mimetype),
        filetype: text(&file.filetype),
        size: file.size.and_then(|size| u64::try_from(size).ok()),
        mode: text(&file.mode),
        file_access: text(&file.file_access),
        url,
        external_url,
        external_type: text(&file.external_type),
        permalink: text(&file.permalink),
        user_id: text(&file.user),
        created_at: file
            .created
            .filter(|seconds| *seconds > 0)
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .map(|time| time.to_string()),
    })
}
