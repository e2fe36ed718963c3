//! What events say.

use ackflow::simulator::UnknownId;
use serde_json::{Value, json};

use super::bench::Bench;

/// An event without its time, after a look at the envelope.
fn inner(bench: &Bench, body: &Value) -> Value {
    let bot = &bench.simulator.workspace().bot_user_id;
    assert_eq!(body["type"], "event_callback");
    assert_eq!(body["authorizations"][0]["user_id"], *bot);
    assert_eq!(body["authorizations"][0]["is_bot"], true);
    let mut event = body["event"].clone();
    let ts = event.as_object_mut().unwrap().remove("event_ts");
    assert!(ts.is_some_and(|ts| ts.is_string()));
    event
}

#[tokio::test]
async fn a_mention_is_told_beside_the_message() {
    let bench = Bench::new().await;
    let asked = bench.simulator.post(&bench.channel, "U0DANA", "Deploy?", &[]).unwrap();
    let text = "<@U0ACKFLOW> deploy stg web";
    let message = bench.simulator.reply(&bench.channel, &asked.ts, "U0DANA", text, &[]).unwrap();
    assert_eq!(
        inner(&bench, &bench.simulator.mention(&message)),
        json!({
            "type": "app_mention",
            "user": "U0DANA",
            "text": text,
            "ts": message.ts,
            "team": "T0ACKFLOW",
            "thread_ts": asked.ts,
            "parent_user_id": "U0DANA",
            "channel": bench.channel,
        })
    );
}

#[tokio::test]
async fn an_event_says_what_kind_of_channel_it_is_of() {
    let bench = Bench::new().await;
    let leads = bench.simulator.create_private_channel("leads", true);
    for (channel, kind, letter) in [(&bench.channel, "channel", "C"), (&leads, "group", "G")] {
        let message = bench.simulator.post(channel, "U0DANA", "Hello", &[]).unwrap();
        assert_eq!(bench.simulator.event(&message)["event"]["channel_type"], kind);
        let edited = bench.simulator.edit(channel, &message.ts, "Hello!").unwrap();
        assert_eq!(edited["event"]["channel_type"], kind);
        assert_eq!(
            inner(&bench, &bench.simulator.join_channel(channel, "U0BEN").unwrap()),
            json!({
                "type": "member_joined_channel",
                "user": "U0BEN",
                "channel": channel,
                "channel_type": letter,
                "team": "T0ACKFLOW",
            })
        );
    }
    let nowhere = bench.simulator.join_channel("C0", "U0BEN");
    assert_eq!(nowhere, Err(UnknownId::Channel("C0".into())));
}

#[tokio::test]
async fn a_newcomer_is_told_of_and_known() {
    let bench = Bench::new().await;
    let (dana, body) = bench.simulator.join_team("dana");
    let event = inner(&bench, &body);
    assert_eq!(event["type"], "team_join");
    assert_eq!((&event["user"]["id"], &event["user"]["is_bot"]), (&json!(dana), &json!(false)));
    assert_eq!(event["user"], bench.call("users.info", &[("user", &dana)]).await["user"]);
}

#[tokio::test]
async fn a_reaction_is_told_with_the_author_of_the_message() {
    let bench = Bench::new().await;
    let message = bench.simulator.post(&bench.channel, "U0DANA", "Lunch?", &[]).unwrap();
    let (channel, ts) = (bench.channel.as_str(), message.ts.as_str());
    let added = bench.simulator.react(channel, ts, "U0BEN", "+1").unwrap();
    let removed = bench.simulator.unreact(channel, ts, "U0BEN", "+1").unwrap();
    for (body, kind) in [(added, "reaction_added"), (removed, "reaction_removed")] {
        assert_eq!(
            inner(&bench, &body),
            json!({
                "type": kind,
                "user": "U0BEN",
                "reaction": "+1",
                "item": {"type": "message", "channel": channel, "ts": ts},
                "item_user": "U0DANA",
            })
        );
    }
    assert!(bench.simulator.react(channel, "1.000000", "U0BEN", "+1").is_err());
}

#[tokio::test]
async fn the_bots_own_message_says_so() {
    let bench = Bench::new().await;
    bench.call("chat.postMessage", &[("channel", &bench.channel), ("text", "Hello")]).await;
    let message = &bench.simulator.messages(&bench.channel)[0];
    let event = &bench.simulator.event(message)["event"];
    assert_eq!((&event["bot_id"], &event["app_id"]), (&json!("B0ACKFLOW"), &json!("A0ACKFLOW")));
}
