//! Where each notice is said: in a thread, to one person, in place of another, or nowhere.

use std::{sync::Arc, time::Duration};

use ackflow_handlers::{
    Notifier, NotifyError, Operators,
    ports::{EffectLedger, Guard, PortError},
};
use ackflow_schemas::{
    devops::{
        Answer as CommandReply, ApprovalPress, CommandAnswer, Decision, DeployOrder, DeployReport,
        DeployResult, GuidedMember, JudgedPress, ModeratedMessage, ModerationCase, PressOutcome,
        ReactionCount, Tally, Verdict, WelcomedNewcomer,
    },
    notice::Notice,
};
use async_trait::async_trait;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    fake_ports::{Effects, Health, VirtualClock},
    fake_slack::{Answer, FakeSlack},
    orders::{ASKER, LEAD, order, reviewed},
    request::NOW,
};

/// The thread that the order was given in.
const THREAD: &str = "1670631527.874149";

/// The `ts` that Slack gives to a message.
const POSTED: &str = "1670631540.000100";

struct Desk<L = Effects> {
    notifier: Notifier,
    slack: Arc<FakeSlack>,
    ledger: Arc<L>,
}

impl Desk {
    async fn new() -> Self {
        Self::with(Effects::default()).await
    }
}

impl<L: EffectLedger + 'static> Desk<L> {
    async fn with(ledger: L) -> Self {
        let (ledger, clock) = (Arc::new(ledger), Arc::new(VirtualClock::at(NOW)));
        let (slack, client) = FakeSlack::start(clock.clone()).await;
        let notifier = Notifier::new(client, ledger.clone(), clock, Operators::Log);
        Self { notifier, slack, ledger }
    }

    async fn tell(&self, notice: &Notice) -> Result<(), NotifyError> {
        self.notifier.notify(notice).await
    }

    /// Tells it, and tries again for as long as it is to be tried again.
    async fn tell_at_last(&self, notice: &Notice) {
        while let Err(error) = self.tell(notice).await {
            assert!(matches!(error, NotifyError::Later { .. }), "{error}");
            tokio::task::yield_now().await;
        }
    }

    /// Where the messages were posted: channel and thread.
    fn places(&self) -> Vec<(String, Option<String>)> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let place = |message: Value| {
            (text(&message["channel"]).expect("a channel"), message.get("thread_ts").and_then(text))
        };
        self.slack.posted().into_iter().map(place).collect()
    }

    /// The arguments of each call of a method.
    fn calls(&self, method: &str) -> Vec<Value> {
        let start = format!("POST {method} ");
        let calls = self.slack.calls();
        let arguments = calls.iter().filter_map(|call| call.strip_prefix(&*start));
        arguments.map(|arguments| serde_json::from_str(arguments).expect("JSON")).collect()
    }

    /// What a reader sees in the end of a message that is updated.
    fn shown(&self) -> String {
        let posted = self.slack.posted();
        let message = self.calls("chat.update").pop().unwrap_or_else(|| posted[0].clone());
        message["text"].as_str().expect("a text").to_owned()
    }

    fn opens_dm(&self) {
        self.slack.answer_next(Answer::Holds(json!({ "channel": { "id": "D0DIRECT" } })));
    }
}

fn in_thread(channel: &str, thread_ts: &str) -> (String, Option<String>) {
    (channel.to_owned(), Some(thread_ts.to_owned()))
}

fn in_channel(channel: &str) -> (String, Option<String>) {
    (channel.to_owned(), None)
}

/// A notice's id, by the state that published it.
fn id(state: &str) -> String {
    format!("T0TEAM-Ev0EVENT/{state}")
}

/// An order that was given by a slash command: there is no message to answer to.
fn typed(mut order: DeployOrder) -> DeployOrder {
    order.origin.thread_ts = None;
    order
}

