//! Reactions are counted as Slack has them, and the newest count is kept.

use std::{sync::Arc, time::Duration};

use ackflow_asl::{Call, Failure};
use ackflow_flows::CountReactionsError;
use ackflow_handlers::{CountReactionsHandler, StepHandler, ports::Clock};
use ackflow_schemas::devops::{CountRequest, ReactionCount, Tally};
use serde_json::{Value, json};

use crate::{
    fake_ports::{Bucket, Health, VirtualClock},
    fake_slack::{Answer, FakeSlack},
    request::NOW,
    step_output::assert_step_output,
};

/// Where the counts lie.
const TALLY: &str = "tallies/T0TEAM/C0CHANNEL/1670631527.874149.json";

/// The step with its Slack and its bucket.
struct Counter {
    slack: Arc<FakeSlack>,
    bucket: Arc<Bucket>,
    clock: Arc<VirtualClock>,
    handler: CountReactionsHandler,
}

impl Counter {
    async fn new() -> Self {
        let (bucket, clock) = (Arc::<Bucket>::default(), Arc::new(VirtualClock::at(NOW)));
        let (slack, client) = FakeSlack::start(clock.clone()).await;
        let handler = CountReactionsHandler::new(&client, bucket.clone(), clock.clone());
        Self { slack, bucket, clock, handler }
    }

    async fn count(&self) -> Result<Tally, Failure<CountReactionsError>> {
        let request = CountRequest {
            team_id: "T0TEAM".to_owned(),
            channel_id: "C0CHANNEL".to_owned(),
            ts: "1670631527.874149".to_owned(),
            count_at: "2022-12-10T00:18:50Z".to_owned(),
        };
        self.handler.run(Call::new("T0TEAM-Ev0EVENT", request)).await
    }

    /// Counts while Slack has these reactions.
    async fn count_of(&self, reactions: Value) -> Tally {
        self.slack.answer_next(Answer::Holds(json!({ "message": { "reactions": reactions } })));
        self.count().await.unwrap()
    }

    fn kept(&self) -> Option<Tally> {
        let content = self.bucket.content(TALLY)?;
        Some(serde_json::from_slice(&content).expect("a tally"))
    }
}

fn counted(name: &str, count: u64) -> ReactionCount {
    ReactionCount { name: name.to_owned(), count }
}

/// The counts of one reaction, as they were made at a time.
fn tally(counted_at: &str, count: u64) -> Tally {
    Tally {
        thread_ts: None,
        team_id: "T0TEAM".to_owned(),
        channel_id: "C0CHANNEL".to_owned(),
        ts: "1670631527.874149".to_owned(),
        counted_at: counted_at.to_owned(),
        reactions: vec![counted("eyes", count)],
        is_gone: false,
    }
}

fn json_of(tally: &Tally) -> Vec<u8> {
    serde_json::to_vec(tally).unwrap()
}

#[tokio::test]
async fn reactions_are_read_from_slack_and_kept() {
    let counter = Counter::new().await;
    let tally = counter
        .count_of(json!([
            { "name": "eyes", "count": 1, "users": ["U1"] },
            { "name": "+1", "count": 2, "users": ["U1", "U2"] },
            { "name": "+1::skin-tone-2", "count": 1, "users": ["U3"] },
        ]))
        .await;
    assert_step_output("CountReactions", &tally);
    assert_eq!(counter.kept(), Some(tally));
    let call = "GET reactions.get?channel=C0CHANNEL&timestamp=1670631527.874149&full=true";
    assert_eq!(counter.slack.calls(), [call]);
}

#[tokio::test]
async fn a_skin_tone_makes_no_other_reaction() {
    let counter = Counter::new().await;
    let tally = counter
        .count_of(json!([
            { "name": "+1::skin-tone-6", "count": 2 },
            { "name": "wave", "count": 4 },
            { "name": "+1", "count": 1 },
            { "name": "+1::skin-tone-2", "count": 3 },
        ]))
        .await;
    assert_eq!(tally.reactions, [counted("+1", 6), counted("wave", 4)]);
}

#[tokio::test]
async fn the_most_frequent_comes_first_and_of_equals_the_one_whose_name_does() {
    let counter = Counter::new().await;
    let tally = counter
        .count_of(json!([
            { "name": "zap", "count": 1 },
            { "name": "tada", "count": 3 },
            { "name": "eyes", "count": 1 },
        ]))
        .await;
    assert_eq!(tally.reactions, [counted("tada", 3), counted("eyes", 1), counted("zap", 1)]);
}

