//! What the client asks Slack for, and what it makes of the answers.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use ackflow_handlers::{Identity, SlackClient, SlackError};
use serde_json::{Value, json};

use crate::{
    fake_ports::VirtualClock,
    fake_slack::{Answer, FakeSlack},
    request::NOW,
};

async fn start() -> (Arc<FakeSlack>, SlackClient) {
    FakeSlack::start(Arc::new(VirtualClock::at(NOW))).await
}

/// A Slack that gives these answers, one after the other.
async fn answering(answers: impl IntoIterator<Item = Value>) -> (Arc<FakeSlack>, SlackClient) {
    let (slack, client) = start().await;
    for answer in answers {
        slack.answer_next(Answer::Holds(answer));
    }
    (slack, client)
}

#[tokio::test]
async fn what_changes_something_is_posted_as_json() {
    let (slack, client) = start().await;
    client.update_message(&json!({ "channel": "C1", "ts": "1.2", "text": "new" })).await.unwrap();
    client.delete_message("C1", "1.2").await.unwrap();
    client.post_ephemeral(&json!({ "channel": "C1", "user": "U1", "text": "psst" })).await.unwrap();
    client.join_channel("C1").await.unwrap();
    client.invite("C1", "U1").await.unwrap();
    assert_eq!(
        slack.calls(),
        [
            r#"POST chat.update {"channel":"C1","ts":"1.2","text":"new"}"#,
            r#"POST chat.delete {"channel":"C1","ts":"1.2"}"#,
            r#"POST chat.postEphemeral {"channel":"C1","user":"U1","text":"psst"}"#,
            r#"POST conversations.join {"channel":"C1"}"#,
            r#"POST conversations.invite {"channel":"C1","users":"U1"}"#,
        ]
    );
}

