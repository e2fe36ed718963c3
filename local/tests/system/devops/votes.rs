//! Reactions are counted where they are true, whatever becomes of the events that tell of them.

use std::cmp::Reverse;

use ackflow::simulator::PostedMessage;
use proptest::prelude::*;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::office::{BEN, DANA, LEA, Office};

const PEOPLE: [&str; 3] = [DANA, BEN, LEA];
const EMOJI: [&str; 2] = ["+1", "tada"];

/// Somebody reacts, or takes it back who has reacted so before.
#[derive(Clone, Debug)]
struct Change {
    user: &'static str,
    emoji: &'static str,
    event: Fate,
}

/// What becomes of the event of a change.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Comes,
    ComesTwice,
    ComesLast,
    IsLost,
}

async fn topic() -> (Office, PostedMessage) {
    let office = Office::open().await;
    let topic = office.stage.simulator.post(&office.votes, DANA, "Lunch at noon?", &[]).unwrap();
    (office, topic)
}

fn make(office: &Office, topic: &PostedMessage, change: &Change) -> Value {
    let simulator = &office.stage.simulator;
    let (PostedMessage { channel, ts, .. }, Change { user, emoji, .. }) = (topic, change);
    let taken_back = simulator.unreact(channel, ts, user, emoji);
    taken_back.or_else(|_| simulator.react(channel, ts, user, emoji)).unwrap()
}

/// Time goes on until everything has happened, and stands still again.
async fn let_settle(office: &mut Office) {
    office.stage.clock.go_on();
    office.settled().await;
    office.stage.clock.stop();
}

/// The reactions, as the bot is to show them.
fn truth(office: &Office, topic: &PostedMessage) -> String {
    let messages = office.stage.simulator.messages(&topic.channel);
    let message = messages.iter().find(|message| message.ts == topic.ts).unwrap();
    let mut counts: Vec<_> =
        message.reactions.iter().map(|reaction| (Reverse(reaction.users.len()), &reaction.name)).collect();
    counts.sort();
    let counts: Vec<_> = counts.iter().map(|(Reverse(count), name)| format!(":{name}: {count}")).collect();
    if counts.is_empty() { "No votes.".to_owned() } else { counts.join("  ") }
}

fn looks(office: &Office) -> usize {
    let requests = office.stage.simulator.requests();
    requests.iter().filter(|request| request.path == "/api/reactions.get").count()
}

#[tokio::test]
async fn a_burst_is_counted_at_once() {
    let (mut office, topic) = topic().await;
    office.stage.clock.stop();
    for user in PEOPLE {
        for emoji in EMOJI {
            let event = make(&office, &topic, &Change { user, emoji, event: Fate::Comes });
            office.stage.deliver(&event).await;
        }
    }
    let_settle(&mut office).await;
    assert_eq!(office.told_in(&office.votes), [":+1: 3  :tada: 3"]);
    assert_eq!(looks(&office), 1);
}

#[tokio::test]
async fn the_shown_count_is_kept_up_to_date() {
    let (mut office, topic) = topic().await;
    let change = Change { user: DANA, emoji: "tada", event: Fate::Comes };
    for shown in [":tada: 1", "No votes.", ":tada: 1"] {
        let event = make(&office, &topic, &change);
        office.stage.deliver(&event).await;
        office.settled().await;
        assert_eq!(office.told_in(&office.votes), [shown]);
    }
}

#[tokio::test]
async fn other_channels_are_not_counted() {
    let office = Office::open().await;
    let elsewhere = office.say(DANA, "Lunch?");
    let PostedMessage { channel, ts, .. } = &elsewhere.message;
    let event = office.stage.simulator.react(channel, ts, BEN, "tada").unwrap();
    let delivery = office.stage.deliver(&event).await;
    assert!(delivery.attempts[0].answer.contains("not_counted"), "{delivery:?}");
}

/// Two bursts of changes; of the last change, an event comes in any case.
async fn two_bursts(changes: &[Change]) {
    let (mut office, topic) = topic().await;
    office.stage.clock.stop();
    let mut last = Vec::new();
    for (number, change) in changes.iter().enumerate() {
        if number == changes.len() / 2 {
            let_settle(&mut office).await;
        }
        let event = make(&office, &topic, change);
        let is_last = number + 1 == changes.len();
        let times = match change.event {
            Fate::Comes => 1,
            Fate::ComesTwice => 2,
            Fate::ComesLast | Fate::IsLost => 0,
        };
        for _ in 0..times {
            office.stage.deliver(&event).await;
        }
        if is_last || matches!(change.event, Fate::ComesLast) {
            last.push(event);
        }
    }
    for event in last.iter().rev() {
        office.stage.deliver(event).await;
    }
    let_settle(&mut office).await;
    assert_eq!(office.told_in(&office.votes), [truth(&office, &topic)]);
    assert!(looks(&office) <= 2, "once for each burst");
}

fn change() -> impl Strategy<Value = Change> {
    let fate = prop::sample::select(vec![Fate::Comes, Fate::ComesTwice, Fate::ComesLast, Fate::IsLost]);
    (prop::sample::select(PEOPLE.to_vec()), prop::sample::select(EMOJI.to_vec()), fate)
        .prop_map(|(user, emoji, event)| Change { user, emoji, event })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_shown_count_is_true_in_the_end(changes in prop::collection::vec(change(), 1..12)) {
        Runtime::new().unwrap().block_on(two_bursts(&changes));
    }
}
