//! A channel as people see it.

use ackflow::simulator::{FileSource, NewFile};
use serde_json::json;

use super::bench::Bench;

#[tokio::test]
async fn a_transcript_shows_what_people_see() {
    let bench = Bench::with_admin().await;
    let (dana, ben) = (bench.simulator.add_user("dana"), bench.simulator.add_user("ben"));
    let channel = bench.channel.as_str();
    let spam = bench.simulator.post(channel, &ben, "Buy now!", &[]).unwrap();
    let report = NewFile::new("q3.md", FileSource::Bytes("# Q3".into()));
    let report = bench.simulator.add_file(report).unwrap();
    let text =
        format!("<@U0ACKFLOW> deploy prod web &amp; co\nsee <#{channel}> <https://a.example/?b&amp;c|here>");
    let asked = bench.simulator.post(channel, &dana, &text, &[report]).unwrap();
    for (user, name) in [(&dana, "+1"), (&ben, "+1"), (&ben, "-1")] {
        bench.simulator.react(channel, &asked.ts, user, name).unwrap();
    }
    bench.simulator.post(channel, &ben, "<!here> lunch <https://b.example>", &[]).unwrap();
    let approval = json!({
        "channel": channel, "thread_ts": asked.ts, "text": "Approve?",
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": ":hourglass: Deploy *web*?"}},
            {"type": "actions", "elements": [
                {"type": "button", "action_id": "approve", "text": {"type": "plain_text", "text": "Approve"}},
                {"type": "button", "action_id": "deny", "text": {"type": "plain_text", "text": "Deny"}},
            ]},
        ],
    });
    bench.call_json("chat.postMessage", &approval).await;
    let hint = [
        ("channel", channel),
        ("user", &dana),
        ("text", "Only leads can approve."),
        ("thread_ts", &asked.ts),
    ];
    bench.call("chat.postEphemeral", &hint).await;
    bench.call_as_admin("chat.delete", &[("channel", channel), ("ts", &spam.ts)]).await;

    let expected = [
        "dana     @ackflow deploy prod web & co",
        "         see #finance here (https://a.example/?b&c)",
        "         📎 q3.md  [+1 ×2, -1 ×1]",
        "  ackflow  ⏳ Deploy *web*?",
        "           [Approve] [Deny]",
        "  ackflow  Only leads can approve.  (only dana sees this)",
        "ben      @here lunch https://b.example",
        "",
    ];
    assert_eq!(bench.simulator.transcript(channel), expected.join("\n"));
    assert_eq!(bench.simulator.transcript("C0"), "");
}

#[tokio::test]
async fn a_layout_is_shown_block_by_block() {
    let bench = Bench::new().await;
    let blocks = json!([
        {"type": "header", "text": {"type": "plain_text", "text": "Deployed :rocket:"}},
        {"type": "section", "fields": [
            {"type": "mrkdwn", "text": "*Service*\nweb"},
            {"type": "plain_text", "text": "<prod>"},
        ]},
        {"type": "divider"},
        {"type": "context", "elements": [
            {"type": "mrkdwn", "text": "by <@U0DANA>"},
            {"type": "image", "image_url": "https://a.example/b.png", "alt_text": "b"},
        ]},
        {"type": "image", "image_url": "https://a.example/b.png", "alt_text": "b"},
    ]);
    bench.call_json("chat.postMessage", &json!({"channel": bench.channel, "blocks": blocks})).await;
    let expected = [
        "ackflow  Deployed 🚀",
        "         *Service*",
        "         web",
        "         <prod>",
        "         ───",
        "         by @U0DANA  (image)",
        "         (image)",
        "",
    ];
    assert_eq!(bench.simulator.transcript(&bench.channel), expected.join("\n"));
}
