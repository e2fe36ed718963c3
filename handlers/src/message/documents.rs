//! Documents that were stored, or were not.

use ackflow_schemas::document::{DocumentReport, FailedDocument, SavedDocument};

use super::mrkdwn::shown;

/// How many files are listed by name. With this and the other limits, a text stays within the 40,000 characters that
/// Slack takes, however much of it must be escaped.
const MAX_LISTED: usize = 20;

/// How many tags are shown.
const MAX_TAGS: usize = 30;

pub(super) fn saved(report: &DocumentReport) -> String {
    let mut lines = Vec::new();
    if !report.saved.is_empty() {
        lines.push(format!(
            ":white_check_mark: Stored {}, {}.",
            count(report.saved.len()),
            tagged(&report.tags)
        ));
        lines.extend(listed(&report.saved, saved_line));
    }
    if !report.failed.is_empty() {
        lines.push(format!(":warning: Could not store {}.", count(report.failed.len())));
        lines.extend(listed(&report.failed, failed_line));
    }
    lines.join("\n")
}

fn tagged(tags: &[String]) -> String {
    if tags.is_empty() {
        return "without tags".to_owned();
    }
    let named: Vec<String> = tags.iter().take(MAX_TAGS).map(|tag| format!("#{}", shown(tag))).collect();
    let more = tags.len() - named.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("tagged {}{more}", named.join(" "))
}

/// Why the metadata is late, and whether it will come by itself.
pub(super) fn delayed(error: &str) -> String {
    let late = "I have your files, as far as I could fetch them, but can't save their tags and details";
    let reason = match error {
        "StorageUnavailable" => "the storage can't be reached",
        "SlackRateLimited" => "Slack asks me to slow down",
        "SlackUnavailable" => "Slack can't be reached",
        "States.Timeout" => "it takes too long",
        lambda if lambda.starts_with("Lambda.") => "the machines that I run on have trouble",
        permanent => {
            let reason = match permanent {
                "MetadataUnreadable" => "something that is not mine lies in their place",
                _ => "something went wrong on my side",
            };
            return format!(
                ":warning: {late}: {reason}. Once the operators have mended that, I will say here what became of each file."
            );
        }
    };
    format!(
        ":hourglass: {late} just now: {reason}. I keep trying for a day and will say here what became of each file."
    )
}

fn listed<T>(files: &[T], line: impl Fn(&T) -> String) -> Vec<String> {
    let mut lines: Vec<String> = files.iter().take(MAX_LISTED).map(line).collect();
    if files.len() > MAX_LISTED {
        lines.push(format!("• and {} more", files.len() - MAX_LISTED));
    }
    lines
}

fn saved_line(file: &SavedDocument) -> String {
    let name = shown(&file.name);
    match (&file.external_url, file.size) {
        (Some(_), _) => format!("• {name} (kept as a link: the file lies outside Slack)"),
        (None, Some(size)) => format!("• {name} ({})", size_text(size)),
        (None, None) => format!("• {name}"),
    }
}

fn failed_line(file: &FailedDocument) -> String {
    format!("• {}: {}", shown(&file.name), reason(&file.error))
}

/// Why a file failed, and what its owner can do.
fn reason(error: &str) -> &'static str {
    match error {
        "FileAccessDenied" => {
            "Slack did not give it to me. Invite me to the channel; if I am in it, ask an admin to check the app's `files:read` scope."
        }
        "FileDeleted" => "it was deleted before I could fetch it. Post it again if it is still needed.",
        "FileNotDownloadable" => "Slack offers no download of it.",
        "FileSizeMismatch" => {
            "what Slack sent was not the whole file, or more than it. Post it again, please."
        }
        "FileHostNotAllowed" => "its download leads outside Slack, where I don't go.",
        "SlackRateLimited" => "Slack asked me to slow down for too long. Post it again later, please.",
        "SlackUnavailable" => {
            "Slack could not deliver it, though I tried several times. Post it again later, please."
        }
        "DownloadInterrupted" => {
            "the connection to Slack broke before it was whole, though I tried several times. Post it again later, please."
        }
        "StorageUnavailable" => {
            "the storage could not be reached, though I tried several times. Post it again later, please."
        }
        "States.Timeout" => "it took too long. Post it again later, please.",
        _ => "something went wrong on my side; the operators can see what. Post it again later, please.",
    }
}

fn count(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}

#[allow(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn size_text(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes == 1 {
        return "1 byte".to_owned();
    }
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut size = bytes as f64 / 1000.0;
    let mut unit = 0;
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}
