//! What notices say, and that no text of a user's pings anybody.

mod devops;

use std::collections::BTreeMap;

use ackflow_asl::StepError;
use ackflow_flows::{FetchFileError, SaveMetadataError};
use ackflow_handlers::Message;
use ackflow_schemas::{
    document::{DocumentReport, FailedDocument, SavedDocument, SourceMessage},
    notice::Notice,
};
use proptest::prelude::*;

use crate::snapshots;

pub(crate) fn message() -> SourceMessage {
    SourceMessage {
        event_id: "Ev0EVENT".to_owned(),
        team_id: "T0TEAM".to_owned(),
        channel_id: "C0CHANNEL".to_owned(),
        user_id: "U0AUTHOR".to_owned(),
        ts: "1670631527.874149".to_owned(),
        thread_ts: None,
        text: "the report #finance".to_owned(),
        posted_at: "2022-12-10T00:18:47.874149Z".to_owned(),
        edited_ts: None,
    }
}

fn saved(name: &str, size: Option<u64>) -> SavedDocument {
    SavedDocument {
        file_id: "F1".to_owned(),
        name: name.to_owned(),
        size,
        metadata_key: "metadata/T0TEAM/C0CHANNEL/1670631527.874149/F1.json".to_owned(),
        object_key: Some("files/T0TEAM/C0CHANNEL/1670631527.874149/F1".to_owned()),
        external_url: None,
    }
}

fn external(name: &str) -> SavedDocument {
    let external_url = Some("https://docs.google.com/spreadsheets/d/1aBcDeF/edit".to_owned());
    SavedDocument { object_key: None, external_url, ..saved(name, None) }
}

fn failed(name: &str, error: &str) -> FailedDocument {
    FailedDocument {
        file_id: "F2".to_owned(),
        name: name.to_owned(),
        error: error.to_owned(),
        cause: "What operators read, with ids and hosts in it.".to_owned(),
    }
}

pub(crate) fn documents_saved(
    tags: &[&str],
    saved: Vec<SavedDocument>,
    failed: Vec<FailedDocument>,
) -> Notice {
    let tags = tags.iter().map(|&tag| tag.to_owned()).collect();
    let report = DocumentReport { message: message(), tags, saved, failed };
    Notice::DocumentsSaved { id: "T0TEAM-Ev0EVENT/NotifyThread".to_owned(), report }
}

fn metadata_delayed(error: &str) -> Notice {
    Notice::MetadataDelayed {
        id: "T0TEAM-Ev0EVENT/NotifyDelay".to_owned(),
        message: message(),
        error: error.to_owned(),
        cause: "What operators read.".to_owned(),
    }
}

fn operations(subject: &str, text: &str) -> Notice {
    let (subject, text) = (subject.to_owned(), text.to_owned());
    Notice::Operations { id: "rate-limited/T0TEAM/1670631480".to_owned(), subject, text }
}

/// The text of a notice.
fn text(notice: &Notice) -> String {
    ackflow_handlers::message(notice).text
}

/// The text of a notice, and below it the blocks, where there are any.
fn text_and_blocks(notice: &Notice) -> String {
    let Message { text, blocks } = ackflow_handlers::message(notice);
    if blocks.is_empty() {
        return text;
    }
    format!("{text}\n\n{}", serde_json::to_string_pretty(&blocks).unwrap())
}

fn check(name: &str, notice: &Notice) {
    check_text(name, &text_and_blocks(notice));
}

fn check_text(name: &str, text: &str) {
    snapshots("slack-message").bind(|| insta::assert_snapshot!(format!("text_{name}"), text));
}

pub(crate) fn report() -> SavedDocument {
    saved("report.pdf", Some(48_213))
}

#[test]
fn all_files_were_stored() {
    let files = vec![
        report(),
        saved("empty.txt", Some(0)),
        saved("letter.txt", Some(1)),
        saved("note.txt", Some(999)),
        saved("kilo.txt", Some(1000)),
        saved("almost-mega.bin", Some(999_949)),
        saved("mega.bin", Some(999_950)),
        saved("video.mp4", Some(1_500_000_000)),
        saved("backup.tar", Some(2_400_000_000_000_000)),
        saved("unmeasured", None),
    ];
    check("all_stored", &documents_saved(&["finance", "2026-q3"], files, vec![]));
}

#[test]
fn some_files_failed() {
    let lost = vec![failed("plan.docx", "FileDeleted"), failed("big.iso", "SlackUnavailable")];
    check("some_failed", &documents_saved(&["finance"], vec![report()], lost));
}

#[test]
fn every_file_failed() {
    check(
        "only_failed",
        &documents_saved(&["finance"], vec![], vec![failed("plan.docx", "FileAccessDenied")]),
    );
}

#[test]
fn a_file_outside_slack_is_kept_as_a_link() {
    check("external_file", &documents_saved(&["finance"], vec![report(), external("Budget 2026")], vec![]));
}

#[test]
fn a_comment_had_no_tags() {
    check("without_tags", &documents_saved(&[], vec![report()], vec![]));
}

/// Names that would ping, link, break out of their line or look like another.
const HOSTILE: [&str; 6] = [
    "<!channel> <@U0BOSS> <#C1>.pdf",
    "two\nlines\r\nand\u{2028}more\u{2029}.pdf",
    "*bold* <https://evil.example|click here> & co.pdf",
    "invoice\u{202e}fdp.exe",
    "&lt;!here&gt;.pdf",
    "../../etc/passwd",
];

