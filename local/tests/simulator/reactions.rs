//! Reactions, and who is listed with them.

use ackflow::simulator::UnknownId;
use serde_json::json;

use super::bench::Bench;

#[tokio::test]
async fn reactions_are_counted_by_person() {
    let bench = Bench::new().await;
    let message = bench.simulator.post(&bench.channel, "U0DANA", "Lunch?", &[]).unwrap();
    let get = [("channel", bench.channel.as_str()), ("timestamp", &message.ts), ("full", "true")];
    assert_eq!(bench.call("reactions.get", &get).await["message"].get("reactions"), None);

    let (channel, ts) = (bench.channel.as_str(), message.ts.as_str());
    for (user, name) in [("U0ANNA", "+1"), ("U0BEN", "+1"), ("U0ANNA", "tada"), ("U0ANNA", "+1")] {
        bench.simulator.react(channel, ts, user, name).unwrap();
    }
    let answer = bench.call("reactions.get", &get).await;
    assert_eq!((&answer["type"], &answer["channel"]), (&json!("message"), &json!(channel)));
    assert_eq!(
        answer["message"]["reactions"],
        json!([
            {"name": "+1", "users": ["U0ANNA", "U0BEN"], "count": 2},
            {"name": "tada", "users": ["U0ANNA"], "count": 1},
        ])
    );

    bench.simulator.unreact(channel, ts, "U0ANNA", "+1").unwrap();
    bench.simulator.unreact(channel, ts, "U0ANNA", "tada").unwrap();
    let reactions = bench.simulator.messages(channel)[0].reactions.clone();
    assert_eq!(json!(reactions), json!([{"name": "+1", "users": ["U0BEN"]}]));
    let gone = bench.simulator.unreact(channel, ts, "U0ANNA", "+1");
    assert!(matches!(gone, Err(UnknownId::Reaction { .. })), "{gone:?}");
}

#[tokio::test]
async fn users_are_listed_in_full_for_those_who_ask() {
    let bench = Bench::new().await;
    let message = bench.simulator.post(&bench.channel, "U0DANA", "Lunch?", &[]).unwrap();
    for number in 0..30 {
        bench.simulator.react(&bench.channel, &message.ts, &format!("U{number}"), "+1").unwrap();
    }
    let get = [("channel", bench.channel.as_str()), ("timestamp", &message.ts), ("full", "true")];
    for (arguments, listed) in [(&get[..2], 25), (&get[..], 30)] {
        let answer = bench.call("reactions.get", arguments).await;
        let reaction = &answer["message"]["reactions"][0];
        assert_eq!((reaction["users"].as_array().unwrap().len(), &reaction["count"]), (listed, &json!(30)));
    }
}

#[tokio::test]
async fn reactions_to_nothing_are_refused() {
    let bench = Bench::new().await;
    let channel = ("channel", bench.channel.as_str());
    for (arguments, error) in [
        (vec![], "no_item_specified"),
        (vec![channel], "no_item_specified"),
        (vec![("file", "F0")], "simulator_has_no_reactions_to_files"),
        (vec![channel, ("timestamp", "yesterday")], "bad_timestamp"),
        (vec![channel, ("timestamp", "1.000000")], "message_not_found"),
        (vec![("channel", "C0"), ("timestamp", "1.000000")], "channel_not_found"),
    ] {
        assert_eq!(bench.call("reactions.get", &arguments).await["error"], error, "{arguments:?}");
    }
}
