//! Messages after they were posted, and those that one person sees.

use serde_json::{Value, json};

use super::bench::Bench;

/// The bot posts a message with a layout and metadata; gives its `ts`.
async fn asked(bench: &Bench) -> String {
    let message = json!({
        "channel": bench.channel,
        "text": "Deploy web?",
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Deploy *web*?"}}],
        "metadata": {"event_type": "approval", "event_payload": {"id": "a-1"}},
    });
    let posted = bench.call_json("chat.postMessage", &message).await;
    posted["ts"].as_str().unwrap().to_owned()
}

async fn update(bench: &Bench, ts: &str, change: &Value) -> Value {
    let mut arguments = json!({"channel": bench.channel, "ts": ts});
    arguments.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    bench.call_json("chat.update", &arguments).await
}

#[tokio::test]
async fn the_bot_changes_its_message_and_keeps_what_it_does_not_name() {
    let bench = Bench::new().await;
    let ts = asked(&bench).await;

    let text = update(&bench, &ts, &json!({"text": "Deploy web now?"})).await;
    assert_eq!((&text["ts"], &text["text"]), (&json!(ts), &json!("Deploy web now?")));
    assert_eq!(text["message"]["edited"]["user"], bench.simulator.workspace().bot_user_id);
    let message = &bench.simulator.messages(&bench.channel)[0];
    assert_eq!((message.blocks.len(), message.metadata.is_some()), (1, true));
    assert!(message.edited_ts.as_ref().is_some_and(|edited| *edited > ts));

    let divider = json!([{"type": "divider"}]);
    update(&bench, &ts, &json!({"text": "Deployed.", "blocks": divider, "metadata": {}})).await;
    let message = &bench.simulator.messages(&bench.channel)[0];
    assert_eq!((json!(message.blocks), &message.metadata), (divider, &None));

    update(&bench, &ts, &json!({"text": "Done.", "blocks": []})).await;
    let message = &bench.simulator.messages(&bench.channel)[0];
    assert_eq!((message.text.as_str(), message.blocks.len()), ("Done.", 0));
}

#[tokio::test]
async fn a_change_that_cannot_be_is_refused() {
    let bench = Bench::new().await;
    let ts = asked(&bench).await;
    let dana = bench.simulator.post(&bench.channel, "U0DANA", "Mine", &[]).unwrap().ts;
    for (ts, change, error) in [
        (&dana, json!({"text": "Ours"}), "cant_update_message"),
        (&"1.000000".to_owned(), json!({"text": "Ours"}), "message_not_found"),
        (&ts, json!({}), "no_text"),
        (&ts, json!({"blocks": []}), "no_text"),
        (&ts, json!({"text": "x".repeat(4_001)}), "msg_too_long"),
        (&ts, json!({"text": "x", "metadata": {"event_type": 1}}), "invalid_metadata_format"),
        (&ts, json!({"text": "x", "blocks": "{"}), "invalid_blocks_format"),
    ] {
        assert_eq!(update(&bench, ts, &change).await["error"], error, "{change}");
    }
    assert_eq!(bench.simulator.messages(&bench.channel)[1].text, "Mine");
}

#[tokio::test]
async fn buttons_are_held_to_slacks_limits() {
    let bench = Bench::new().await;
    let button = |text: &str, value: &str| {
        json!({
            "type": "button", "action_id": "approve", "value": value,
            "text": {"type": "plain_text", "text": text},
        })
    };
    for (elements, error) in [
        (json!([button(&"x".repeat(75), &"x".repeat(2_000))]), None),
        (json!([button(&"x".repeat(76), "")]), Some("invalid_blocks")),
        (json!([button("Approve", &"x".repeat(2_001))]), Some("invalid_blocks")),
        (json!([{"type": "button", "text": {"type": "mrkdwn", "text": "x"}}]), Some("invalid_blocks")),
        (json!(vec![button("Approve", ""); 26]), Some("invalid_blocks")),
        (json!([]), Some("invalid_blocks")),
    ] {
        let blocks = json!([{"type": "actions", "elements": elements}]);
        let message = json!({"channel": bench.channel, "text": "Deploy?", "blocks": blocks});
        assert_eq!(bench.call_json("chat.postMessage", &message).await["error"].as_str(), error);
    }
}

