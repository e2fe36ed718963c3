//! What a refused payload's error says, and that it says nothing of the payload.

use std::fmt::Write as _;

use ackflow_schemas::slack::{self, FilesInfoResponse, OuterEvent, PayloadError};

use crate::snapshots;

/// Stands in the payloads for what a customer wrote.
const PRIVATE: &str = "private, expected to stay so";

fn refuse_delivery(body: &str) -> PayloadError {
    let body = body.replace("PRIVATE", PRIVATE);
    let refused = OuterEvent::parse(body.as_bytes()).and_then(|outer| match outer {
        OuterEvent::EventCallback(callback) => callback.event().map(|event| format!("{event:?}")),
        other => Ok(format!("{other:?}")),
    });
    refused.expect_err("the payload is refused")
}

#[test]
fn the_error_names_the_field_and_the_reason() {
    let deliveries = [
        ("not JSON at all", "token=PRIVATE"),
        ("cut off", r#"{"type":"event_callback","token":"PRIVATE"#),
        ("empty", ""),
        ("an array", r#"["PRIVATE"]"#),
        ("a string", r#""PRIVATE""#),
        ("null", "null"),
        ("a type that is no string", r#"{"type":["PRIVATE"]}"#),
        ("no challenge", r#"{"type":"url_verification","token":"PRIVATE"}"#),
        ("a challenge that is no string", r#"{"type":"url_verification","challenge":4711}"#),
        ("no event", r#"{"type":"event_callback","token":"PRIVATE"}"#),
        ("an event that is no object", r#"{"type":"event_callback","event":"PRIVATE"}"#),
        ("an event type that is no string", r#"{"type":"event_callback","event":{"type":4711}}"#),
        ("a time that is no number", r#"{"type":"event_callback","event":{},"event_time":"PRIVATE"}"#),
        ("a time with a fraction", r#"{"type":"event_callback","event":{},"event_time":4711.5}"#),
        ("a time beyond time", r#"{"type":"event_callback","event":{},"event_time":18446744073709551615}"#),
        ("authorizations that are no array", r#"{"type":"event_callback","event":{},"authorizations":{}}"#),
        (
            "an authorization that is no object",
            r#"{"type":"event_callback","event":{},"authorizations":["PRIVATE"]}"#,
        ),
        (
            "a text that is no string",
            r#"{"type":"event_callback","event":{"type":"message","text":["PRIVATE"]}}"#,
        ),
        (
            "a file's size that is no number",
            r#"{"type":"event_callback","event":{"type":"message","files":[{"size":1},{"size":"PRIVATE"}]}}"#,
        ),
        (
            "a flag within the changed message that is no boolean",
            r#"{"type":"event_callback","event":{"type":"message","message":{"upload":"PRIVATE"}}}"#,
        ),
        (
            "a previous message that is a list",
            r#"{"type":"event_callback","event":{"type":"message","previous_message":["PRIVATE"]}}"#,
        ),
        (
            "an item that is no object",
            r#"{"type":"event_callback","event":{"type":"reaction_added","item":4711}}"#,
        ),
    ];
    let answers = [
        ("an answer without ok", r#"{"file":{"title":"PRIVATE"}}"#),
        ("an answer whose file is no object", r#"{"ok":true,"file":"PRIVATE"}"#),
        ("an answer that is a page", "<html>PRIVATE</html>"),
    ];
    let refused = deliveries.map(|(case, body)| (case, refuse_delivery(body))).into_iter();
    let refused = refused.chain(answers.map(|(case, body)| {
        let body = body.replace("PRIVATE", PRIVATE);
        (case, slack::parse::<FilesInfoResponse>(body.as_bytes()).expect_err("the answer is refused"))
    }));

    let mut page = String::new();
    for (case, error) in refused {
        let text = error.to_string();
        assert!(
            !text.contains("private") && !text.contains("4711"),
            "{case}: the error quotes the payload: {text}"
        );
        assert!(!format!("{error:?}").contains("private"), "{case}: the error holds some of the payload");
        writeln!(page, "{case}\n    {text}").unwrap();
    }
    snapshots("payload-errors").bind(|| insta::assert_snapshot!("payload_errors", page));
}

#[test]
fn what_is_unknown_refuses_nothing() {
    let body =
        br#"{"type":"event_callback","new":{"a":[1]},"event":{"type":"message","ts":"1.2","newer":[null]}}"#;
    assert!(
        matches!(OuterEvent::parse(body), Ok(OuterEvent::EventCallback(callback)) if callback.event().is_ok())
    );

    let body = br#"{"type":"event_callback","event":{"type":"brand_new","x":1}}"#;
    let Ok(OuterEvent::EventCallback(callback)) = OuterEvent::parse(body) else { panic!("an envelope") };
    assert_eq!(callback.event.text(), r#"{"type":"brand_new","x":1}"#);
    assert!(
        matches!(callback.event(), Ok(slack::Event::Unknown { event_type: Some(name) }) if name == "brand_new")
    );

    let unknown =
        |outer_type: Option<&str>| OuterEvent::Unknown { outer_type: outer_type.map(str::to_owned) };
    assert_eq!(OuterEvent::parse(br#"{"type":"brand_new"}"#), Ok(unknown(Some("brand_new"))));
    assert_eq!(OuterEvent::parse(b"{}"), Ok(unknown(None)));
}

#[test]
fn an_empty_array_may_stand_for_an_absent_object() {
    let body = br#"{"type":"message","previous_message":[],"edited":[],"message":{"text":"x","edited":[]}}"#;
    let message = slack::parse::<slack::Message>(body).expect("a message");
    assert_eq!((message.previous_message, message.edited), (None, None));
    assert_eq!(message.message.and_then(|message| message.text).as_deref(), Some("x"));
}

#[test]
fn null_is_as_good_as_absent() {
    let body = br#"{"type":"event_callback","team_id":null,"authorizations":null,"event":{
        "type":"message","text":null,"files":null,"edited":null,"message":null,"thread_ts":null,"upload":null}}"#;
    let Ok(OuterEvent::EventCallback(callback)) = OuterEvent::parse(body) else { panic!("an envelope") };
    assert_eq!(callback.team_id, None);
    let Ok(slack::Event::Message(message)) = callback.event() else { panic!("a message") };
    assert_eq!(*message, slack::Message { type_: Some("message".to_owned()), ..slack::Message::default() });
}
