//! What Ackflow itself needs is down: events are kept, work is tried again, people are told.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use ackflow::system::open_database;
use ackflow_engine::Status;
use ackflow_handlers::ports::PortError;
use async_trait::async_trait;
use serde_json::Value;

use super::{
    stage::{Post, Stage, file},
    watched::{Call, Doorman, watched},
};

/// Refuses the next calls of some methods.
pub(crate) struct Outage {
    calls: &'static [Call],
    left: AtomicUsize,
}

impl Outage {
    pub(crate) fn of(calls: &'static [Call], times: usize) -> Arc<Self> {
        Arc::new(Self { calls, left: AtomicUsize::new(times) })
    }

    fn for_ever(calls: &'static [Call]) -> Arc<Self> {
        Self::of(calls, usize::MAX)
    }

    fn end(&self) {
        self.left.store(0, Ordering::SeqCst);
    }
}

#[async_trait]
impl Doorman for Outage {
    async fn before(&self, call: Call) -> Result<(), PortError> {
        let take = |left: usize| left.checked_sub(1);
        let is_down = self.calls.contains(&call)
            && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok();
        if is_down { Err(PortError::new("the test's port", "it is down")) } else { Ok(()) }
    }

    async fn after(&self, _: Call) {}
}

pub(crate) const METADATA: &[Call] = &["objects.get", "objects.put_if"];
const FILES: &[Call] = &["objects.put_stream"];
const INTAKE: &[Call] = &["intake.take"];

async fn stage(outage: &Arc<Outage>) -> (Stage, Post) {
    let stage = Stage::with(|ports| watched(ports, outage)).await;
    let post = stage.post("Q3 #finance", [file("report.txt", "content"), file("budget.csv", "a,b\n")]);
    (stage, post)
}

#[tokio::test]
async fn the_bucket_fails_for_a_moment() {
    let (mut stage, post) = stage(&Outage::of(&["objects.put_stream", "objects.put_if"], 4)).await;
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage
        .check_account("bucket_fails_for_a_moment", "The bucket refuses the first four writes.", &post)
        .await;
}

#[tokio::test]
async fn the_bucket_takes_no_files() {
    let (mut stage, post) = stage(&Outage::for_ever(FILES)).await;
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage.check_account("bucket_takes_no_files", "The bucket takes no files.", &post).await;
}

/// The real folder this time, and not a doorman before it.
#[tokio::test]
async fn the_folder_of_objects_is_gone() {
    let mut stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "content")]);
    let objects = stage.folder.path().join("objects");
    std::fs::remove_dir_all(&objects).unwrap();
    std::fs::write(&objects, "in the way").unwrap();
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    let told = stage.told(&post);
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("the storage could not be reached"), "{}", told[0].text);
}

#[tokio::test]
async fn the_metadata_is_late() {
    let (mut stage, post) = stage(&Outage::of(METADATA, 10)).await;
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage.check_account("metadata_delayed", "The bucket refuses the metadata ten times.", &post).await;
    assert_eq!(stage.told(&post).len(), 2);
}

#[tokio::test]
async fn an_execution_that_failed_goes_on_when_it_is_redriven() {
    let outage = Outage::for_ever(METADATA);
    let (mut stage, post) = stage(&outage).await;
    assert_eq!(stage.handle(&post).await, Status::Failed);
    stage.check_account("metadata_never_saved", "The bucket takes no metadata.", &post).await;

    outage.end();
    let before = stage.simulator.requests().len();
    stage.process.redrive(&post.execution(), &stage.clock).await;
    assert_eq!(stage.settled(&post.event).await, Status::Succeeded);
    stage
        .check_account(
            "metadata_saved_after_redrive",
            "The bucket took no metadata. It is mended, and the execution is redriven.",
            &post,
        )
        .await;
    let asked: Vec<_> =
        stage.simulator.requests()[before..].iter().map(|request| request.path.clone()).collect();
    assert_eq!(asked, ["/api/chat.getPermalink", "/api/chat.postMessage"], "no file is fetched again");
}

#[tokio::test]
async fn an_execution_that_failed_before_a_restart_is_redriven() {
    let outage = Outage::for_ever(METADATA);
    let (mut stage, post) = stage(&outage).await;
    assert_eq!(stage.handle(&post).await, Status::Failed);
    let mut stage = stage.crash(|ports| ports).await;
    stage.process.redrive(&post.execution(), &stage.clock).await;
    assert_eq!(stage.settled(&post.event).await, Status::Succeeded);
    assert_eq!((stage.told(&post).len(), stage.metadata().len()), (2, 2));
}

#[tokio::test]
async fn an_event_that_cannot_be_kept_comes_again() {
    let (mut stage, post) = stage(&Outage::of(INTAKE, 2)).await;
    let delivery = stage.deliver(&post.event).await;
    let statuses: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(503), Some(503), Some(200)]);
    assert_eq!(stage.settled(&post.event).await, Status::Succeeded);
    assert_eq!(stage.told(&post).len(), 1);
}

/// Whoever runs it restarts a process that ends, and knows nothing of one that posts no more.
#[tokio::test]
async fn a_queue_of_notices_that_fails_stops_the_system() {
    let stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "content")]);
    let database = open_database(stage.folder.path()).unwrap();
    // The first notice finds the queue broken.
    database.write(|connection| connection.execute_batch("DROP TABLE notices")).await.unwrap();
    stage.deliver(&post.event).await;
    let reason = stage.process.failed().await;
    assert!(reason.starts_with("notices can't be posted:"), "{reason}");
}

#[tokio::test]
async fn an_answer_tells_nothing_of_the_inside() {
    let (stage, post) = stage(&Outage::for_ever(INTAKE)).await;
    let delivery = stage.simulator.deliver(&stage.process.url, &post.event).await;
    assert_eq!(delivery.attempts.len(), 4);
    let answer: Value = serde_json::from_str(&delivery.attempts[3].answer).unwrap();
    assert_eq!(answer["error"], "the event could not be kept; send it again");
}
