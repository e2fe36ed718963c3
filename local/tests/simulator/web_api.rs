//! The Web API's methods and Slack's way to refuse.

use ackflow::simulator::{Token, Workspace};
use serde_json::{Value, json};

use super::bench::Bench;

#[tokio::test]
async fn a_call_needs_the_bot_token() {
    let bench = Bench::new().await;
    let url = format!("{}auth.test", bench.simulator.api_url());

    let without: Value = bench.client.post(&url).send().await.unwrap().json().await.unwrap();
    let wrong: Value =
        bench.client.post(&url).bearer_auth("xoxb-other").send().await.unwrap().json().await.unwrap();
    let right = bench.client.post(&url).bearer_auth(bench.token()).send().await.unwrap();

    assert_eq!(without, json!({"ok": false, "error": "not_authed"}));
    assert_eq!(wrong, json!({"ok": false, "error": "invalid_auth"}));
    let scopes = right.headers()["x-oauth-scopes"].to_str().unwrap().to_owned();
    assert!(scopes.split(',').any(|scope| scope == "files:read"), "{scopes}");
    let answer: Value = right.json().await.unwrap();
    assert_eq!(answer["user_id"], bench.simulator.workspace().bot_user_id);

    let requests = bench.simulator.requests();
    let tokens: Vec<_> = requests.iter().map(|request| request.token).collect();
    assert_eq!(tokens, [Token::Absent, Token::Wrong, Token::Right]);
    assert_eq!(requests[0].path, "/api/auth.test");
    assert_eq!(requests[0].host, bench.simulator.host());
}

#[tokio::test]
async fn what_is_not_there_is_refused_by_name() {
    let bench = Bench::new().await;
    let channel = bench.channel.as_str();
    let none = "1.000000";
    for (method, arguments, error) in [
        ("chat.shout", vec![], "unknown_method"),
        ("files.info", vec![], "invalid_arguments"),
        ("files.info", vec![("file", "F0")], "file_not_found"),
        ("chat.getPermalink", vec![("channel", "C0"), ("message_ts", none)], "channel_not_found"),
        ("chat.getPermalink", vec![("channel", channel), ("message_ts", none)], "message_not_found"),
        ("conversations.replies", vec![("channel", "C0"), ("ts", none)], "channel_not_found"),
        ("conversations.replies", vec![("channel", channel), ("ts", none)], "thread_not_found"),
        ("chat.postMessage", vec![("channel", "C0"), ("text", "Hello")], "channel_not_found"),
        ("chat.postMessage", vec![("channel", channel)], "no_text"),
        (
            "chat.postMessage",
            vec![("channel", channel), ("text", "x"), ("thread_ts", none)],
            "thread_not_found",
        ),
        (
            "chat.postMessage",
            vec![("channel", channel), ("text", "x"), ("blocks", "{")],
            "invalid_blocks_format",
        ),
        (
            "chat.postMessage",
            vec![("channel", channel), ("text", "x"), ("metadata", "{}")],
            "invalid_metadata_format",
        ),
    ] {
        let answer = bench.call(method, &arguments).await;
        assert_eq!(
            (&answer["ok"], &answer["error"]),
            (&json!(false), &json!(error)),
            "{method} {arguments:?}"
        );
    }
}

#[tokio::test]
async fn a_scope_that_the_token_lacks_is_named() {
    let bench = Bench::with(Workspace { scopes: vec!["chat:write".into()], ..Workspace::default() }).await;
    let answer = bench.call("files.info", &[("file", "F0")]).await;
    assert_eq!(
        answer,
        json!({"ok": false, "error": "missing_scope", "needed": "files:read", "provided": "chat:write"})
    );
}

#[tokio::test]
async fn a_post_is_in_the_thread_with_its_metadata() {
    let bench = Bench::new().await;
    let asked = bench.simulator.post(&bench.channel, "U0ANNA", "Q3 #finance", &[]).unwrap();
    let metadata = json!({"event_type": "ackflow_notice", "event_payload": {"id": "n-1"}});
    let blocks = json!([{"type": "section", "text": {"type": "mrkdwn", "text": "Stored."}}]);

    let message = json!({
        "channel": bench.channel, "thread_ts": asked.ts, "text": "Stored.", "blocks": blocks, "metadata": metadata,
    });
    let answer = bench.call_json("chat.postMessage", &message).await;
    let form = [("channel", bench.channel.as_str()), ("thread_ts", asked.ts.as_str()), ("text", "Again.")];
    bench.call("chat.postMessage", &form).await;
    // A reply to a reply is in the same thread.
    let last = bench.simulator.thread(&bench.channel, &asked.ts)[2].ts.clone();
    bench.simulator.reply(&bench.channel, &last, "U0ANNA", "Thanks!", &[]).unwrap();

    let thread = bench.simulator.thread(&bench.channel, &asked.ts);
    let texts: Vec<_> = thread.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["Q3 #finance", "Stored.", "Again.", "Thanks!"]);
    assert_eq!(thread[1].metadata, Some(metadata));
    assert_eq!(json!(thread[1].blocks), blocks);
    assert_eq!(thread[1].bot_id.as_deref(), Some("B0ACKFLOW"));
    assert_eq!(answer["ts"], thread[1].ts);
    assert!(thread[0].ts < thread[1].ts && thread[1].ts < thread[2].ts);

    let link = [("channel", bench.channel.as_str()), ("message_ts", thread[1].ts.as_str())];
    let link = bench.call("chat.getPermalink", &link).await["permalink"].as_str().unwrap().to_owned();
    assert!(link.contains(&thread[1].ts.replace('.', "")) && link.contains(&asked.ts), "{link}");
}

