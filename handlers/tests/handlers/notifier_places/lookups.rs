//! Messages of which it is not certain that they were posted: they are looked up where they would be.

use std::time::Duration;

use ackflow_handlers::ports::Guard;
use serde_json::json;

use super::{Desk, decided, ended, id, in_channel, later, requested, typed};
use crate::{fake_slack::Answer, orders::order};

/// The `ts` of a message that is found in a channel.
const FOUND: &str = "1670631541.000200";

/// A channel's messages, among them the one with this notice.
fn history(id: &str) -> Answer {
    let other = json!({ "ts": "1670631542.000300", "text": "hello", "user": "U0LEAD" });
    let metadata = json!({ "event_type": "ackflow_notice", "event_payload": { "id": id } });
    Answer::Holds(json!({ "messages": [other, { "ts": FOUND, "metadata": metadata }] }))
}

#[tokio::test]
async fn what_was_told_directly_is_found_there_after_a_server_error() {
    let (desk, notice) = (Desk::new().await, ended(typed(order("api", "stg"))));
    desk.slack.answer_next(Answer::Refused("not_in_channel"));
    desk.opens_dm();
    desk.slack.answer_next(Answer::PostedAndBroken);
    desk.slack.answer_next(history(&id("TellDeployEnded/direct")));
    for _ in 0..2 {
        desk.tell(&notice).await.unwrap();
    }
    assert_eq!(desk.places(), [in_channel("D0DIRECT")]);
}

#[tokio::test]
async fn a_message_in_a_thread_is_found_there_after_a_server_error() {
    let (desk, notice) = (Desk::new().await, ended(order("api", "stg")));
    desk.slack.answer_next(Answer::PostedAndBroken);
    for _ in 0..2 {
        desk.tell(&notice).await.unwrap();
    }
    assert_eq!((desk.slack.posted().len(), desk.slack.lookups()), (1, 1));
    assert_eq!(desk.slack.calls(), [""; 0], "the channel need not be read");
}

#[tokio::test]
async fn a_message_in_a_channel_is_found_in_its_history_after_a_server_error() {
    let desk = Desk::new().await;
    desk.slack.answer_next(Answer::PostedAndBroken);
    desk.slack.answer_next(history(&id("AskLeads")));
    desk.tell(&requested()).await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.slack.lookups()), (1, 0));
    let call =
        "GET conversations.history?channel=C0LEADS&oldest=1670545132&include_all_metadata=true&limit=200";
    assert_eq!(desk.slack.calls(), [call], "a day back");

    desk.tell(&decided()).await.unwrap();
    assert_eq!(desk.calls("chat.update")[0]["ts"], FOUND, "what was found is replaced");
}

#[tokio::test]
async fn what_is_not_found_after_a_server_error_is_soon_posted_again() {
    let desk = Desk::new().await;
    desk.slack.answer_next(Answer::PostedAndBroken);
    desk.slack.answer_next(Answer::Holds(json!({ "messages": [] })));
    assert!(later(desk.tell(&requested()).await) < Duration::from_mins(1));
    assert_eq!(desk.ledger.get(&id("AskLeads")), Some(Guard::First), "nobody is kept off");
}

#[tokio::test]
async fn what_cannot_be_looked_up_after_a_server_error_stays_uncertain() {
    let desk = Desk::new().await;
    desk.slack.answer_next(Answer::PostedAndBroken);
    desk.slack.answer_next(Answer::Wait("7"));
    assert_eq!(later(desk.tell(&requested()).await), Duration::from_secs(7));
    assert_eq!(desk.ledger.get(&id("AskLeads")), Some(Guard::Uncertain));
}

#[tokio::test]
async fn a_message_that_is_in_no_history_is_posted() {
    let desk = Desk::new().await;
    desk.ledger.set(&id("AskLeads"), Guard::Uncertain);
    desk.tell(&requested()).await.unwrap();
    assert_eq!(desk.places(), [in_channel("C0LEADS")]);
    assert_eq!(desk.slack.calls().len(), 1, "the history was read before");
}

#[tokio::test]
async fn a_history_that_cannot_be_read_for_now_posts_nothing() {
    let desk = Desk::new().await;
    desk.ledger.set(&id("AskLeads"), Guard::Uncertain);
    desk.slack.answer_next(Answer::Wait("7"));
    assert_eq!(later(desk.tell(&requested()).await), Duration::from_secs(7));
    assert!(desk.slack.posted().is_empty());
}
