//! What AWS refuses or leaves unanswered: an error that says what to look for, in time, or a retry that nobody sees.

use std::time::{Duration, Instant};

use ackflow_aws::clients::Patience;
use ackflow_handlers::ports::{Claim, EventLedger};
use serde_json::json;

use super::world::World;

const THROTTLED: &str = "ThrottlingException";

fn fault(code: &str, times: i32) -> serde_json::Value {
    json!({ "service": "dynamodb", "action": "UpdateItem", "code": code, "times": times, "status": 400 })
}

#[tokio::test]
async fn a_moment_of_throttling_is_waited_out() {
    let Some(world) = World::new().await else { return };
    let ledger = world.ledger().await;
    world.aws.fault(fault(THROTTLED, 2)).await;
    assert_eq!(ledger.claim("T1-Ev1").await.unwrap(), Claim::New);
}

#[tokio::test]
async fn what_goes_on_is_told() {
    let Some(world) = World::new().await else { return };
    let ledger = world.ledger().await;
    for code in [THROTTLED, "ExpiredTokenException", "AccessDeniedException", "ResourceNotFoundException"] {
        world.aws.fault(fault(code, -1)).await;
        let error = ledger.claim("T1-Ev1").await.unwrap_err().to_string();
        assert!(error.starts_with("the ledger of events can't be used:") && error.contains(code), "{error}");
        world.aws.clear_faults().await;
    }
}

/// Ingest gives a port a second, so that there is time left to keep the event elsewhere.
#[tokio::test]
async fn silence_ends_before_slacks_patience_does() {
    let Some(world) = World::with(Patience::INGEST).await else { return };
    let ledger = world.ledger().await;
    world
        .aws
        .fault(json!({ "service": "dynamodb", "action": "UpdateItem", "delay_ms": 5_000, "times": -1 }))
        .await;
    let began = Instant::now();
    let error = ledger.claim("T1-Ev1").await.unwrap_err().to_string();
    assert!(error.contains("timed out") || error.contains("timeout"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}
