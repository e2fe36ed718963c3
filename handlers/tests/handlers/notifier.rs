//! The notifier posts each notice once, whatever happens in between.

use std::{sync::Arc, time::Duration};

use ackflow_handlers::{
    Notifier, NotifyError, Operators, SlackClient, http,
    ports::{Clock, Guard},
};
use ackflow_schemas::notice::Notice;
use secrecy::SecretString;
use tokio::net::TcpListener;
use url::Url;

use crate::{
    fake_ports::{Effects, Health, VirtualClock},
    fake_slack::{Answer, FakeSlack},
    message::{documents_saved, message, report},
    request::NOW,
    snapshots,
};

const ID: &str = "T0TEAM-Ev0EVENT/NotifyThread";

struct Desk {
    notifier: Notifier,
    slack: Arc<FakeSlack>,
    ledger: Arc<Effects>,
    clock: Arc<VirtualClock>,
}

impl Desk {
    async fn new() -> Self {
        Self::with(Operators::Log).await
    }

    async fn with(operators: Operators) -> Self {
        let clock = Arc::new(VirtualClock::at(NOW));
        let ledger = Arc::<Effects>::default();
        let (slack, client) = FakeSlack::start(clock.clone()).await;
        let notifier = Notifier::new(client, ledger.clone(), clock.clone(), operators);
        Self { notifier, slack, ledger, clock }
    }

    async fn tell(&self) -> Result<(), NotifyError> {
        self.notifier.notify(&notice()).await
    }
}

fn notice() -> Notice {
    documents_saved(&["finance"], vec![report()], vec![])
}

fn for_operators(id: &str) -> Notice {
    Notice::Operations { id: id.to_owned(), subject: "News".to_owned(), text: "What to do.".to_owned() }
}

/// How long to wait before the notice is tried again.
fn later(result: Result<(), NotifyError>) -> Duration {
    match result {
        Err(NotifyError::Later { after, .. }) => after,
        other => panic!("not to be tried again: {other:?}"),
    }
}

#[tokio::test]
async fn a_notice_goes_to_the_thread_with_its_id() {
    let desk = Desk::new().await;
    desk.tell().await.unwrap();
    let posted = serde_json::to_string_pretty(&desk.slack.posted()[0]).unwrap();
    snapshots("slack-message").bind(|| insta::assert_snapshot!("chat.postMessage", posted));
    assert!(matches!(desk.ledger.get(ID), Some(Guard::Done(_))));
}

#[tokio::test]
async fn a_reply_is_answered_in_its_own_thread() {
    let desk = Desk::new().await;
    let Notice::DocumentsSaved { id, mut report } = notice() else { unreachable!() };
    report.message.thread_ts = Some("1670630000.000100".to_owned());
    desk.notifier.notify(&Notice::DocumentsSaved { id, report }).await.unwrap();
    assert_eq!(desk.slack.posted()[0]["thread_ts"], "1670630000.000100");
}

#[tokio::test]
async fn a_notice_that_comes_again_is_not_posted_again() {
    let desk = Desk::new().await;
    for _ in 0..3 {
        desk.tell().await.unwrap();
    }
    assert_eq!(desk.slack.posted().len(), 1);
    assert_eq!(desk.slack.lookups(), 0, "the ledger knows it");
}

#[tokio::test]
async fn after_a_crash_between_post_and_mark_the_thread_is_looked_at_first() {
    let desk = Desk::new().await;
    desk.tell().await.unwrap();
    // The mark was lost with the process.
    desk.ledger.set(ID, Guard::Uncertain);
    desk.tell().await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.slack.lookups()), (1, 1));
    assert!(matches!(desk.ledger.get(ID), Some(Guard::Done(_))));
}

#[tokio::test]
async fn after_a_crash_before_the_post_it_is_posted() {
    let desk = Desk::new().await;
    desk.notifier
        .notify(&Notice::MetadataDelayed {
            id: "T0TEAM-Ev0EVENT/NotifyDelay".to_owned(),
            message: message(),
            error: "StorageUnavailable".to_owned(),
            cause: String::new(),
        })
        .await
        .unwrap();
    // Another notice is in the thread, this one is not.
    desk.ledger.set(ID, Guard::Uncertain);
    desk.tell().await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.slack.lookups()), (2, 1));
}