#[tokio::test]
async fn the_bot_deletes_its_own_messages_and_the_admin_any() {
    let bench = Bench::with_admin().await;
    let own = asked(&bench).await;
    let dana = bench.simulator.post(&bench.channel, "U0DANA", "Mine", &[]).unwrap().ts;
    let own = [("channel", bench.channel.as_str()), ("ts", &own)];
    let danas = [("channel", bench.channel.as_str()), ("ts", &dana)];

    assert_eq!(bench.call("chat.delete", &danas).await["error"], "cant_delete_message");
    assert_eq!(bench.call("chat.delete", &own).await["ok"], true);
    assert_eq!(bench.call("chat.delete", &own).await["error"], "message_not_found");
    assert_eq!(bench.simulator.messages(&bench.channel).len(), 1);
    let deleted = bench.call_as_admin("chat.delete", &danas).await;
    assert_eq!(deleted, json!({"ok": true, "channel": bench.channel, "ts": dana}));
    assert!(bench.simulator.messages(&bench.channel).is_empty());
}

#[tokio::test]
async fn of_a_deleted_message_with_replies_something_stays() {
    let bench = Bench::with_admin().await;
    let asked = bench.simulator.post(&bench.channel, "U0DANA", "A secret", &[]).unwrap();
    bench.simulator.reply(&bench.channel, &asked.ts, "U0BEN", "Oh", &[]).unwrap();
    let at = [("channel", bench.channel.as_str()), ("ts", &asked.ts)];
    assert_eq!(bench.call_as_admin("chat.delete", &at).await["ok"], true);

    let thread = bench.call("conversations.replies", &at).await;
    let first = &thread["messages"][0];
    assert_eq!((&first["subtype"], &first["reply_count"]), (&json!("tombstone"), &json!(1)));
    assert_eq!(thread["messages"][1]["text"], "Oh");
    assert!(!thread.to_string().contains("A secret"), "{thread}");
}

#[tokio::test]
async fn an_ephemeral_message_is_for_one_member() {
    let bench = Bench::new().await;
    let elsewhere = bench.simulator.create_channel_without_bot("random");
    bench.simulator.post(&bench.channel, "U0DANA", "deploy prod web", &[]).unwrap();
    let message = json!({
        "channel": bench.channel, "user": "U0DANA", "text": "Only leads can do that.", "thread_ts": "1.000000",
    });
    let answer = bench.call_json("chat.postEphemeral", &message).await;

    let shown = &bench.simulator.ephemerals(&bench.channel)[0];
    assert_eq!((answer["message_ts"].as_str(), shown.user.as_str()), (Some(shown.ts.as_str()), "U0DANA"));
    assert_eq!(shown.text, "Only leads can do that.");
    assert_eq!(shown.thread_ts.as_deref(), Some("1.000000"));
    assert_eq!(bench.simulator.messages(&bench.channel).len(), 1);

    for (channel, user, text, error) in [
        (&bench.channel, "U0BEN", "Hello", "user_not_in_channel"),
        (&bench.channel, "U0DANA", "", "no_text"),
        (&bench.channel, "", "Hello", "invalid_arguments"),
        (&elsewhere, "U0DANA", "Hello", "not_in_channel"),
        (&"C0".to_owned(), "U0DANA", "Hello", "channel_not_found"),
    ] {
        let arguments = [("channel", channel.as_str()), ("user", user), ("text", text)];
        assert_eq!(bench.call("chat.postEphemeral", &arguments).await["error"], error);
    }
}