#[tokio::test]
async fn a_direct_message_is_opened_and_named_by_its_id() {
    let (slack, client) = answering([json!({ "channel": { "id": "D1" } })]).await;
    assert_eq!(client.open_dm("U1").await.as_deref(), Ok("D1"));
    assert_eq!(slack.calls(), [r#"POST conversations.open {"users":"U1"}"#]);
}

#[tokio::test]
async fn channels_come_page_by_page() {
    let (slack, client) = answering([
        json!({ "channels": [{ "id": "C1" }], "response_metadata": { "next_cursor": "dGVhbQ==" } }),
        json!({ "channels": [{ "id": "C2" }, { "id": "C3" }], "response_metadata": { "next_cursor": "" } }),
        json!({ "channels": [] }),
    ])
    .await;
    let mut pages = Vec::new();
    for cursor in ["", "dGVhbQ==", "b3RoZXI="] {
        let (channels, next) = client.channels(cursor).await.unwrap();
        let ids: Vec<_> = channels.into_iter().map(|channel| channel.id).collect();
        pages.push((ids.join(" "), next));
    }
    let pages: Vec<_> = pages.iter().map(|(ids, next)| (&**ids, &**next)).collect();
    assert_eq!(pages, [("C1", "dGVhbQ=="), ("C2 C3", ""), ("", "")]);

    let call =
        "GET conversations.list?types=public_channel%2Cprivate_channel&exclude_archived=true&limit=200";
    let calls = ["", "&cursor=dGVhbQ%3D%3D", "&cursor=b3RoZXI%3D"].map(|cursor| format!("{call}{cursor}"));
    assert_eq!(slack.calls(), calls);
}

#[tokio::test]
async fn a_channel_is_looked_up() {
    let (slack, client) =
        answering([json!({ "channel": { "id": "C1", "name": "leads", "is_member": true } })]).await;
    let channel = client.channel("C1").await.unwrap();
    assert_eq!((channel.name.as_deref(), channel.is_member), (Some("leads"), Some(true)));
    assert_eq!(slack.calls(), ["GET conversations.info?channel=C1"]);
}

#[tokio::test]
async fn reactions_are_counted_in_full() {
    let thumbs = json!({ "name": "thumbsup", "count": 2, "users": ["U1", "U2"] });
    let (slack, client) = answering([
        json!({ "type": "message", "message": { "ts": "1.2", "reactions": [thumbs] } }),
        json!({ "type": "message", "message": { "ts": "1.2" } }),
    ])
    .await;
    let message = client.reactions("C1", "1.2").await.unwrap();
    assert_eq!(serde_json::to_value(message.reactions).unwrap(), json!([thumbs]));
    assert_eq!(client.reactions("C1", "1.2").await.unwrap().reactions, None, "nobody reacts any more");
    assert_eq!(slack.calls(), ["GET reactions.get?channel=C1&timestamp=1.2&full=true"; 2]);
}

#[tokio::test]
async fn a_token_tells_whose_it_is_what_it_may_do_and_what_time_it_is() {
    let answer = json!({
        "team_id": "T1", "team": "Acme", "url": "https://acme.slack.com/", "user_id": "U1", "bot_id": "B1",
    });
    let (slack, client) = answering([answer]).await;
    let expected = Identity {
        team_id: "T1".to_owned(),
        team: Some("Acme".to_owned()),
        url: Some("https://acme.slack.com/".to_owned()),
        user_id: "U1".to_owned(),
        bot_id: Some("B1".to_owned()),
        scopes: BTreeSet::from(["channels:read".to_owned(), "chat:write".to_owned()]),
        answered_at: Some("2022-12-10T00:19:00Z".parse().unwrap()),
    };
    assert_eq!(client.auth_test().await, Ok(expected));
    assert_eq!(slack.calls(), ["POST auth.test"]);
}

#[tokio::test]
async fn an_answer_that_lacks_what_was_asked_for_is_none() {
    let (_slack, client) = start().await;
    let errors = [
        client.auth_test().await.unwrap_err(),
        client.open_dm("U1").await.unwrap_err(),
        client.channel("C1").await.unwrap_err(),
        client.reactions("C1", "1.2").await.unwrap_err(),
    ];
    let texts = errors.map(|error| error.to_string());
    assert_eq!(
        texts,
        [
            "Slack can't be reached for auth.test: its answer can't be read: it holds no team_id",
            "Slack can't be reached for conversations.open: its answer can't be read: it holds no channel",
            "Slack can't be reached for conversations.info: its answer can't be read: it holds no channel",
            "Slack can't be reached for reactions.get: its answer can't be read: it holds no message",
        ]
    );
}

#[tokio::test]
async fn a_refusal_names_the_method_and_slacks_error() {
    let (slack, client) = start().await;
    slack.answer_next(Answer::Refused("already_in_channel"));
    let refused = SlackError::Refused {
        what: "conversations.invite".to_owned(),
        error: "already_in_channel".to_owned(),
        needed: None,
    };
    assert_eq!(client.invite("C1", "U1").await, Err(refused));

    slack.answer_next(Answer::Refused("fatal_error"));
    let error = client.delete_message("C1", "1.2").await.unwrap_err();
    assert!(matches!(error, SlackError::Unavailable { .. }), "it may pass: {error}");
}

#[tokio::test]
async fn a_patient_client_waits_as_long_as_slack_says_but_not_for_ever() {
    let clock = Arc::new(VirtualClock::at(NOW));
    let (slack, client) = FakeSlack::start(clock.clone()).await;
    let patient = client.patient(Duration::from_secs(30));
    for seconds in ["10", "15"] {
        slack.answer_next(Answer::Wait(seconds));
    }
    patient.join_channel("C1").await.unwrap();
    assert_eq!(clock.waits(), [Duration::from_secs(10), Duration::from_secs(15)]);
    assert_eq!(slack.calls(), [r#"POST conversations.join {"channel":"C1"}"#; 3]);

    for (client, seconds) in [(&patient, "31"), (&client, "1")] {
        slack.answer_next(Answer::Wait(seconds));
        let error = client.channels("").await.unwrap_err();
        let expected = format!("Slack asks to wait {seconds} s before conversations.list is asked for again");
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(clock.waits().len(), 2);
}