#[tokio::test]
async fn without_a_count_the_people_are_counted() {
    let counter = Counter::new().await;
    let tally = counter
        .count_of(json!([
            { "name": "tada", "users": ["U1", "U2"] },
            { "name": "eyes", "count": -1, "users": ["U1"] },
            { "name": "zap" },
        ]))
        .await;
    assert_eq!(tally.reactions, [counted("tada", 2), counted("eyes", 1), counted("zap", 0)]);
}

#[tokio::test]
async fn a_message_that_is_gone_has_no_reactions() {
    let counter = Counter::new().await;
    let before = counter.count_of(json!([{ "name": "eyes", "count": 1 }])).await;
    assert!(!before.is_gone);
    counter.slack.answer_next(Answer::Refused("message_not_found"));
    let tally = counter.count().await.unwrap();
    assert_eq!((tally.is_gone, tally.reactions.len()), (true, 0));
    assert_eq!(counter.kept(), Some(tally));
}

#[tokio::test]
async fn a_message_without_reactions_is_still_there() {
    let counter = Counter::new().await;
    counter.slack.answer_next(Answer::Holds(json!({ "message": { "ts": "1670631527.874149" } })));
    let tally = counter.count().await.unwrap();
    assert_eq!((tally.is_gone, tally.reactions.len()), (false, 0));
}

#[tokio::test]
async fn a_newer_count_replaces_an_older_one() {
    let counter = Counter::new().await;
    counter.count_of(json!([{ "name": "eyes", "count": 1 }])).await;
    counter.clock.sleep(Duration::from_secs(1)).await;
    let newer = counter.count_of(json!([{ "name": "eyes", "count": 2 }])).await;
    assert_eq!(newer, tally("2022-12-10T00:18:51Z", 2));
    assert_eq!(counter.kept(), Some(newer));
}

#[tokio::test]
async fn an_older_count_does_not_overwrite_a_newer_one() {
    // Both times are later, though their texts come first.
    for later in ["2022-12-10T00:18:50.5Z", "2022-12-09T23:18:51-01:00"] {
        let counter = Counter::new().await;
        let newer = tally(later, 2);
        counter.bucket.put(TALLY, json_of(&newer));
        let given = counter.count_of(json!([{ "name": "eyes", "count": 1 }])).await;
        assert_eq!(given, newer, "what is shown is the newer count too");
        assert_eq!(counter.kept(), Some(newer));
    }
}

#[tokio::test]
async fn a_newer_count_that_comes_in_between_stays() {
    let counter = Counter::new().await;
    let newer = tally("2022-12-10T00:18:51Z", 2);
    *counter.bucket.rival.lock().unwrap() = Some((TALLY.to_owned(), json_of(&newer)));
    assert_eq!(counter.count_of(json!([{ "name": "eyes", "count": 1 }])).await, newer);
    assert_eq!(counter.kept(), Some(newer));
}

#[tokio::test]
async fn the_step_waits_as_long_as_slack_says_but_not_for_ever() {
    let counter = Counter::new().await;
    counter.slack.answer_next(Answer::Wait("20"));
    counter.count_of(json!([])).await;
    assert_eq!(counter.clock.waits(), [Duration::from_secs(20)]);

    counter.slack.answer_next(Answer::Wait("61"));
    let failure = counter.count().await.unwrap_err();
    assert_eq!(failure.error, CountReactionsError::SlackRateLimited);
    assert_eq!(counter.clock.waits().len(), 1);
}

#[tokio::test]
async fn why_nothing_was_counted_is_told_by_its_name() {
    let counter = Counter::new().await;
    for (answer, expected) in [
        (Answer::Refused("not_in_channel"), CountReactionsError::ReactionsDenied),
        (Answer::PostedAndBroken, CountReactionsError::SlackUnavailable),
    ] {
        counter.slack.answer_next(answer);
        let failure = counter.count().await.unwrap_err();
        assert_eq!(failure.error, expected);
        assert!(failure.cause.contains("reactions.get"), "{failure}");
    }
    assert_eq!(counter.kept(), None);
}

#[tokio::test]
async fn a_bucket_that_fails_is_named() {
    let answer = || Answer::Holds(json!({ "message": {} }));
    let counter = Counter::new().await;
    counter.bucket.health.set(Health::Down);
    counter.slack.answer_next(answer());
    let failure = counter.count().await.unwrap_err();
    assert_eq!(failure.error, CountReactionsError::StorageUnavailable);
    assert!(failure.cause.contains("the bucket"), "{failure}");

    counter.bucket.health.set(Health::Up);
    counter.bucket.put(TALLY, "not ours");
    counter.slack.answer_next(answer());
    let failure = counter.count().await.unwrap_err();
    assert_eq!(failure.error, CountReactionsError::TallyUnreadable);
    assert!(failure.cause.contains(TALLY), "{failure}");
    assert_eq!(counter.bucket.content(TALLY), Some(b"not ours".to_vec()));
}
