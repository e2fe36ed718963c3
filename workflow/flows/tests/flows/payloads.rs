//! Payloads with the shape of recorded ones, and what `route` makes of them.

use ackflow_flows::{Configuration, RouteError, Routing, StartRequest, route};
use ackflow_schemas::slack::OuterEvent;
use jiff::Timestamp;
use serde_json::{Value, json};

/// A message with two hosted files, as Slack delivers it.
pub(crate) fn two_files() -> Value {
    envelope(&json!({
        "type": "message",
        "subtype": "file_share",
        "text": "Q3 figures #finance #2026-q3 &amp; the plan",
        "files": [
            {
                "id": "F0REPORT",
                "created": 1_670_631_525,
                "timestamp": 1_670_631_525,
                "name": "report.pdf",
                "title": "Q3 report",
                "mimetype": "application/pdf",
                "filetype": "pdf",
                "pretty_type": "PDF",
                "user": "U043H11ES4V",
                "user_team": "T043DB835ML",
                "editable": false,
                "size": 48_213,
                "mode": "hosted",
                "is_external": false,
                "external_type": "",
                "is_public": true,
                "public_url_shared": false,
                "display_as_bot": false,
                "username": "",
                "url_private": "https://files.slack.com/files-pri/T043DB835ML-F0REPORT/report.pdf",
                "url_private_download":
                    "https://files.slack.com/files-pri/T043DB835ML-F0REPORT/download/report.pdf",
                "media_display_type": "unknown",
                "thumb_pdf": "https://files.slack.com/files-tmb/T043DB835ML-F0REPORT-1/report_thumb_pdf.png",
                "permalink": "https://example.slack.com/files/U043H11ES4V/F0REPORT/report.pdf",
                "permalink_public": "https://slack-files.com/T043DB835ML-F0REPORT-0a1b2c3d4e",
                "is_starred": false,
                "has_rich_preview": false,
                "file_access": "visible",
            },
            {
                "id": "F0NOTES",
                "created": 1_670_631_526,
                "name": "notes.md",
                "title": "notes.md",
                "mimetype": "text/plain",
                "filetype": "markdown",
                "user": "U043H11ES4V",
                "size": 912,
                "mode": "snippet",
                "is_external": false,
                "url_private": "https://files.slack.com/files-pri/T043DB835ML-F0NOTES/notes.md",
                "preview": "The first lines of the file, which are no business of a workflow's",
                "permalink": "https://example.slack.com/files/U043H11ES4V/F0NOTES/notes.md",
                "file_access": "visible",
            },
        ],
        "upload": false,
        "user": "U043H11ES4V",
        "display_as_bot": false,
        "blocks": [{ "type": "rich_text", "block_id": "FXy3n", "elements": [] }],
        "ts": "1670631527.874149",
        "client_msg_id": "a5a11822-d14e-4621-992b-32d561648aa0",
        "channel": "C043YJGBY49",
        "event_ts": "1670631527.874149",
        "channel_type": "channel",
    }))
}

/// A file from another organisation: Slack Connect names it and says that `files.info` must be asked.
pub(crate) fn slack_connect() -> Value {
    let file = json!({
        "id": "F12345678",
        "mode": "file_access",
        "file_access": "check_file_info",
        "created": 0,
        "timestamp": 0,
        "user": "",
    });
    with_files(&json!([file]))
}

/// A file that lies outside Slack.
pub(crate) fn external_file() -> Value {
    let file = json!({
        "id": "F0GDRIVE",
        "created": 1_670_631_500,
        "name": "Budget 2026",
        "title": "Budget 2026",
        "mimetype": "application/vnd.google-apps.spreadsheet",
        "filetype": "gsheet",
        "user": "U043H11ES4V",
        "size": 0,
        "mode": "external",
        "is_external": true,
        "external_type": "gdrive",
        "external_id": "1aBcDeF",
        "external_url": "https://docs.google.com/spreadsheets/d/1aBcDeF/edit",
        "url_private": "https://docs.google.com/spreadsheets/d/1aBcDeF/edit",
        "permalink": "https://example.slack.com/files/U043H11ES4V/F0GDRIVE/budget_2026",
        "file_access": "visible",
    });
    with_files(&json!([file]))
}

/// Two files posted in a thread.
pub(crate) fn thread_reply() -> Value {
    let mut payload = two_files();
    payload["event"]["thread_ts"] = "1670630000.000100".into();
    payload["event"]["parent_user_id"] = "U0PARENT".into();
    payload
}

/// The comment on two files was edited.
pub(crate) fn comment_edited() -> Value {
    let mut message = two_files()["event"].take();
    // The message within tells neither its channel nor its own event.
    for field in ["channel", "event_ts", "channel_type", "subtype"] {
        message.as_object_mut().unwrap().remove(field);
    }
    let before = message.clone();
    message["text"] = "Q3 figures #finance #2026-q4".into();
    message["edited"] = json!({ "user": "U043H11ES4V", "ts": "1670631600.000000" });
    envelope(&json!({
        "type": "message",
        "subtype": "message_changed",
        "message": message,
        "previous_message": before,
        "channel": "C043YJGBY49",
        "hidden": true,
        "ts": "1670631600.000200",
        "event_ts": "1670631600.000200",
        "channel_type": "channel",
    }))
}

/// A message with these files.
fn with_files(files: &Value) -> Value {
    let mut payload = two_files();
    payload["event"]["text"] = "#shared".into();
    payload["event"]["files"] = files.clone();
    payload
}

/// The envelope around an event.
pub(crate) fn envelope(event: &Value) -> Value {
    json!({
        "token": "legacy-token",
        "team_id": "T043DB835ML",
        "api_app_id": "A0442TUPHGR",
        "event": event,
        "type": "event_callback",
        "event_id": "Ev04EEHX2PSS",
        "event_time": 1_670_631_527,
        "authorizations": [{
            "enterprise_id": null,
            "team_id": "T043DB835ML",
            "user_id": "U0442US8QGH",
            "is_bot": true,
            "is_enterprise_install": false,
        }],
        "is_ext_shared_channel": false,
        "event_context": "4-eyJldCI6Im1lc3NhZ2UifQ",
    })
}

/// What `route` makes of a payload.
pub(crate) fn routed(payload: &Value) -> Result<Routing, RouteError> {
    match OuterEvent::parse(payload.to_string().as_bytes()) {
        Ok(OuterEvent::EventCallback(callback)) => {
            route(&callback, &Configuration::default(), Timestamp::UNIX_EPOCH)
        }
        other => panic!("not an event_callback: {other:?}"),
    }
}

/// The execution that a payload starts.
pub(crate) fn started(payload: &Value) -> StartRequest {
    match routed(payload) {
        Ok(Routing::Start(start)) => start,
        other => panic!("no execution: {other:?}"),
    }
}
