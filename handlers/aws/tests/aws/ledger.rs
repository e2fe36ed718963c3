//! The ledgers of events and effects.

use std::time::Duration;

use ackflow_handlers::ports::{Claim, EffectLedger, EventLedger, Guard, Kept};
use aws_sdk_dynamodb::{Client, types::AttributeValue};

use super::world::{TABLE, World, start};

const LEASE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn an_event_is_claimed_once_and_started_once() {
    let Some(world) = World::new().await else { return };
    let ledger = world.ledger().await;
    assert_eq!(ledger.claim("T1-Ev1").await.unwrap(), Claim::New);
    assert_eq!(ledger.claim("T1-Ev1").await.unwrap(), Claim::Claimed);
    ledger.mark_started("T1-Ev1").await.unwrap();
    assert_eq!(ledger.claim("T1-Ev1").await.unwrap(), Claim::Started);
    assert_eq!(ledger.claim("T1-Ev2").await.unwrap(), Claim::New);
}

#[tokio::test]
async fn what_is_pending_stays_so_until_it_is_started() {
    let Some(world) = World::new().await else { return };
    let ledger = world.ledger().await;
    for name in ["T1-Ev1", "T1-Ev2", "T1-Ev3"] {
        ledger.claim(name).await.unwrap();
        ledger.keep_pending(&start(name)).await.unwrap();
    }
    // Kept twice, it has its place in the line still.
    ledger.keep_pending(&start("T1-Ev1")).await.unwrap();
    let pending = ledger.pending(2).await.unwrap();
    assert_eq!(pending, [start("T1-Ev1"), start("T1-Ev2")], "the oldest, as they were kept");
    ledger.mark_started("T1-Ev1").await.unwrap();
    // A delivery that finds the engine down comes too late to make it pending again.
    assert_eq!(ledger.keep_pending(&start("T1-Ev1")).await.unwrap(), Kept::Started);
    assert_eq!(ledger.pending(9).await.unwrap(), [start("T1-Ev2"), start("T1-Ev3")]);
}

/// DynamoDB deletes what has expired.
#[tokio::test]
async fn everything_is_forgotten_some_day_but_for_what_is_pending() {
    let Some(world) = World::new().await else { return };
    let ledger = world.ledger().await;
    ledger.claim("T1-Ev1").await.unwrap();
    ledger.begin("notice", LEASE).await.unwrap();
    let expires = async |id: &str| {
        let key = AttributeValue::S(id.to_owned());
        let item = Client::new(&world.config).get_item().table_name(TABLE).key("id", key).send().await;
        item.unwrap().item.unwrap().contains_key("expires_at")
    };
    assert!(expires("event#T1-Ev1").await && expires("effect#notice").await);
    ledger.keep_pending(&start("T1-Ev1")).await.unwrap();
    assert!(!expires("event#T1-Ev1").await);
    ledger.mark_started("T1-Ev1").await.unwrap();
    assert!(expires("event#T1-Ev1").await);
}

#[tokio::test]
async fn an_effect_is_guarded() {
    let Some(world) = World::new().await else { return };
    let ledger = world.ledger().await;
    assert_eq!(ledger.begin("notice", LEASE).await.unwrap(), Guard::First);
    assert_eq!(ledger.begin("notice", LEASE).await.unwrap(), Guard::Busy);
    ledger.release("notice").await.unwrap();
    assert_eq!(ledger.begin("notice", Duration::ZERO).await.unwrap(), Guard::First);
    assert_eq!(ledger.begin("notice", LEASE).await.unwrap(), Guard::Uncertain, "its lease has run out");
    ledger.finish("notice", "1700000000.000100").await.unwrap();
    assert_eq!(
        ledger.begin("notice", LEASE).await.unwrap(),
        Guard::Done("1700000000.000100".to_owned()),
        "with the note"
    );
}

#[tokio::test]
async fn what_has_happened_has_a_note() {
    let Some(world) = World::new().await else { return };
    let ledger = world.ledger().await;
    let note = async || ledger.note("notice").await.unwrap();
    assert_eq!(note().await, None, "nobody has begun it");
    ledger.begin("notice", LEASE).await.unwrap();
    assert_eq!(note().await, None, "nobody knows whether it has happened");
    ledger.finish("notice", "one").await.unwrap();
    assert_eq!(note().await.as_deref(), Some("one"));
    ledger.finish("notice", "two").await.unwrap();
    assert_eq!(note().await.as_deref(), Some("two"));
    assert_eq!(ledger.note("another").await.unwrap(), None);
}
