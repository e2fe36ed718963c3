//! What `route` makes of an event: the input of an execution, or nothing, or an error that names the field.

use std::fmt::Write as _;

use ackflow_asl::StepError;
use ackflow_flows::{FetchFileError, RewriteTagsError, Routing, SaveMetadataError};
use serde_json::{Value, json};

use crate::{
    payloads::{
        comment_edited, envelope, external_file, routed, slack_connect, started, thread_reply, two_files,
    },
    snapshots,
};

#[test]
fn an_event_becomes_this_execution() {
    let cases = [
        ("two_files", two_files()),
        ("slack_connect", slack_connect()),
        ("external_file", external_file()),
        ("thread_reply", thread_reply()),
        ("comment_edited", comment_edited()),
    ];
    for (case, payload) in cases {
        let start = started(&payload);
        let input: Value = serde_json::from_str(start.input.get()).unwrap();
        let start = json!({ "flow": start.flow, "name": start.name, "input": input });
        let start = serde_json::to_string_pretty(&start).unwrap();
        snapshots("execution-input").bind(|| insta::assert_snapshot!(case, start));
    }
}

/// A payload with one field set.
fn with(mut payload: Value, pointer: &str, value: impl Into<Value>) -> Value {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer has a slash");
    payload.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}"))[field] = value.into();
    payload
}

/// A payload with one field taken away.
fn without(mut payload: Value, pointer: &str) -> Value {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer has a slash");
    let parent = payload.pointer_mut(parent).and_then(Value::as_object_mut);
    parent.and_then(|parent| parent.remove(field)).unwrap_or_else(|| panic!("nothing at {pointer}"));
    payload
}

#[test]
fn what_no_flow_wants_is_ignored_with_a_reason() {
    let message = |fields: Value| {
        let mut payload = without(without(two_files(), "/event/files"), "/event/subtype");
        payload["event"].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        payload
    };
    let unfurled =
        with(comment_edited(), "/event/message/text", "Q3 figures #finance #2026-q3 &amp; the plan");
    let cases = [
        ("a message without files", message(json!({}))),
        ("a message with an empty list of files", message(json!({ "files": [] }))),
        ("files from a bot, perhaps this one", with(two_files(), "/event/bot_id", "B0BOT")),
        ("a bot's message", message(json!({ "subtype": "bot_message", "bot_id": "B0BOT" }))),
        ("somebody joined the channel", message(json!({ "subtype": "channel_join" }))),
        ("a message was deleted", message(json!({ "subtype": "message_deleted" }))),
        ("a reply that is sent to the channel too", message(json!({ "subtype": "thread_broadcast" }))),
        ("a subtype of the future", message(json!({ "subtype": "brand_new" }))),
        ("a message without files was edited", without(comment_edited(), "/event/message/files")),
        ("a bot's files were edited", with(comment_edited(), "/event/message/bot_id", "B0BOT")),
        ("a link was unfurled", without(comment_edited(), "/event/message/edited")),
        ("an edit that leaves the text as it was", unfurled),
        ("a mention of the app", envelope(&json!({ "type": "app_mention", "text": "<@U1> hello" }))),
        (
            "a file was shared, only its id is told",
            envelope(&json!({ "type": "file_shared", "file_id": "F1" })),
        ),
        ("an event of the future", envelope(&json!({ "type": "brand_new", "shape": [1, 2] }))),
        ("an event without a type", envelope(&json!({ "text": "x" }))),
    ];
    let mut page = String::new();
    for (case, payload) in cases {
        let reason = match routed(&payload) {
            Ok(Routing::Ignore(reason)) => serde_json::to_value(reason).unwrap(),
            other => panic!("{case}: {other:?}"),
        };
        writeln!(page, "{case:<42} {}", reason.as_str().unwrap()).unwrap();
    }
    snapshots("execution-input").bind(|| insta::assert_snapshot!("ignored", page));
}

#[test]
fn a_missing_field_is_named() {
    let files_posted =
        ["/event_id", "/team_id", "/event/channel", "/event/user", "/event/ts", "/event/files/1/id"];
    let comment_edit = [
        "/event_id",
        "/team_id",
        "/event/channel",
        "/event/message",
        "/event/message/user",
        "/event/message/ts",
        "/event/message/edited/ts",
        "/event/message/files/0/id",
    ];
    let mut page = String::new();
    let mut refuse = |what: &str, payload: &Value| {
        let error = routed(payload).expect_err(what);
        writeln!(page, "{what}\n    {error}").unwrap();
    };
    for pointer in files_posted {
        refuse(&format!("files were posted, without {pointer}"), &without(two_files(), pointer));
    }
    for pointer in comment_edit {
        refuse(&format!("a comment was edited, without {pointer}"), &without(comment_edited(), pointer));
    }
    refuse("an empty event_id", &with(two_files(), "/event_id", ""));
    refuse("a ts that is no time", &with(two_files(), "/event/ts", "yesterday"));
    refuse("a ts with a sign", &with(two_files(), "/event/ts", "+1670631527.874149"));
    refuse("a ts without its fraction", &with(comment_edited(), "/event/message/ts", "1670631527"));
    refuse("files that are no list", &with(two_files(), "/event/files", "F1"));
    refuse("an event that is no object", &envelope(&json!("message")));
    snapshots("execution-input").bind(|| insta::assert_snapshot!("missing_fields", page));
}

#[test]
fn the_missing_field_named_is_the_one_that_is_missing() {
    for (payload, pointer) in [
        (two_files(), "/event/ts"),
        (two_files(), "/event/files/1/id"),
        (comment_edited(), "/event/message/ts"),
        (comment_edited(), "/event/message/user"),
        (comment_edited(), "/event/message/files/0/id"),
    ] {
        let error = routed(&without(payload, pointer)).expect_err("refused").to_string();
        let path = pointer[1..].replace("/0/", "[0].").replace("/1/", "[1].").replace('/', ".");
        assert!(error.contains(&format!("`{path}`")), "without {pointer}: {error}");
    }
}

#[test]
fn nothing_that_opens_or_shows_a_file_without_the_token_gets_into_the_input() {
    let input = started(&two_files()).input.to_string();
    for secret in
        ["permalink_public", "slack-files.com", "thumb", "no business of a workflow's", "legacy-token"]
    {
        assert!(!input.contains(secret), "the input holds {secret}: {input}");
    }
}

#[test]
fn error_names_are_what_error_equals_can_match() {
    fn names<E: StepError>() -> Vec<&'static str> {
        E::ALL.iter().map(|error| error.name()).collect()
    }
    for names in [names::<FetchFileError>(), names::<SaveMetadataError>(), names::<RewriteTagsError>()] {
        assert!(!names.is_empty());
        for name in names {
            assert!(
                !name.starts_with("States.") && !name.starts_with("Lambda."),
                "{name} is not ours to use"
            );
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{name}");
        }
    }
}
