//! Who is in a channel, and what the bot may do there.

use ackflow::simulator::{Token, UnknownId, Workspace};
use serde_json::{Value, json};

use super::bench::Bench;

fn names(answer: &Value) -> Vec<&str> {
    let channels = answer["channels"].as_array().unwrap();
    channels.iter().map(|channel| channel["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_bot_posts_in_a_public_channel_once_it_has_joined() {
    let bench = Bench::new().await;
    let channel = bench.simulator.create_channel_without_bot("random");
    let post = [("channel", channel.as_str()), ("text", "Hello")];
    assert_eq!(bench.call("chat.postMessage", &post).await["error"], "not_in_channel");

    let joined = bench.call_json("conversations.join", &json!({"channel": channel})).await;
    assert_eq!((&joined["ok"], &joined["channel"]["is_member"]), (&json!(true), &json!(true)));
    assert_eq!(joined.get("warning"), None);
    assert_eq!(bench.call("chat.postMessage", &post).await["ok"], true);
    let again = bench.call("conversations.join", &[("channel", &channel)]).await;
    assert_eq!((&again["ok"], &again["warning"]), (&json!(true), &json!("already_in_channel")));
}

#[tokio::test]
async fn a_private_channel_exists_for_its_members_only() {
    let bench = Bench::new().await;
    let closed = bench.simulator.create_private_channel("board", false);
    let open = bench.simulator.create_private_channel("leads", true);
    let message = bench.simulator.post(&closed, "U0DANA", "Q3", &[]).unwrap();
    let (channel, ts) = (("channel", closed.as_str()), ("ts", message.ts.as_str()));
    let text = ("text", "Hello");
    for (method, arguments) in [
        ("chat.postMessage", vec![channel, text]),
        ("chat.postEphemeral", vec![channel, text, ("user", "U0DANA")]),
        ("chat.getPermalink", vec![channel, ("message_ts", ts.1)]),
        ("chat.update", vec![channel, ts, text]),
        ("chat.delete", vec![channel, ts]),
        ("conversations.info", vec![channel]),
        ("conversations.invite", vec![channel, ("users", "U0DANA")]),
        ("conversations.replies", vec![channel, ts]),
        ("reactions.get", vec![channel, ("timestamp", ts.1)]),
    ] {
        assert_eq!(bench.call(method, &arguments).await["error"], "channel_not_found", "{method}");
    }
    for channel in [&closed, &open] {
        let answer = bench.call("conversations.join", &[("channel", channel)]).await;
        assert_eq!(answer["error"], "method_not_supported_for_channel_type");
    }
    let posted = bench.call("chat.postMessage", &[("channel", &open), ("text", "Hello")]).await;
    assert_eq!(posted["ok"], true);
    let info = bench.call("conversations.info", &[("channel", &open)]).await["channel"].clone();
    assert_eq!((&info["name"], &info["is_private"]), (&json!("leads"), &json!(true)));
}

#[tokio::test]
async fn an_archived_channel_takes_nothing_more() {
    let bench = Bench::new().await;
    bench.simulator.post(&bench.channel, "U0DANA", "Bye", &[]).unwrap();
    bench.simulator.archive_channel(&bench.channel).unwrap();
    let channel = ("channel", bench.channel.as_str());
    for (method, arguments) in [
        ("chat.postMessage", vec![channel, ("text", "Hello")]),
        ("chat.postEphemeral", vec![channel, ("text", "Hello"), ("user", "U0DANA")]),
        ("conversations.join", vec![channel]),
        ("conversations.invite", vec![channel, ("users", "U0DANA")]),
    ] {
        assert_eq!(bench.call(method, &arguments).await["error"], "is_archived", "{method}");
    }
    assert_eq!(bench.simulator.archive_channel("C0"), Err(UnknownId::Channel("C0".into())));
}

#[tokio::test]
async fn channels_come_in_pages_that_may_be_short() {
    let bench = Bench::new().await;
    let old = bench.simulator.create_channel("old");
    bench.simulator.create_channel_without_bot("random");
    bench.simulator.create_private_channel("leads", true);
    bench.simulator.create_private_channel("board", false);
    bench.simulator.create_channel("web");
    bench.simulator.archive_channel(&old).unwrap();

    let all = bench.call("conversations.list", &[]).await;
    assert_eq!(names(&all), ["finance", "old", "random", "web"]);
    let members: Vec<_> = all["channels"].as_array().unwrap().iter().map(|it| &it["is_member"]).collect();
    assert_eq!(members, [true, true, false, true]);
    assert_eq!(all["channels"][1]["is_archived"], true);
    assert_eq!(all["response_metadata"]["next_cursor"], "");

    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let types = ("types", "public_channel, private_channel");
        let arguments = [types, ("exclude_archived", "true"), ("limit", "2"), ("cursor", &cursor)];
        let page = bench.call("conversations.list", &arguments).await;
        pages.push(names(&page).join(" "));
        cursor = page["response_metadata"]["next_cursor"].as_str().unwrap().to_owned();
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(pages, ["finance", "random leads", "web"]);
}

#[tokio::test]
async fn what_a_list_of_channels_cannot_be_made_of_is_refused() {
    let bench = Bench::new().await;
    for (arguments, error) in [
        (("types", "public"), "invalid_types"),
        (("types", "im"), "missing_scope"),
        (("limit", "0"), "invalid_limit"),
        (("limit", "1000"), "invalid_limit"),
        (("limit", "ten"), "invalid_limit"),
        (("cursor", "made-up"), "invalid_cursor"),
    ] {
        assert_eq!(bench.call("conversations.list", &[arguments]).await["error"], error, "{arguments:?}");
    }
}

#[tokio::test]
async fn each_kind_of_channel_has_scopes_of_its_own() {
    let scopes = ["channels:read", "channels:history", "chat:write", "im:write"].map(str::to_owned).to_vec();
    let bench = Bench::with(Workspace { scopes, ..Workspace::default() }).await;
    let dana = bench.simulator.add_user("dana");
    let leads = bench.simulator.create_private_channel("leads", true);
    let direct = bench.call("conversations.open", &[("users", &dana)]).await["channel"]["id"].clone();
    let direct = direct.as_str().unwrap();
    for (method, channel, needed) in [
        ("conversations.info", leads.as_str(), "groups:read"),
        ("conversations.info", direct, "im:read"),
        ("conversations.replies", &leads, "groups:history"),
        ("conversations.replies", direct, "im:history"),
        ("conversations.invite", &bench.channel, "channels:write.invites,channels:manage"),
        ("conversations.invite", &leads, "groups:write.invites,groups:write"),
        ("conversations.join", &bench.channel, "channels:join"),
    ] {
        let arguments = [("channel", channel), ("ts", "1.000000"), ("users", "U0DANA")];
        let answer = bench.call(method, &arguments).await;
        assert_eq!(
            (&answer["error"], &answer["needed"]),
            (&json!("missing_scope"), &json!(needed)),
            "{method}"
        );
    }
    assert_eq!(bench.call("conversations.info", &[("channel", &bench.channel)]).await["ok"], true);
}

#[tokio::test]
async fn the_bot_invites_people_into_its_channels() {
    let bench = Bench::new().await;
    let (dana, ben) = (bench.simulator.add_user("dana"), bench.simulator.add_user("ben"));
    let elsewhere = bench.simulator.create_channel_without_bot("random");
    let bot = bench.simulator.workspace().bot_user_id.clone();
    let invite = async |channel: &str, users: &str| {
        bench.call("conversations.invite", &[("channel", channel), ("users", users)]).await
    };

    let both = invite(&bench.channel, &format!("{dana},{ben}")).await;
    assert_eq!(both["channel"]["id"], bench.channel);
    let info = [("channel", bench.channel.as_str()), ("include_num_members", "true")];
    let info = bench.call("conversations.info", &info).await;
    // The admin and the bot are in it too.
    assert_eq!(info["channel"]["num_members"], 4);

    assert_eq!(invite(&bench.channel, &dana).await["error"], "already_in_channel");
    assert_eq!(invite(&bench.channel, &bot).await["error"], "cant_invite_self");
    assert_eq!(invite(&elsewhere, &dana).await["error"], "not_in_channel");
    let refused = invite(&elsewhere, "").await;
    assert_eq!(refused["error"], "invalid_arguments");
    let refused = invite(&bench.channel, &format!("U0NOBODY,{bot}")).await;
    let errors = json!([
        {"user": "U0NOBODY", "ok": false, "error": "user_not_found"},
        {"user": bot, "ok": false, "error": "cant_invite_self"},
    ]);
    assert_eq!((&refused["error"], &refused["errors"]), (&json!("user_not_found"), &errors));
}

#[tokio::test]
async fn the_admin_brings_the_bot_into_every_channel() {
    let bench = Bench::with_admin().await;
    let bot = bench.simulator.workspace().bot_user_id.clone();
    bench.simulator.create_channel_without_bot("random");
    bench.simulator.create_private_channel("board", false);

    let types = [("types", "public_channel,private_channel")];
    let all = bench.call_as_admin("conversations.list", &types).await;
    assert_eq!(names(&all), ["finance", "random", "board"]);
    for channel in all["channels"].as_array().unwrap() {
        let arguments = [("channel", channel["id"].as_str().unwrap()), ("users", &bot)];
        let answer = bench.call_as_admin("conversations.invite", &arguments).await;
        let expected = if channel["name"] == "finance" { Some("already_in_channel") } else { None };
        assert_eq!(answer["error"].as_str(), expected);
    }
    let joined = bench.call("conversations.list", &types).await;
    assert!(joined["channels"].as_array().unwrap().iter().all(|channel| channel["is_member"] == true));
    assert_eq!(names(&joined).len(), 3);
}

#[tokio::test]
async fn the_user_token_is_the_admins_and_not_the_bots() {
    let bench = Bench::with_admin().await;
    let whose = bench.call_as_admin("auth.test", &[]).await;
    assert_eq!((&whose["user"], &whose["user_id"]), (&json!("admin"), &json!("U0ADMIN")));
    assert_eq!(whose.get("bot_id"), None);
    assert_eq!(bench.simulator.requests()[0].token, Token::User);

    let post = [("channel", bench.channel.as_str()), ("text", "Hello")];
    let refused = bench.call_as_admin("chat.postMessage", &post).await;
    assert_eq!(refused["error"], "simulator_takes_the_bot_token_only");

    let without = Bench::new().await;
    assert_eq!(without.call_as_admin("auth.test", &[]).await["error"], "invalid_auth");
}

#[tokio::test]
async fn a_direct_message_is_opened_once_and_read_by_its_owner() {
    let bench = Bench::new().await;
    let dana = bench.simulator.add_user("dana");
    assert!(bench.simulator.dm(&dana).is_empty());
    let opened = bench.call_json("conversations.open", &json!({"users": dana})).await;
    let direct = opened["channel"]["id"].as_str().unwrap();
    assert!(direct.starts_with('D'), "{direct}");
    assert_eq!(opened.get("already_open"), None);
    let again = bench.call("conversations.open", &[("users", &dana), ("return_im", "true")]).await;
    assert_eq!(again["already_open"], true);
    assert_eq!((&again["channel"]["id"], &again["channel"]["user"]), (&json!(direct), &json!(dana)));
    let reopened = bench.call("conversations.open", &[("channel", direct)]).await;
    assert_eq!(reopened["channel"]["id"], direct);

    bench.call("chat.postMessage", &[("channel", direct), ("text", "Welcome!")]).await;
    let answer = bench.simulator.post(direct, &dana, "Thanks!", &[]).unwrap();
    let texts: Vec<_> = bench.simulator.dm(&dana).into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["Welcome!", "Thanks!"]);
    assert_eq!(bench.simulator.event(&answer)["event"]["channel_type"], "im");
}

#[tokio::test]
async fn a_direct_message_with_nobody_is_refused() {
    let bench = Bench::new().await;
    let bot = bench.simulator.workspace().bot_user_id.clone();
    for (arguments, error) in [
        (vec![], "users_list_not_supplied"),
        (vec![("users", "U0NOBODY")], "user_not_found"),
        (vec![("users", bot.as_str())], "invalid_user_combination"),
        (vec![("users", "U0ANNA,U0BEN")], "simulator_has_no_group_messages"),
        (vec![("channel", "D0")], "channel_not_found"),
        (vec![("channel", bench.channel.as_str())], "method_not_supported_for_channel_type"),
    ] {
        assert_eq!(bench.call("conversations.open", &arguments).await["error"], error, "{arguments:?}");
    }
}

#[tokio::test]
async fn people_have_names_and_whoever_posts_is_known() {
    let bench = Bench::new().await;
    let dana = bench.simulator.add_user("dana");
    let info = bench.call("users.info", &[("user", &dana)]).await;
    assert_eq!(info["user"]["profile"]["display_name"], "dana");
    assert_eq!(info["user"]["is_bot"], false);
    assert_eq!(bench.simulator.user_name(&dana), "dana");

    assert_eq!(bench.call("users.info", &[("user", "U0ANNA")]).await["error"], "user_not_found");
    bench.simulator.post(&bench.channel, "U0ANNA", "Hello", &[]).unwrap();
    assert_eq!(bench.call("users.info", &[("user", "U0ANNA")]).await["user"]["name"], "U0ANNA");
    assert_eq!(bench.simulator.user_name("U0ANNA"), "U0ANNA");

    let bot = bench.simulator.workspace().bot_user_id.as_str();
    assert_eq!(bench.call("users.info", &[("user", bot)]).await["user"]["is_bot"], true);
}
