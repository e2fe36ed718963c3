//! Where each notice is said: in a thread, to one person, or nowhere.

mod edits;
mod lookups;

use std::{sync::Arc, time::Duration};

use ackflow_handlers::{
    Notifier, NotifyError, Operators,
    ports::{EffectLedger, Guard},
};
use ackflow_schemas::{
    devops::{
        Answer as CommandReply, ApprovalPress, CommandAnswer, Decision, DeployOrder, DeployReport,
        DeployResult, GuidedMember, JudgedPress, ModeratedMessage, ModerationCase, PressOutcome,
        ReactionCount, Tally, Verdict, WelcomedNewcomer,
    },
    notice::Notice,
};
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
    requested_of(order("api", "prod"))
}

fn requested_of(order: DeployOrder) -> Notice {
    Notice::ApprovalRequested { id: id("AskLeads"), approval: "T0TEAM-Ev0EVENT".to_owned(), order }
}

fn decided() -> Notice {
    decided_of(order("api", "prod"))
}

fn decided_of(order: DeployOrder) -> Notice {
    let reviewed = reviewed(order);
    Notice::ApprovalDecided { id: id("ShowDecision"), request: id("AskLeads"), reviewed }
}

fn awaited() -> Notice {
    Notice::ApprovalAwaited { id: id("TellApprovalAwaited"), order: order("api", "prod") }
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
        awaited(),
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
async fn any_other_refusal_is_not_made_up_for_elsewhere() {
    let moderators = Notice::ModeratorsTold { id: id("TellModerators"), message: moderated() };
    for (notice, error) in
        [(ended(typed(order("api", "stg"))), "is_archived"), (moderators, "not_in_channel")]
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
async fn whoever_waits_for_an_approval_is_told_that_nobody_can_be_asked() {
    for refusal in ["not_in_channel", "channel_not_found", "is_archived"] {
        let desk = Desk::new().await;
        for _ in 0..2 {
            desk.slack.answer_next(Answer::Refused(refusal));
            let error = desk.tell(&requested()).await.unwrap_err();
            assert!(matches!(error, NotifyError::Never(_)), "the operators hear of it too: {error}");
        }
        assert_eq!(desk.places(), [in_thread("C0CHANNEL", THREAD)], "once: {refusal}");
        let posted = desk.slack.posted();
        let text = posted[0]["text"].as_str().unwrap();
        for phrase in [refusal, "could not ask in <#C0LEADS>", "ask again", "<@U0ASKER>", "*api* to *prod*"] {
            assert!(text.contains(phrase), "{phrase}: {text}");
        }

        desk.tell(&awaited()).await.unwrap();
        assert_eq!(desk.slack.posted().len(), 1, "that the leads were asked is not true");
    }
}

#[tokio::test]
async fn whoever_asked_by_a_slash_command_is_told_directly_that_nobody_can_be_asked() {
    let desk = Desk::new().await;
    for _ in 0..2 {
        desk.slack.answer_next(Answer::Refused("not_in_channel"));
    }
    desk.opens_dm();
    desk.tell(&requested_of(typed(order("api", "prod")))).await.unwrap_err();
    assert_eq!(desk.places(), [in_channel("D0DIRECT")]);
}

#[tokio::test]
async fn a_request_is_not_given_up_before_whoever_waits_was_told() {
    let desk = Desk::new().await;
    desk.slack.answer_next(Answer::Refused("not_in_channel"));
    desk.slack.answer_next(Answer::Wait("7"));
    assert_eq!(later(desk.tell(&requested()).await), Duration::from_secs(7));
    // Somebody has invited the bot meanwhile.
    desk.tell(&requested()).await.unwrap();
    assert_eq!(desk.places(), [in_channel("C0LEADS")]);
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
async fn a_request_without_a_channel_for_it_goes_to_the_log() {
    let order = DeployOrder { leads_channel: None, ..order("api", "prod") };
    let desk = Desk::new().await;
    desk.tell(&requested_of(order.clone())).await.unwrap();
    desk.tell(&decided_of(order)).await.unwrap();
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