fn answered(order: DeployOrder) -> Notice {
    let answer = CommandReply::Status { deploys: Vec::new() };
    Notice::CommandAnswered { id: id("TellAnswer"), reply: CommandAnswer { origin: order.origin, answer } }
}

fn ended(order: DeployOrder) -> Notice {
    let reviewed = reviewed(order);
    let report = DeployReport {
        order: reviewed.order,
        decision: reviewed.decision,
        started_at: None,
        ended_at: None,
        result: DeployResult::Deployed { link: None },
    };
    Notice::DeployEnded { id: id("TellDeployEnded"), report }
}

fn requested() -> Notice {
    let approval = "T0TEAM-Ev0EVENT".to_owned();
    Notice::ApprovalRequested { id: id("AskLeads"), approval, order: order("api", "prod") }
}

fn decided() -> Notice {
    let reviewed = reviewed(order("api", "prod"));
    Notice::ApprovalDecided { id: id("ShowDecision"), request: id("AskLeads"), reviewed }
}

fn refused() -> Notice {
    let press = ApprovalPress {
        approval: "T0TEAM-Ev0EVENT".to_owned(),
        verdict: Verdict::Approved,
        team_id: "T0TEAM".to_owned(),
        channel_id: "C0LEADS".to_owned(),
        user_id: "U0SOMEBODY".to_owned(),
        pressed_at: "2022-12-10T00:18:49Z".to_owned(),
    };
    let decision = Decision {
        verdict: Verdict::Denied,
        user_id: Some(LEAD.to_owned()),
        decided_at: "2022-12-10T00:18:48Z".to_owned(),
    };
    let outcome = PressOutcome::TooLate { decision: Some(decision) };
    let judged = JudgedPress { press, order: Some(order("api", "prod")), is_decided: false, outcome };
    Notice::PressRefused { id: id("RefusePress"), judged }
}

fn moderated() -> ModeratedMessage {
    let case = ModerationCase {
        team_id: "T0TEAM".to_owned(),
        channel_id: "C0CHANNEL".to_owned(),
        user_id: "U0AUTHOR".to_owned(),
        ts: THREAD.to_owned(),
        rule: "no links".to_owned(),
        explanation: "Please post no links.".to_owned(),
        moderators_channel: "C0MODERATORS".to_owned(),
    };
    let obstacle = Some("no_user_token".to_owned());
    ModeratedMessage { case, is_deleted: false, obstacle, permalink: None }
}

fn author_told() -> Notice {
    Notice::AuthorTold { id: id("TellAuthor"), message: moderated() }
}

fn welcomed(welcome: Option<&str>, channels: &[&str]) -> Notice {
    let newcomer = WelcomedNewcomer {
        team_id: "T0TEAM".to_owned(),
        user_id: "U0NEW".to_owned(),
        welcome: welcome.map(str::to_owned),
        channels: channels.iter().map(|&channel| channel.to_owned()).collect(),
        missed: Vec::new(),
    };
    Notice::NewcomerWelcomed { id: id("Welcome"), newcomer }
}

fn guided() -> Notice {
    let member = GuidedMember {
        team_id: "T0TEAM".to_owned(),
        channel_id: "C0CHANNEL".to_owned(),
        user_id: "U0NEW".to_owned(),
        guide: "Read the topic first.".to_owned(),
    };
    Notice::MemberGuided { id: id("Guide"), member }
}

/// So many votes, as they were counted in this second. Each count is an execution of its own.
fn votes(second: u64) -> Notice {
    let tally = Tally {
        thread_ts: None,
        team_id: "T0TEAM".to_owned(),
        channel_id: "C0CHANNEL".to_owned(),
        ts: THREAD.to_owned(),
        counted_at: format!("2022-12-10T00:20:{second:02}Z"),
        reactions: vec![ReactionCount { name: "tada".to_owned(), count: second }],
        is_gone: false,
    };
    Notice::VotesCounted { id: format!("execution-{second}/ShowVotes"), tally }
}

