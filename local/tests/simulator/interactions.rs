//! Buttons, slash commands and the response URLs that come with them.

use std::collections::HashMap;

use ackflow::simulator::{HookResponse, PressError, UnknownId};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::bench::Bench;

fn fields(form: &str) -> HashMap<String, String> {
    form_urlencoded::parse(form.as_bytes()).into_owned().collect()
}

/// What a form brings as its payload, and nothing else.
fn payload(form: &str) -> Value {
    let fields = fields(form);
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["payload"]);
    serde_json::from_str(&fields["payload"]).unwrap()
}

/// The bot asks in a channel whether to deploy; gives the message's `ts`.
async fn asked(bench: &Bench, channel: &str) -> String {
    let blocks = json!([
        {"type": "section", "text": {"type": "mrkdwn", "text": "Deploy *web*?"}, "accessory": {
            "type": "button", "action_id": "details", "text": {"type": "plain_text", "text": "Details"},
        }},
        {"type": "actions", "block_id": "approval", "elements": [
            {"type": "button", "action_id": "approve", "value": "web & co", "style": "primary",
             "text": {"type": "plain_text", "text": "Approve"}},
            {"type": "button", "action_id": "deny", "text": {"type": "plain_text", "text": "Deny"}},
        ]},
    ]);
    let message = json!({"channel": channel, "text": "Deploy web?", "blocks": blocks});
    bench.call_json("chat.postMessage", &message).await["ts"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_press_says_who_pressed_what_and_where() {
    let bench = Bench::new().await;
    let dana = bench.simulator.add_user("dana");
    let ts = asked(&bench, &bench.channel).await;
    let pressed = payload(&bench.simulator.press(&bench.channel, &ts, "approve", &dana).unwrap());

    assert_eq!(pressed["type"], "block_actions");
    assert_eq!(pressed["token"], bench.simulator.workspace().verification_token);
    let user = json!({"id": dana, "username": "dana", "name": "dana", "team_id": "T0ACKFLOW"});
    assert_eq!(pressed["user"], user);
    assert_eq!(pressed["team"], json!({"id": "T0ACKFLOW", "domain": "ackflow-demo"}));
    assert_eq!(pressed["channel"], json!({"id": bench.channel, "name": "finance"}));
    assert_eq!(
        pressed["container"],
        json!({"type": "message", "message_ts": ts, "channel_id": bench.channel, "is_ephemeral": false})
    );
    let mut action = pressed["actions"][0].clone();
    assert!(action.as_object_mut().unwrap().remove("action_ts").unwrap().as_str().unwrap() > ts.as_str());
    assert_eq!(
        action,
        json!({
            "action_id": "approve",
            "block_id": "approval",
            "text": {"type": "plain_text", "text": "Approve"},
            "type": "button",
            "value": "web & co",
            "style": "primary",
        })
    );
    assert_eq!(pressed["message"]["app_id"], "A0ACKFLOW");
    assert_eq!(pressed["message"]["blocks"][1]["block_id"], "approval");
    assert!(pressed["trigger_id"].is_string());
}

#[tokio::test]
async fn a_block_without_a_name_gets_one() {
    let bench = Bench::new().await;
    let leads = bench.simulator.create_private_channel("leads", true);
    let ts = asked(&bench, &leads).await;
    let pressed = payload(&bench.simulator.press(&leads, &ts, "details", "U0DANA").unwrap());
    let name = &pressed["actions"][0]["block_id"];
    assert!(name.is_string());
    assert_eq!(pressed["message"]["blocks"][0]["block_id"], *name);
    assert_eq!(pressed["actions"][0].get("value"), None);
    // Of a private channel, Slack does not tell the name.
    assert_eq!(pressed["channel"]["name"], "privategroup");
}

#[tokio::test]
async fn a_button_that_is_gone_cannot_be_pressed() {
    let bench = Bench::new().await;
    let ts = asked(&bench, &bench.channel).await;
    let update = json!({"channel": bench.channel, "ts": ts, "text": "Deployed.", "blocks": []});
    bench.call_json("chat.update", &update).await;
    let gone = bench.simulator.press(&bench.channel, &ts, "approve", "U0DANA");
    assert!(matches!(gone, Err(PressError::NoButton { .. })), "{gone:?}");
    let nowhere = bench.simulator.press("C0", &ts, "approve", "U0DANA");
    assert_eq!(nowhere, Err(PressError::Unknown(UnknownId::Channel("C0".into()))));
}

#[tokio::test]
async fn a_slash_command_is_a_form() {
    let bench = Bench::new().await;
    let dana = bench.simulator.add_user("dana");
    let form = bench.simulator.slash("/deploy", "prod web & co", &bench.channel, &dana).unwrap();
    let mut fields = fields(&form);
    assert!(fields.remove("trigger_id").is_some_and(|id| !id.is_empty()));
    let response_url = fields.remove("response_url").unwrap();
    assert!(response_url.contains("/commands/T0ACKFLOW/"), "{response_url}");
    let expected = [
        ("token", "simulated-verification-token"),
        ("team_id", "T0ACKFLOW"),
        ("team_domain", "ackflow-demo"),
        ("channel_id", &bench.channel),
        ("channel_name", "finance"),
        ("user_id", &dana),
        ("user_name", "dana"),
        ("command", "/deploy"),
        ("text", "prod web & co"),
        ("api_app_id", "A0ACKFLOW"),
        ("is_enterprise_install", "false"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(fields, HashMap::from(expected));
    assert_eq!(bench.simulator.slash("/deploy", "", "C0", &dana), Err(UnknownId::Channel("C0".into())));
}

#[tokio::test]
async fn what_is_posted_to_a_response_url_is_kept() {
    let bench = Bench::new().await;
    let ts = asked(&bench, &bench.channel).await;
    let pressed = payload(&bench.simulator.press(&bench.channel, &ts, "approve", "U0DANA").unwrap());
    let url = pressed["response_url"].as_str().unwrap();
    assert!(url.contains(&format!("{}/actions/", bench.simulator.host())), "{url}");

    let body = json!({"text": "On it.", "replace_original": false});
    let post = |url: &str, body: &Value| bench.client.post(url).body(body.to_string()).send();
    assert_eq!(post(url, &body).await.unwrap().status(), 200);
    assert_eq!(post(url, &json!("text")).await.unwrap().status(), 400);
    assert_eq!(post(&format!("{url}0"), &body).await.unwrap().status(), 404);
    let kept = HookResponse { channel: bench.channel.clone(), user: "U0DANA".into(), body };
    assert_eq!(bench.simulator.responses(), [kept]);
}