#[tokio::test]
async fn an_answer_that_is_lost_does_not_double_the_message() {
    let desk = Desk::new().await;
    let unheard = Notifier::new(mute_slack().await, desk.ledger.clone(), desk.clock.clone(), Operators::Log);
    assert_eq!(later(unheard.notify(&notice()).await), Duration::from_mins(1));
    assert_eq!(desk.ledger.get(ID), Some(Guard::Uncertain), "it may be on its way");
    desk.tell().await.unwrap();
    assert_eq!(desk.slack.lookups(), 1, "so it is looked for first");
}

/// A Slack that takes every call and hangs up.
async fn mute_slack() -> SlackClient {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}/api/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let clock = Arc::new(VirtualClock::at(NOW));
    SlackClient::new(http::client(&url).unwrap(), url, SecretString::from("xoxb-test"), clock)
}

#[tokio::test]
async fn after_a_server_error_the_thread_is_looked_at_in_a_moment() {
    let desk = Desk::new().await;
    desk.slack.answer_next(Answer::PostedAndBroken);
    desk.tell().await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.slack.lookups()), (1, 1));
    assert_eq!(desk.clock.waits(), [Duration::from_secs(2)]);
    assert!(matches!(desk.ledger.get(ID), Some(Guard::Done(_))));
}

#[tokio::test]
async fn a_notice_that_another_is_posting_waits() {
    let desk = Desk::new().await;
    desk.ledger.set(ID, Guard::Busy);
    assert!(later(desk.tell().await) > Duration::ZERO);
    assert!(desk.slack.posted().is_empty());
}

#[tokio::test]
async fn slack_says_when_to_come_back() {
    let desk = Desk::new().await;
    desk.slack.answer_next(Answer::Wait("17"));
    assert_eq!(later(desk.tell().await), Duration::from_secs(17));
    assert_eq!(desk.ledger.get(ID), Some(Guard::First), "it was certainly not posted");
    desk.tell().await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.slack.lookups()), (1, 0));
}

#[tokio::test]
async fn what_slack_refuses_for_good_is_not_tried_again() {
    let desk = Desk::new().await;
    desk.slack.answer_next(Answer::Refused("channel_not_found"));
    let error = desk.tell().await.unwrap_err();
    assert!(matches!(error, NotifyError::Never(_)), "{error}");
    assert!(error.to_string().contains("channel_not_found"), "{error}");
}

#[tokio::test]
async fn a_token_that_slack_refuses_may_be_put_right() {
    for error in ["invalid_auth", "not_authed", "account_inactive", "token_revoked", "missing_scope"] {
        let desk = Desk::new().await;
        desk.slack.answer_next(Answer::Refused(error));
        assert!(later(desk.tell().await) > Duration::ZERO, "{error}");
        desk.tell().await.unwrap();
        assert_eq!((desk.slack.posted().len(), desk.slack.lookups()), (1, 0), "{error}");
    }
}

#[tokio::test]
async fn without_the_ledger_nothing_is_posted() {
    let desk = Desk::new().await;
    desk.ledger.health.set(Health::Down);
    assert!(later(desk.tell().await) > Duration::ZERO);
    assert!(desk.slack.posted().is_empty());
}

#[tokio::test]
async fn a_channel_gets_one_message_a_second() {
    let desk = Desk::with(Operators::Channel("C0OPS".to_owned())).await;
    desk.tell().await.unwrap();
    for id in ["a", "b", "c"] {
        desk.notifier.notify(&for_operators(id)).await.unwrap();
    }
    // The thread's channel is another one: it keeps nobody waiting.
    assert_eq!(desk.clock.waits(), [Duration::from_secs(1); 2]);
    assert_eq!(desk.clock.now().as_second(), NOW + 2);
    assert_eq!(desk.slack.posted().len(), 4);
}

#[tokio::test]
async fn operators_read_in_their_channel_and_otherwise_in_the_log() {
    let desk = Desk::with(Operators::Channel("C0OPS".to_owned())).await;
    desk.notifier.notify(&for_operators("news")).await.unwrap();
    let posted = desk.slack.posted();
    assert_eq!(posted[0]["channel"], "C0OPS");
    assert_eq!(posted[0].get("thread_ts"), None);

    let desk = Desk::with(Operators::Log).await;
    desk.notifier.notify(&for_operators("news")).await.unwrap();
    assert!(desk.slack.posted().is_empty());
}