/// What the ledger knows the one message with the votes by.
const VOTES: &str = "votes/T0TEAM/C0CHANNEL/1670631527.874149";

/// How long to wait before a notice is tried again.
fn later(result: Result<(), NotifyError>) -> Duration {
    match result {
        Err(NotifyError::Later { after, .. }) => after,
        other => panic!("not to be tried again: {other:?}"),
    }
}

#[tokio::test]
async fn what_was_asked_in_a_thread_is_answered_there() {
    let (api, thread) = (order("api", "prod"), in_thread("C0CHANNEL", THREAD));
    for notice in [
        answered(api.clone()),
        Notice::ApprovalAwaited { id: id("TellApprovalAwaited"), order: api.clone() },
        Notice::DeployWaits { id: id("TellDeployWaits"), order: api.clone() },
        Notice::DeployStarted { id: id("TellDeployStarted"), reviewed: reviewed(api.clone()) },
        ended(api.clone()),
        votes(1),
    ] {
        let desk = Desk::new().await;
        desk.tell(&notice).await.unwrap();
        assert_eq!(desk.places(), std::slice::from_ref(&thread), "{notice:?}");
        assert_eq!(desk.slack.calls(), [""; 0]);
    }
}

#[tokio::test]
async fn what_goes_to_a_channel_is_in_no_thread() {
    let api = typed(order("api", "stg"));
    for (notice, channel) in [
        (requested(), "C0LEADS"),
        (Notice::ModeratorsTold { id: id("TellModerators"), message: moderated() }, "C0MODERATORS"),
        (Notice::DeployStarted { id: id("TellDeployStarted"), reviewed: reviewed(api.clone()) }, "C0CHANNEL"),
        (ended(api.clone()), "C0CHANNEL"),
    ] {
        let desk = Desk::new().await;
        desk.tell(&notice).await.unwrap();
        assert_eq!(desk.places(), [in_channel(channel)], "{notice:?}");
        assert_eq!(desk.slack.calls(), [""; 0]);
    }
}

#[tokio::test]
async fn whoever_typed_a_command_where_the_bot_is_not_is_told_directly() {
    let notice = ended(typed(order("api", "stg")));
    for error in ["not_in_channel", "channel_not_found"] {
        let desk = Desk::new().await;
        desk.slack.answer_next(Answer::Refused(error));
        desk.opens_dm();
        for _ in 0..2 {
            desk.tell(&notice).await.unwrap();
        }
        assert_eq!(desk.places(), [in_channel("D0DIRECT")], "{error}");
        assert_eq!(desk.calls("conversations.open"), [json!({ "users": ASKER })], "{error}");
    }
}

#[tokio::test]
async fn what_was_told_directly_is_found_there_after_a_lost_answer() {
    let (desk, notice) = (Desk::new().await, ended(typed(order("api", "stg"))));
    desk.slack.answer_next(Answer::Refused("not_in_channel"));
    desk.opens_dm();
    desk.slack.answer_next(Answer::PostedAndBroken);
    later(desk.tell(&notice).await);

    // Neither does Slack show the history of a channel where the bot is not.
    desk.slack.answer_next(Answer::Refused("not_in_channel"));
    desk.opens_dm();
    desk.slack.answer_next(Answer::Holds(json!({ "messages": desk.slack.posted() })));
    desk.tell(&notice).await.unwrap();
    assert_eq!(desk.places(), [in_channel("D0DIRECT")]);
}

#[tokio::test]
async fn any_other_refusal_is_not_made_up_for_elsewhere() {
    for (notice, error) in
        [(ended(typed(order("api", "stg"))), "is_archived"), (requested(), "not_in_channel")]
    {
        let desk = Desk::new().await;
        desk.slack.answer_next(Answer::Refused(error));
        let refused = desk.tell(&notice).await.unwrap_err();
        assert!(matches!(refused, NotifyError::Never(_)), "{refused}");
        assert!(refused.to_string().contains(error), "{refused}");
        assert_eq!((desk.slack.posted().len(), desk.slack.calls().len()), (0, 0));
    }
}