#[test]
fn hostile_names_are_shown_and_do_nothing() {
    let long = "very-long-".repeat(30);
    let mut files: Vec<SavedDocument> = HOSTILE.iter().map(|name| saved(name, Some(1))).collect();
    files.push(saved(&long, Some(1)));
    let lost = HOSTILE.iter().map(|name| failed(name, "FileDeleted")).collect();
    check("hostile_names", &documents_saved(&["a&b", "<!here>"], files, lost));
}

#[test]
fn of_two_hundred_files_the_first_are_listed() {
    let files = (1..=200).map(|number| saved(&format!("scan-{number:03}.png"), Some(number))).collect();
    check("two_hundred_files", &documents_saved(&["scans"], files, vec![]));
}

#[test]
fn the_metadata_is_late() {
    check("metadata_delayed", &metadata_delayed("StorageUnavailable"));
    check("metadata_blocked", &metadata_delayed("MetadataUnreadable"));
    check("metadata_delayed_by_a_fault_of_ours", &metadata_delayed("InvalidStepInput"));
}

#[test]
fn operators_are_told() {
    let text = "Workspace T0TEAM sent <many> events & Slack drops the rest.";
    check("operations", &operations("Slack holds back <events>", text));
}

/// Everything that may end a `FetchFile`: its own errors, and those of the platform.
fn fetch_file_errors() -> Vec<&'static str> {
    let own = FetchFileError::ALL.iter().map(|error| error.name());
    own.chain(["States.Timeout", "Lambda.Unknown"]).collect()
}

/// The line about a file that failed with this error.
fn line_of(error: &str) -> String {
    let text = text(&documents_saved(&[], vec![], vec![failed("x.pdf", error)]));
    text.lines().nth(1).expect("a line for the file").to_owned()
}

#[test]
fn every_reason_a_file_fails_for() {
    let lines: Vec<String> =
        fetch_file_errors().iter().map(|error| format!("{error}\n    {}", line_of(error))).collect();
    check_text("every_reason", &lines.join("\n"));
}

/// Asserts that no two errors read the same.
fn assert_distinct<'a>(errors: &[&'a str], text: impl Fn(&str) -> String) {
    let mut said: BTreeMap<String, &'a str> = BTreeMap::new();
    for &error in errors {
        let text = text(error);
        assert!(!text.contains(error), "a user is shown the name {error}: {text}");
        if let Some(other) = said.insert(text.clone(), error) {
            panic!("{error} and {other} read the same: {text}");
        }
    }
}

#[test]
fn every_error_of_fetch_file_has_a_text_of_its_own() {
    assert_distinct(&fetch_file_errors(), line_of);
}

#[test]
fn every_error_of_save_metadata_has_a_text_of_its_own() {
    let own = SaveMetadataError::ALL.iter().map(|error| error.name());
    let errors: Vec<&str> = own.chain(["States.Timeout", "Lambda.Unknown", "InvalidStepInput"]).collect();
    assert_distinct(&errors, |error| text(&metadata_delayed(error)));
}

#[test]
fn what_no_retry_mends_is_not_said_to_be_retried() {
    for &error in SaveMetadataError::ALL {
        let text = text(&metadata_delayed(error.name()));
        assert_eq!(text.contains("keep trying"), error.is_transient(), "{text}");
    }
}

#[test]
fn the_cause_is_for_operators_only() {
    let notices = [
        documents_saved(&[], vec![], vec![failed("x.pdf", "FileDeleted")]),
        metadata_delayed("StorageUnavailable"),
    ];
    for notice in notices {
        let text = text(&notice);
        assert!(!text.contains("operators read"), "{text}");
    }
}

/// Names full of what must not get through.
fn name() -> impl Strategy<Value = String> {
    let piece =
        prop_oneof!["[<>&!@#|]", "[\n\r\u{85}\u{2028}\u{2029}\u{202e}\u{2066}]", "(?s).", "[a-z.]{1,40}"];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_name_can_ping_or_link_or_begin_a_line(name in name()) {
        let text = text(&documents_saved(&[], vec![saved(&name, None)], vec![failed(&name, "FileDeleted")]));
        prop_assert!(!text.contains(['<', '>']), "{}", text);
        prop_assert_eq!(text.lines().count(), 4);
        prop_assert!(!text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{202e}', '\u{2066}']), "{}", text);
        for (place, _) in text.match_indices('&') {
            let is_entity = ["&amp;", "&lt;", "&gt;"].iter().any(|entity| text[place..].starts_with(entity));
            prop_assert!(is_entity, "{}", text);
        }
    }

    #[test]
    fn a_message_is_never_longer_than_slack_takes(name in "[&<]{120,130}|.{0,10}", files in 0..300_usize, tags in 0..3000_usize) {
        let tag = format!("{name}&");
        let notice = documents_saved(
            &vec![&*tag; tags],
            vec![saved(&name, Some(1)); files],
            vec![failed(&name, "FileAccessDenied"); files],
        );
        let length = text(&notice).chars().count();
        prop_assert!(length <= 40_000, "{length}");
    }
}
