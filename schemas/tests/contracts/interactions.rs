//! Interactions and slash commands are read from their forms; what is none gets an error that says so.

use ackflow_schemas::slack::{Interaction, SlashCommand};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use crate::{schema_files, shared_payloads};

/// Stands in the payloads for what a customer wrote.
const PRIVATE: &str = "private, expected to stay so";

/// The body in which Slack sends an interaction.
fn form(payload: &str) -> String {
    Serializer::new(String::new()).append_pair("payload", payload).finish()
}

#[test]
fn interactions_are_read() {
    let Some(payloads) = shared_payloads::read("interactivity/payload") else { return };
    let validator = &schema_files::validators()["slack/block_actions.json"];
    let (mut known, mut unknown) = (0, 0);
    for (name, payload) in &payloads {
        let payload: Value = serde_json::from_slice(payload).unwrap();
        let read = Interaction::parse(form(&payload.to_string()).as_bytes());
        match read.unwrap_or_else(|error| panic!("{name}: {error}")) {
            Interaction::BlockActions(interaction) => {
                known += 1;
                assert_eq!(payload["type"], "block_actions", "{name}");
                assert_eq!(interaction.actions[0].action_id, payload["actions"][0]["action_id"], "{name}");
                let faults = schema_files::faults(validator, &payload);
                assert!(faults.is_empty(), "{name}: {faults}");
            }
            Interaction::Unknown { interaction_type } => {
                unknown += 1;
                assert_ne!(payload["type"], "block_actions", "{name}");
                assert_eq!(interaction_type.as_deref(), payload["type"].as_str(), "{name}");
            }
        }
    }
    eprintln!("interactions: {known} read by their model, {unknown} as unknown");
    assert!(known > 0 && unknown > 0);
}

#[test]
fn a_button_tells_who_pressed_it_where() {
    let payload = json!({
        "type": "block_actions",
        "user": { "id": "U0DANA", "username": "dana", "team_id": "T0TEAM" },
        "team": null,
        "channel": { "id": "C0LEADS", "name": "leads" },
        "container": { "type": "message", "message_ts": "1670631540.000100", "channel_id": "C0LEADS" },
        "message": { "ts": "1670631540.000100", "text": "Deploy?" },
        "actions": [{ "type": "button", "action_id": "approve", "block_id": "b", "value": "a & b=c+d" }],
    });
    let read = Interaction::parse(form(&payload.to_string()).as_bytes());
    let Ok(Interaction::BlockActions(interaction)) = read else { panic!("no block actions") };
    assert_eq!(interaction.user.map(|user| user.id).as_deref(), Some("U0DANA"));
    assert_eq!(interaction.team, None);
    assert_eq!(interaction.channel.map(|channel| channel.id).as_deref(), Some("C0LEADS"));
    assert_eq!(interaction.message.and_then(|message| message.ts).as_deref(), Some("1670631540.000100"));
    assert_eq!(interaction.actions[0].value.as_deref(), Some("a & b=c+d"));
}

#[test]
fn slash_commands_are_read() {
    let Some(payloads) = shared_payloads::read("interactivity/slash") else { return };
    for (name, recorded) in &payloads {
        let recorded: Value = serde_json::from_slice(recorded).unwrap();
        let body = recorded["body"].as_str().expect("a recorded form");
        assert_reads(name, body, &recorded["fields"]);
    }
}

/// A placeholder has every field that is known; its values are blank.
#[test]
fn every_known_field_of_a_slash_command_is_read() {
    let Some(payloads) = shared_payloads::read("interactivity/placeholder") else { return };
    for (name, placeholder) in payloads.iter().filter(|(name, _)| name.contains("SlashCommand")) {
        let Ok(Value::Object(mut fields)) = serde_json::from_slice(placeholder) else { panic!("{name}") };
        // In a form, a flag is text.
        fields.insert("is_enterprise_install".to_owned(), "false".into());
        let pairs = fields.iter().map(|(name, value)| (name, value.as_str().expect("a text")));
        let body = Serializer::new(String::new()).extend_pairs(pairs).finish();
        assert_reads(name, &body, &Value::Object(fields));
    }
}

/// A form is read into a model that holds exactly these fields.
fn assert_reads(name: &str, body: &str, fields: &Value) {
    let read = SlashCommand::parse(body.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(&serde_json::to_value(read).expect("a model can be written"), fields, "{name}");
    let faults = schema_files::faults(&schema_files::validators()["slack/slash_command.json"], fields);
    assert!(faults.is_empty(), "{name}: {faults}");
}

#[test]
fn what_can_not_be_read_is_refused_with_the_reason() {
    let actions = |action: &str| form(&format!(r#"{{"type":"block_actions","actions":{action}}}"#));
    let cases = [
        (String::new(), "the body has no form field `payload`"),
        ("PRIVATE".to_owned(), "the body has no form field `payload`"),
        (r#"{"type":"block_actions"}"#.to_owned(), "the body has no form field `payload`"),
        ("payload=".to_owned(), "the payload is not JSON: EOF while parsing a value at line 1 column 0"),
        (form("PRIVATE"), "the payload is not JSON: expected value at line 1 column 1"),
        (form(r#"["PRIVATE"]"#), "the payload is not a JSON object but an array"),
        (form(r#"{"type":["PRIVATE"]}"#), "the payload's field `type` must be a string but is an array"),
        (form(r#"{"type":"block_actions"}"#), "the payload's field `actions` is missing"),
        (actions(r#""PRIVATE""#), "the payload's field `actions` must be an array but is a string"),
        (actions(r#"[{"value":"PRIVATE"}]"#), "the payload's field `actions[0].action_id` is missing"),
    ];
    for (body, expected) in cases {
        let error = Interaction::parse(body.replace("PRIVATE", PRIVATE).as_bytes());
        assert_eq!(error.expect_err("the body is refused").to_string(), expected);
    }

    for body in ["", "ssl_check=1&token=legacy", r#"{"command":"/deploy"}"#] {
        let error = SlashCommand::parse(body.as_bytes()).expect_err("the body is refused");
        assert_eq!(error.to_string(), "the payload's field `command` is missing");
    }
}

#[test]
fn an_interaction_of_any_other_type_is_unknown() {
    let unknown = |name: Option<&str>| Interaction::Unknown { interaction_type: name.map(str::to_owned) };
    let body = form(r#"{"type":"brand_new","actions":1}"#);
    assert_eq!(Interaction::parse(body.as_bytes()), Ok(unknown(Some("brand_new"))));
    assert_eq!(Interaction::parse(form("{}").as_bytes()), Ok(unknown(None)));
}
