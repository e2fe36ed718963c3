//! Messages that are brought up to date: the request with its decision, and the votes with the newest count.

use std::time::Duration;

use ackflow_handlers::{
    NotifyError,
    ports::{EffectLedger, Guard, PortError},
};
use ackflow_schemas::notice::Notice;
use async_trait::async_trait;
use futures_util::future::join_all;
use serde_json::json;

use super::{Desk, POSTED, THREAD, decided, id, in_channel, in_thread, later, requested, votes};
use crate::{fake_ports::Effects, fake_slack::Answer};

/// What the ledger knows the one message with the votes by.
const VOTES: &str = "votes/T0TEAM/C0CHANNEL/1670631527.874149";

impl<L: EffectLedger + 'static> Desk<L> {
    /// Tells it, and tries again for as long as it is to be tried again.
    async fn tell_at_last(&self, notice: &Notice) {
        while let Err(error) = self.tell(notice).await {
            assert!(matches!(error, NotifyError::Later { .. }), "{error}");
            tokio::task::yield_now().await;
        }
    }

    /// What a reader sees in the end of a message that is updated.
    fn shown(&self) -> String {
        let posted = self.slack.posted();
        let message = self.calls("chat.update").pop().unwrap_or_else(|| posted[0].clone());
        message["text"].as_str().expect("a text").to_owned()
    }
}

#[tokio::test]
async fn a_decision_is_shown_where_the_leads_were_asked() {
    let desk = Desk::new().await;
    desk.tell(&requested()).await.unwrap();
    for _ in 0..2 {
        desk.tell(&decided()).await.unwrap();
    }
    assert_eq!(desk.slack.posted().len(), 1);
    let updates = desk.calls("chat.update");
    // To say it again does no harm.
    assert_eq!(updates.len(), 2);
    assert_eq!((&updates[0]["channel"], &updates[0]["ts"]), (&json!("C0LEADS"), &json!(POSTED)));
    assert!(desk.slack.posted()[0]["blocks"].to_string().contains("approve_deploy"));
    assert!(!updates[0]["blocks"].to_string().contains("approve_deploy"), "the buttons are gone");
}

#[tokio::test]
async fn a_decision_stands_for_a_request_that_was_not_posted() {
    let desk = Desk::new().await;
    desk.tell(&decided()).await.unwrap();
    desk.tell(&requested()).await.unwrap();
    assert_eq!(desk.places(), [in_channel("C0LEADS")], "the request comes too late");
    assert!(!desk.slack.posted()[0]["blocks"].to_string().contains("approve_deploy"));
    assert_eq!(desk.slack.calls(), [""; 0]);
}

#[tokio::test]
async fn a_decision_waits_while_the_request_may_be_under_way() {
    let desk = Desk::new().await;
    desk.ledger.set(&id("AskLeads"), Guard::Busy);
    assert!(later(desk.tell(&decided()).await) > Duration::ZERO);
    assert_eq!((desk.slack.posted().len(), desk.slack.calls().len()), (0, 0));
}

#[tokio::test]
async fn a_decision_is_given_up_at_once_where_slack_refuses_it_as_it_did_the_request() {
    let desk = Desk::new().await;
    for notice in [requested(), decided()] {
        desk.slack.answer_next(Answer::Refused("is_archived"));
        let error = desk.tell(&notice).await.unwrap_err();
        assert!(matches!(error, NotifyError::Never(_)), "{error}");
        assert!(error.to_string().contains("is_archived"), "{error}");
    }
}

#[tokio::test]
async fn votes_are_one_message_that_shows_the_newest_whatever_the_order() {
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let desk = Desk::new().await;
        for second in order {
            desk.tell(&votes(second)).await.unwrap();
        }
        assert_eq!(desk.places(), [in_thread("C0CHANNEL", THREAD)], "{order:?}");
        assert_eq!(desk.shown(), ackflow_handlers::message(&votes(3)).text, "{order:?}");
        assert!(desk.calls("chat.update").iter().all(|update| update["ts"] == POSTED), "{order:?}");
    }
}

#[tokio::test]
async fn an_older_count_changes_nothing() {
    let desk = Desk::new().await;
    desk.tell(&votes(2)).await.unwrap();
    desk.tell(&votes(1)).await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.calls("chat.update").len()), (1, 0));
}

#[tokio::test]
async fn a_count_waits_while_another_is_being_shown() {
    let desk = Desk::new().await;
    let turn = format!("{VOTES}/turn");
    desk.ledger.set(&turn, Guard::Busy);
    assert!(later(desk.tell(&votes(1)).await) > Duration::ZERO);
    assert_eq!((desk.slack.posted().len(), desk.slack.calls().len()), (0, 0));

    desk.ledger.set(&turn, Guard::First);
    desk.tell(&votes(1)).await.unwrap();
    assert_eq!(desk.ledger.get(&turn), Some(Guard::First), "the next one need not wait");
    desk.slack.answer_next(Answer::Wait("7"));
    assert_eq!(later(desk.tell(&votes(2)).await), Duration::from_secs(7));
    assert_eq!(desk.ledger.get(&turn), Some(Guard::First), "nor after a failure");
}

/// A ledger whose leases do not run out, so that what somebody has begun keeps all others off, and whose notes can't be
/// read.
#[derive(Default)]
struct Leases(Effects);

#[async_trait]
impl EffectLedger for Leases {
    async fn begin(&self, id: &str, lease: Duration) -> Result<Guard, PortError> {
        let guard = self.0.begin(id, lease).await?;
        Ok(if guard == Guard::Uncertain { Guard::Busy } else { guard })
    }

    async fn release(&self, id: &str) -> Result<(), PortError> {
        self.0.release(id).await
    }

    async fn finish(&self, id: &str, note: &str) -> Result<(), PortError> {
        self.0.finish(id, note).await
    }

    async fn note(&self, _id: &str) -> Result<Option<String>, PortError> {
        unreachable!("a note comes with what is begun: to read it again would cost a call")
    }
}

#[tokio::test]
async fn of_counts_at_once_the_newest_is_shown_in_the_end() {
    let desk = Desk::with(Leases::default()).await;
    let counts = [4, 1, 5, 3, 2].map(votes);
    join_all(counts.iter().map(|notice| desk.tell_at_last(notice))).await;
    assert_eq!(desk.places(), [in_thread("C0CHANNEL", THREAD)]);
    assert_eq!(desk.shown(), ackflow_handlers::message(&votes(5)).text);
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_is_made_again() {
    let desk = Desk::new().await;
    desk.tell(&votes(1)).await.unwrap();
    desk.slack.answer_next(Answer::PostedAndBroken);
    later(desk.tell(&votes(2)).await);
    desk.tell(&votes(2)).await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.calls("chat.update").len()), (1, 2));
    desk.tell(&votes(1)).await.unwrap();
    assert_eq!(desk.calls("chat.update").len(), 2, "it is noted which one is shown");
}

#[tokio::test]
async fn a_first_count_that_met_a_server_error_is_found_and_gives_way_to_a_newer_one() {
    let desk = Desk::new().await;
    desk.slack.answer_next(Answer::PostedAndBroken);
    desk.tell(&votes(1)).await.unwrap();
    desk.tell(&votes(2)).await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.slack.lookups()), (1, 1));
    assert_eq!(desk.shown(), ackflow_handlers::message(&votes(2)).text);
    desk.tell(&votes(1)).await.unwrap();
    assert_eq!(desk.shown(), ackflow_handlers::message(&votes(2)).text);
}
