//! Messages that break a rule.

use ackflow_flows::{Configuration, Routing};
use ackflow_schemas::devops::ModerationCase;
use serde_json::{Value, json};

use crate::{
    example::{EXAMPLE, NOW, input, missing, page, routed, routed_by, started},
    payloads::{envelope, two_files},
    snapshots,
};

/// Breaks the first rule. The key is the one in AWS's documentation.
const KEY: &str = "my key is AKIAIOSFODNN7EXAMPLE";

/// Somebody writes a message.
fn message(channel: &str, text: &str) -> Value {
    envelope(&json!({
        "type": "message",
        "channel": channel,
        "channel_type": "channel",
        "user": "U0DANA",
        "text": text,
        "ts": "1767225599.000100",
        "event_ts": "1767225599.000100",
    }))
}

/// Somebody edits a message.
fn edit(channel: &str, text: &str) -> Value {
    let version =
        |text: &str| json!({ "type": "message", "user": "U0DANA", "text": text, "ts": "1767225000.000100" });
    let mut edited = version(text);
    edited["edited"] = json!({ "user": "U0DANA", "ts": "1767225599.000000" });
    envelope(&json!({
        "type": "message",
        "subtype": "message_changed",
        "hidden": true,
        "channel": channel,
        "channel_type": "channel",
        "message": edited,
        "previous_message": version("hello"),
        "ts": "1767225599.000200",
        "event_ts": "1767225599.000200",
    }))
}

/// Somebody posts two files with a text.
fn files(channel: &str, text: &str) -> Value {
    let mut payload = two_files();
    payload["event"]["channel"] = channel.into();
    payload["event"]["text"] = text.into();
    payload
}

/// The rule that is broken; else the flow that is started, or why there is none.
fn outcome(configuration: &Configuration, payload: &Value) -> String {
    match routed_by(configuration, payload, NOW) {
        Ok(Routing::Start(start)) if start.flow == "moderation" => input::<ModerationCase>(&start).rule,
        Ok(Routing::Start(start)) => start.flow,
        Ok(Routing::Ignore(reason)) => format!("{reason:?}"),
        Err(error) => panic!("{payload}: {error}"),
    }
}

#[test]
fn a_message_that_breaks_a_rule_is_a_case() {
    for (case, payload) in
        [("moderation", message("C0ANY", KEY)), ("moderation_of_an_edit", edit("C0ANY", KEY))]
    {
        let start = started(routed(&payload));
        assert!(!start.input.get().contains("AKIA"), "what was written is not spread: {}", start.input);
        snapshots("execution-input").bind(|| insta::assert_snapshot!(case, page(&start)));
    }
}

#[test]
fn a_rule_holds_in_its_channels() {
    let cases = [
        (message("C0ANY", KEY), "access keys"),
        (message("G0LEADS", KEY), "access keys"),
        (message("C0GENERAL", "We are hiring!"), "job offers"),
        (message("C0JOBS", "We are hiring!"), "NoFiles"),
        (message("C0GENERAL", &format!("We are hiring, {KEY}")), "access keys"),
        (message("C0GENERAL", "hello"), "NoFiles"),
        (message("C0GENERAL", ""), "NoFiles"),
        (edit("C0ANY", KEY), "access keys"),
        (edit("C0JOBS", "We are hiring!"), "NoFiles"),
    ];
    for (payload, expected) in cases {
        assert_eq!(outcome(&EXAMPLE, &payload), expected, "{payload}");
    }
}

#[test]
fn what_people_say_to_each_other_in_private_is_not_read() {
    // A direct message, and those of several people, whose ids are like those of channels.
    for (channel, kind) in [("D0DANA", "im"), ("G0DANALEE", "mpim"), ("C0DANALEE", "mpim")] {
        for (mut payload, expected) in
            [(message(channel, KEY), "NoFiles"), (files(channel, KEY), "document-pipeline")]
        {
            payload["event"]["channel_type"] = kind.into();
            assert_eq!(outcome(&EXAMPLE, &payload), expected, "{payload}");
        }
    }
}

#[test]
fn files_are_stored_unless_their_comment_breaks_a_rule() {
    assert_eq!(outcome(&EXAMPLE, &files("C0ANY", "#finance")), "document-pipeline");
    assert_eq!(outcome(&EXAMPLE, &files("C0ANY", KEY)), "access keys");
}

#[test]
fn a_message_that_is_sent_to_the_channel_too_is_read() {
    let mut reply = message("C0ANY", KEY);
    reply["event"]["subtype"] = "thread_broadcast".into();
    reply["event"]["thread_ts"] = "1767220000.000100".into();
    assert_eq!(outcome(&EXAMPLE, &reply), "access keys");
}

#[test]
fn bots_are_not_moderated() {
    let cases = [(message("C0ANY", KEY), "/event"), (edit("C0ANY", KEY), "/event/message")];
    for (mut payload, pointer) in cases {
        payload.pointer_mut(pointer).unwrap()["bot_id"] = "B0CI".into();
        assert_eq!(outcome(&EXAMPLE, &payload), "FromBot", "{payload}");
    }
    let mut webhook = message("C0ANY", KEY);
    webhook["event"]["subtype"] = "bot_message".into();
    assert_eq!(outcome(&EXAMPLE, &webhook), "FromBot");
}

#[test]
fn a_rule_is_for_the_text_as_it_was_typed() {
    let text = r#"
        [moderation]
        moderators_channel = "C0MODS"
        [[moderation.rules]]
        name = "drafts"
        pattern = '^R&D <draft>$'
        text = "{user}, no drafts."
    "#;
    let configuration = Configuration::parse(text, "ackflow.toml").unwrap();
    let outcome = |text: &str| outcome(&configuration, &message("C0ANY", text));
    assert_eq!(outcome("R&amp;D &lt;draft&gt;"), "drafts");
    assert_eq!(outcome("R&amp;D &amp;lt;draft&gt;"), "NoFiles", "somebody typed &lt;");
}

#[test]
fn moderation_and_documents_are_switched_on_one_by_one() {
    let documents_alone = Configuration { moderation: None, ..EXAMPLE.clone() };
    assert_eq!(outcome(&documents_alone, &message("C0ANY", KEY)), "NoFiles");
    assert_eq!(outcome(&documents_alone, &files("C0ANY", KEY)), "document-pipeline");

    let mut moderation_alone = EXAMPLE.clone();
    moderation_alone.documents.enabled = false;
    assert_eq!(outcome(&moderation_alone, &files("C0ANY", KEY)), "access keys");
    assert_eq!(outcome(&moderation_alone, &files("C0ANY", "#finance")), "SwitchedOff");
    assert_eq!(outcome(&moderation_alone, &edit("C0ANY", "hello")), "SwitchedOff");
}

#[test]
fn a_missing_field_of_a_message_that_breaks_a_rule_is_named() {
    let without = |mut payload: Value, pointer: &str| {
        *payload.pointer_mut(pointer).unwrap() = Value::Null;
        routed(&payload)
    };
    for (pointer, path) in
        [("/event_id", "event_id"), ("/event/user", "event.user"), ("/event/ts", "event.ts")]
    {
        assert_eq!(without(message("C0ANY", KEY), pointer), missing(path));
    }
    for (pointer, path) in [
        ("/team_id", "team_id"),
        ("/event/message/user", "event.message.user"),
        ("/event/message/ts", "event.message.ts"),
    ] {
        assert_eq!(without(edit("C0ANY", KEY), pointer), missing(path));
    }
}
