//! Every recorded payload is read, and none that has a model is taken for unknown.

use std::collections::BTreeMap;

use ackflow_schemas::slack::{
    self, AuthTestResponse, ChatDeleteResponse, ChatGetPermalinkResponse, ChatPostEphemeralResponse,
    ChatPostMessageResponse, ChatUpdateResponse, ConversationsInfoResponse, ConversationsInviteResponse,
    ConversationsJoinResponse, ConversationsListResponse, ConversationsOpenResponse,
    ConversationsRepliesResponse, Event, File, FilesInfoResponse, OuterEvent, PayloadError,
    ReactionsGetResponse,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{schema_files, shared_payloads};

const EVENTS: [&str; 6] =
    ["message", "app_mention", "team_join", "member_joined_channel", "reaction_added", "reaction_removed"];
const ENVELOPES: [&str; 3] = ["event_callback", "url_verification", "app_rate_limited"];

/// Reads an answer by its model.
type Read = fn(&[u8]) -> Result<(), PayloadError>;

/// The methods whose answers have a model, and how such an answer is read.
const ANSWERS: [(&str, Read); 14] = [
    ("auth.test", read::<AuthTestResponse>),
    ("chat.delete", read::<ChatDeleteResponse>),
    ("chat.getPermalink", read::<ChatGetPermalinkResponse>),
    ("chat.postEphemeral", read::<ChatPostEphemeralResponse>),
    ("chat.postMessage", read::<ChatPostMessageResponse>),
    ("chat.update", read::<ChatUpdateResponse>),
    ("conversations.info", read::<ConversationsInfoResponse>),
    ("conversations.invite", read::<ConversationsInviteResponse>),
    ("conversations.join", read::<ConversationsJoinResponse>),
    ("conversations.list", read::<ConversationsListResponse>),
    ("conversations.open", read::<ConversationsOpenResponse>),
    ("conversations.replies", read::<ConversationsRepliesResponse>),
    ("files.info", read::<FilesInfoResponse>),
    ("reactions.get", read::<ReactionsGetResponse>),
];

/// How many payloads of each type were read: by their model, and as unknown.
#[derive(Default)]
struct Count(BTreeMap<String, (usize, usize)>);

impl Count {
    fn add(&mut self, kind: &str, known: bool) {
        let (modelled, unknown) = self.0.entry(kind.to_owned()).or_default();
        *(if known { modelled } else { unknown }) += 1;
    }

    fn assert_known(&self, kinds: &[&str], what: &str) {
        for kind in kinds {
            let (modelled, unknown) = self.0.get(*kind).copied().unwrap_or_default();
            eprintln!("{what} {kind}: {modelled} read by their model, {unknown} as unknown");
            assert!(modelled > 0 && unknown == 0, "{what} {kind}: {modelled} modelled, {unknown} unknown");
        }
        let others = self.0.iter().filter(|(kind, _)| !kinds.contains(&kind.as_str()));
        let others: usize = others.map(|(_, (modelled, unknown))| modelled + unknown).sum();
        eprintln!("{what}, any other: {others}");
    }
}

#[test]
fn envelopes_are_read() {
    let Some(payloads) = shared_payloads::read("events") else { return };
    let mut count = Count::default();
    let validators = schema_files::validators();
    for (name, body) in &payloads {
        let Some(envelope) = envelope(name, body) else { continue };
        let kind = envelope["type"].as_str().unwrap_or_default();
        let outer = OuterEvent::parse(envelope.to_string().as_bytes());
        let outer = outer.unwrap_or_else(|error| panic!("{name}: {error}"));
        let known = match outer {
            OuterEvent::Unknown { outer_type } => {
                assert_eq!(outer_type.as_deref(), envelope["type"].as_str(), "{name}");
                false
            }
            OuterEvent::EventCallback(callback) => {
                assert_eq!(callback.event.text(), envelope["event"].to_string(), "{name}");
                callback.event().unwrap_or_else(|error| panic!("{name}: {error}"));
                true
            }
            OuterEvent::UrlVerification(_) | OuterEvent::AppRateLimited(_) => true,
        };
        count.add(kind, known);
        if known {
            let faults = schema_files::faults(&validators[&format!("slack/{kind}.json")], &envelope);
            assert!(faults.is_empty(), "{name}: {faults}");
        }
    }
    count.assert_known(&ENVELOPES, "envelope");
}

#[test]
fn events_are_read() {
    let Some(payloads) = shared_payloads::read("events") else { return };
    let mut count = Count::default();
    let validators = schema_files::validators();
    for (name, body) in &payloads {
        let Some(event) = event(name, body) else { continue };
        let read = Event::read(&event.to_string()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let kind = event["type"].as_str().unwrap_or_default();
        if let Event::Unknown { event_type } = &read {
            assert_eq!(event_type.as_deref(), event["type"].as_str(), "{name}");
            count.add(kind, false);
        } else {
            count.add(kind, true);
            let faults = schema_files::faults(&validators[&format!("slack/{kind}.json")], &event);
            assert!(faults.is_empty(), "{name}: {faults}");
        }
    }
    count.assert_known(&EVENTS, "event");
}

#[test]
fn answers_of_the_web_api_are_read() {
    let Some(payloads) = shared_payloads::read("api") else { return };
    let validators = schema_files::validators();
    let mut count = Count::default();
    for (name, body) in &payloads {
        let Some((_, file)) = name.rsplit_once('/') else { continue };
        let Some((method, read)) = ANSWERS.into_iter().find(|(method, _)| is_answer_of(method, file)) else {
            continue;
        };
        read(body).unwrap_or_else(|error| panic!("{name}: {error}"));
        let answer = serde_json::from_slice(body).unwrap();
        let faults = schema_files::faults(&validators[&format!("slack/{method}.json")], &answer);
        assert!(faults.is_empty(), "{name}: {faults}");
        count.add(method, true);
    }
    // Of a channel that is joined, no answer was recorded under the method's name.
    let recorded =
        ANSWERS.map(|(method, _)| method).into_iter().filter(|method| *method != "conversations.join");
    count.assert_known(&recorded.collect::<Vec<_>>(), "answer");
}

#[test]
fn refusals_of_the_web_api_are_read_by_every_model() {
    let Some(payloads) = shared_payloads::read("api") else { return };
    let mut refusals = 0;
    for (name, body) in &payloads {
        let Ok(answer) = serde_json::from_slice::<Value>(body) else { continue };
        if answer["ok"] != false || name.contains("placeholder") {
            continue;
        }
        refusals += 1;
        let read = slack::parse::<ChatPostMessageResponse>(body);
        let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!read.ok, "{name}");
        assert_eq!(read.error.as_deref(), answer["error"].as_str(), "{name}");
        assert_eq!(read.needed.as_deref(), answer["needed"].as_str(), "{name}");
    }
    eprintln!("answers with ok: false: {refusals}");
    assert!(refusals > 0);
}

#[test]
fn files_are_read_wherever_they_occur() {
    let validator = &schema_files::validators()["slack/file.json"];
    let mut count = Count::default();
    for folder in ["events", "api"] {
        let Some(payloads) = shared_payloads::read(folder) else { return };
        for (name, body) in &payloads {
            let Ok(payload) = serde_json::from_slice(body) else { continue };
            for_each_file(&payload, &mut |file| {
                let read = slack::parse::<File>(file.to_string().as_bytes());
                let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(read.id.as_deref(), file["id"].as_str(), "{name}");
                let faults = schema_files::faults(validator, file);
                assert!(faults.is_empty(), "{name}: {faults}");
                count.add(read.mode.as_deref().unwrap_or_default(), true);
            });
        }
    }
    count.assert_known(&["hosted", "snippet", "file_access"], "file of mode");
}

/// The envelope in a payload of the collection: a body of the Events API, or what Socket Mode wraps.
fn envelope(name: &str, body: &[u8]) -> Option<Value> {
    let payload: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut envelope = match name.split('/').nth(1)? {
        "envelope" | "placeholder" => payload,
        "socket-mode" => payload["payload"].clone(),
        _ => return None,
    };
    // A placeholder's values are blank, its type too. With the type it would have, its fields are put to the test.
    if name.contains("/placeholder/") && envelope["type"] == "" && envelope["event"].is_object() {
        envelope["type"] = "event_callback".into();
    }
    Some(envelope)
}

/// The event in a payload of the collection.
fn event(name: &str, body: &[u8]) -> Option<Value> {
    match name.split('/').nth(1)? {
        "inner" | "documented-inner" => serde_json::from_slice(body).ok(),
        _ => envelope(name, body)?.get("event").cloned(),
    }
}

/// Whether a file of the collection is an answer of this method.
fn is_answer_of(method: &str, file: &str) -> bool {
    file.strip_prefix(method).is_some_and(|rest| rest.starts_with('.'))
}

fn read<Model: DeserializeOwned>(body: &[u8]) -> Result<(), PayloadError> {
    slack::parse::<Model>(body).map(drop)
}

/// Calls `visit` with everything in a payload that looks like a file: it has an id and a mode, and says what a file says.
fn for_each_file(value: &Value, visit: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(object) => {
            let has = |field| object.contains_key(field);
            if has("id") && has("mode") && (has("filetype") || has("file_access")) {
                visit(value);
            }
            object.values().for_each(|value| for_each_file(value, visit));
        }
        Value::Array(values) => values.iter().for_each(|value| for_each_file(value, visit)),
        _ => {}
    }
}