#[tokio::test]
async fn what_concerns_one_person_is_a_direct_message_that_is_posted_once() {
    let notices = [author_told(), welcomed(Some("Welcome!"), &[]), welcomed(None, &["C0GENERAL"]), guided()];
    for (notice, user) in notices.iter().zip(["U0AUTHOR", "U0NEW", "U0NEW", "U0NEW"]) {
        let desk = Desk::new().await;
        desk.opens_dm();
        desk.tell(notice).await.unwrap();
        assert_eq!(desk.places(), [in_channel("D0DIRECT")], "{notice:?}");
        assert_eq!(desk.calls("conversations.open"), [json!({ "users": user })]);

        desk.opens_dm();
        desk.tell(notice).await.unwrap();
        assert_eq!(desk.slack.posted().len(), 1, "{notice:?}");
    }
}

#[tokio::test]
async fn a_direct_message_that_cannot_be_opened_is_sorted_by_slacks_answer() {
    let desk = Desk::new().await;
    desk.slack.answer_next(Answer::Wait("7"));
    assert_eq!(later(desk.tell(&guided()).await), Duration::from_secs(7));
    desk.slack.answer_next(Answer::Refused("user_disabled"));
    let error = desk.tell(&guided()).await.unwrap_err();
    assert!(matches!(error, NotifyError::Never(_)), "{error}");
    assert!(error.to_string().contains("user_disabled"), "{error}");
    assert!(desk.slack.posted().is_empty());
}

#[tokio::test]
async fn what_nobody_else_needs_to_see_is_ephemeral() {
    for (notice, channel, user) in
        [(answered(typed(order("api", "stg"))), "C0CHANNEL", ASKER), (refused(), "C0LEADS", "U0SOMEBODY")]
    {
        let desk = Desk::new().await;
        for _ in 0..2 {
            desk.tell(&notice).await.unwrap();
        }
        let calls = desk.calls("chat.postEphemeral");
        assert_eq!(calls.len(), 1, "it is shown once: {notice:?}");
        assert_eq!((&calls[0]["channel"], &calls[0]["user"]), (&json!(channel), &json!(user)));
        assert!(desk.slack.posted().is_empty());
    }
}

#[tokio::test]
async fn an_ephemeral_message_that_may_not_have_been_shown_is_shown_again() {
    let desk = Desk::new().await;
    desk.ledger.set(&id("RefusePress"), Guard::Busy);
    later(desk.tell(&refused()).await);
    assert_eq!(desk.slack.calls(), [""; 0], "another notifier is at it");

    desk.ledger.set(&id("RefusePress"), Guard::Uncertain);
    desk.slack.answer_next(Answer::PostedAndBroken);
    later(desk.tell(&refused()).await);
    desk.tell(&refused()).await.unwrap();
    assert_eq!(desk.calls("chat.postEphemeral").len(), 2, "there is nothing to look it up by");
    assert_eq!(desk.slack.lookups(), 0);
}

#[tokio::test]
async fn what_replaces_a_message_waits_until_that_is_posted() {
    let desk = Desk::new().await;
    assert!(later(desk.tell(&decided()).await) > Duration::ZERO);
    assert_eq!((desk.slack.posted().len(), desk.slack.calls().len()), (0, 0));

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
async fn a_request_without_a_channel_for_it_goes_to_the_log() {
    let order = DeployOrder { leads_channel: None, ..order("api", "prod") };
    let approval = "T0TEAM-Ev0EVENT".to_owned();
    let desk = Desk::new().await;
    desk.tell(&Notice::ApprovalRequested { id: id("AskLeads"), approval, order }).await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.slack.calls().len()), (0, 0));
}