#[tokio::test]
async fn a_post_is_held_to_slacks_limits() {
    let bench = Bench::new().await;
    let long = "ä".repeat(40_001);
    let answer = bench.call_json("chat.postMessage", &json!({"channel": bench.channel, "text": long})).await;
    assert_eq!(answer["message"]["text"].as_str().unwrap().chars().count(), 40_000);

    let section = |length| json!({"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(length)}});
    for (blocks, error) in [
        (json!(vec![json!({"type": "divider"}); 50]), None),
        (json!(vec![json!({"type": "divider"}); 51]), Some("invalid_blocks")),
        (json!([section(3_000)]), None),
        (json!([section(3_001)]), Some("invalid_blocks")),
        (json!(vec![section(2_640); 5]), None),
        (json!(vec![section(2_641); 5]), Some("msg_blocks_too_long")),
        (json!([{"text": "no type"}]), Some("invalid_blocks")),
    ] {
        let answer =
            bench.call_json("chat.postMessage", &json!({"channel": bench.channel, "blocks": blocks})).await;
        assert_eq!(answer["error"].as_str(), error);
    }
}

#[tokio::test]
async fn methods_that_only_read_do_not_look_at_json() {
    let bench = Bench::new().await;
    let message = bench.simulator.post(&bench.channel, "U0ANNA", "Hello", &[]).unwrap();
    let link = json!({"channel": bench.channel, "message_ts": message.ts});
    let answer = bench.call_json("chat.getPermalink", &link).await;
    assert_eq!(answer["error"], "invalid_arguments");
    assert_eq!(answer["response_metadata"]["messages"], json!(["[ERROR] missing required field: channel"]));

    let url = format!("{}chat.getPermalink", bench.simulator.api_url());
    let url =
        reqwest::Url::parse_with_params(&url, [("channel", &bench.channel), ("message_ts", &message.ts)]);
    let answer: Value = bench.download(url.unwrap().as_str()).await.json().await.unwrap();
    assert_eq!(answer["ok"], true);
}

#[tokio::test]
async fn a_thread_comes_in_pages_that_each_start_with_its_first_message() {
    let bench = Bench::new().await;
    let channel = bench.channel.as_str();
    let parent = bench.simulator.post(channel, "U0ANNA", "first", &[]).unwrap();
    bench.simulator.post(channel, "U0BEN", "elsewhere", &[]).unwrap();
    for text in ["1", "2", "3", "4", "5"] {
        bench.simulator.reply(channel, &parent.ts, "U0BEN", text, &[]).unwrap();
    }

    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let arguments = [("channel", channel), ("ts", &parent.ts), ("limit", "3"), ("cursor", &cursor)];
        let answer = bench.call("conversations.replies", &arguments).await;
        let messages = answer["messages"].as_array().unwrap();
        assert_eq!(messages[0]["reply_count"], 5);
        pages.push(
            messages.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>(),
        );
        cursor = answer["response_metadata"]["next_cursor"].as_str().unwrap().into();
        assert_eq!(answer["has_more"], !cursor.is_empty());
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(pages, [vec!["first", "1", "2"], vec!["first", "3", "4"], vec!["first", "5"]]);

    let arguments = [("channel", channel), ("ts", &parent.ts), ("cursor", "made-up")];
    assert_eq!(bench.call("conversations.replies", &arguments).await["error"], "invalid_cursor");
    let reply = &bench.simulator.thread(channel, &parent.ts)[2];
    let alone = bench.call("conversations.replies", &[("channel", channel), ("ts", &reply.ts)]).await;
    assert_eq!(alone["messages"].as_array().unwrap().len(), 1);
    assert_eq!(alone["messages"][0]["text"], "2");
}

#[tokio::test]
async fn metadata_is_shown_to_those_who_ask() {
    let bench = Bench::new().await;
    let channel = bench.channel.as_str();
    let parent = bench.simulator.post(channel, "U0ANNA", "first", &[]).unwrap();
    let metadata = json!({"event_type": "ackflow_notice", "event_payload": {"id": "n-1"}});
    let message =
        json!({"channel": channel, "thread_ts": parent.ts, "text": "Stored.", "metadata": metadata});
    bench.call_json("chat.postMessage", &message).await;

    let plain = bench.call("conversations.replies", &[("channel", channel), ("ts", &parent.ts)]).await;
    let asked = [("channel", channel), ("ts", parent.ts.as_str()), ("include_all_metadata", "true")];
    let asked = bench.call("conversations.replies", &asked).await;
    assert_eq!(plain["messages"][1].get("metadata"), None);
    assert_eq!(asked["messages"][1]["metadata"], metadata);
}