#[tokio::test]
async fn where_there_is_nothing_to_say_nothing_is_said() {
    let desk = Desk::new().await;
    desk.tell(&welcomed(None, &[])).await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.slack.calls().len()), (0, 0));
    assert_eq!(desk.ledger.get(&id("Welcome")), None);
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

/// A ledger whose leases do not run out: what somebody has begun keeps all others off.
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

    async fn note(&self, id: &str) -> Result<Option<String>, PortError> {
        self.0.note(id).await
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
async fn a_message_in_a_thread_whose_answer_was_lost_is_found_there() {
    let (desk, notice) = (Desk::new().await, ended(order("api", "stg")));
    desk.slack.answer_next(Answer::PostedAndBroken);
    later(desk.tell(&notice).await);
    desk.tell(&notice).await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.slack.lookups()), (1, 1));
    assert_eq!(desk.slack.calls(), [""; 0], "the channel need not be read");
}

#[tokio::test]
async fn a_first_count_whose_answer_was_lost_is_found_and_gives_way_to_a_newer_one() {
    let desk = Desk::new().await;
    desk.slack.answer_next(Answer::PostedAndBroken);
    later(desk.tell(&votes(1)).await);
    desk.tell(&votes(2)).await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.slack.lookups()), (1, 1));
    assert_eq!(desk.shown(), ackflow_handlers::message(&votes(2)).text, "what was found shows the older one");
    desk.tell(&votes(1)).await.unwrap();
    assert_eq!(desk.shown(), ackflow_handlers::message(&votes(2)).text);
}

/// A desk whose last message got lost on the way back, and whose Slack shows what was posted when it is asked next.
async fn with_lost_answer(notice: &Notice) -> Desk {
    let desk = Desk::new().await;
    desk.slack.answer_next(Answer::PostedAndBroken);
    later(desk.tell(notice).await);
    let mut posted = desk.slack.posted();
    posted[0]["ts"] = "1670631541.000200".into();
    let other = json!({ "ts": "1670631542.000300", "text": "hello", "user": "U0LEAD" });
    desk.slack.answer_next(Answer::Holds(json!({ "messages": [other, posted[0]] })));
    desk
}

#[tokio::test]
async fn a_message_in_a_channel_whose_answer_was_lost_is_found_in_its_history() {
    let desk = with_lost_answer(&requested()).await;
    desk.tell(&requested()).await.unwrap();
    assert_eq!((desk.slack.posted().len(), desk.slack.lookups()), (1, 0));
    let call =
        "GET conversations.history?channel=C0LEADS&oldest=1670545130&include_all_metadata=true&limit=200";
    assert_eq!(desk.slack.calls(), [call], "a day back");

    desk.tell(&decided()).await.unwrap();
    assert_eq!(desk.calls("chat.update")[0]["ts"], "1670631541.000200", "what was found is replaced");
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

#[tokio::test]
async fn without_the_ledger_nothing_is_said_anywhere() {
    for notice in [requested(), refused(), decided(), votes(1)] {
        let desk = Desk::new().await;
        desk.ledger.health.set(Health::Down);
        assert!(later(desk.tell(&notice).await) > Duration::ZERO, "{notice:?}");
        assert_eq!((desk.slack.posted().len(), desk.slack.calls().len()), (0, 0), "{notice:?}");
    }
}

/// A notice that is tried again may come after those that were published later.
#[tokio::test]
async fn that_a_deployment_begins_is_no_news_once_it_has_ended() {
    let (desk, api) = (Desk::new().await, order("api", "stg"));
    desk.tell(&ended(api.clone())).await.unwrap();
    let started = Notice::DeployStarted { id: id("TellDeployStarted"), reviewed: reviewed(api.clone()) };
    desk.tell(&started).await.unwrap();
    desk.tell(&Notice::DeployWaits { id: id("TellDeployWaits"), order: api }).await.unwrap();
    assert_eq!(desk.slack.posted().len(), 1);
}
