//! One event is delivered four times: one execution, one metadata document a file, one message.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use ackflow::delivery::{Attempt, Retry, RetryReason};
use ackflow_engine::Status;
use ackflow_handlers::ports::PortError;
use async_trait::async_trait;
use axum::{
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use bytes::Bytes;
use futures_util::future::join_all;
use proptest::prelude::*;
use tokio::sync::{Notify, Semaphore, oneshot};

use super::{
    stage::{Post, Stage, file},
    watched::{Call, Doorman, watched},
};

const DELIVERIES: u32 = 4;

fn report_and_budget(stage: &Stage) -> Post {
    stage.post("Q3 #finance", [file("report.txt", "the report"), file("budget.csv", "a,b\n1,2\n")])
}

/// Waits for the end and checks that everything is there once.
async fn assert_once(stage: &mut Stage, post: &Post) {
    assert_eq!(stage.settled(&post.event).await, Status::Succeeded);
    let executions = stage.process.journal.list(10).await.unwrap();
    assert_eq!(executions.len(), 1, "{executions:?}");
    let objects = stage.objects();
    assert_eq!(objects.len(), 4, "two files with one document each: {:?}", objects.keys());
    assert_eq!(stage.told(post).len(), 1, "{:?}", stage.told(post));
    let downloads = stage.simulator.requests();
    let downloads = downloads.iter().filter(|request| request.path.starts_with("/files-pri/"));
    assert_eq!(downloads.count(), 2, "no file is fetched twice");
}

/// The statuses that ingest's answers name.
fn answers(attempts: &[Attempt]) -> Vec<String> {
    let status = |attempt: &Attempt| {
        let answer: serde_json::Value = serde_json::from_str(&attempt.answer).unwrap();
        assert_eq!(attempt.status, Some(200), "{answer}");
        answer["status"].as_str().unwrap().to_owned()
    };
    attempts.iter().map(status).collect()
}

/// Slack's n-th delivery of an event.
async fn delivery(stage: &Stage, post: &Post, num: u32) -> Attempt {
    let retry = (num > 0).then_some(Retry { num, reason: RetryReason::HttpTimeout });
    let body = Bytes::from(post.event.to_string());
    stage.simulator.sender().attempt(&stage.process.url, body, retry, &*stage.clock).await
}

#[tokio::test]
async fn four_deliveries_at_once() {
    let mut stage = Stage::new().await;
    let post = report_and_budget(&stage);
    let attempts = join_all((0..DELIVERIES).map(|num| delivery(&stage, &post, num))).await;
    assert!(answers(&attempts).contains(&"accepted".to_owned()));
    assert_once(&mut stage, &post).await;
}

#[tokio::test]
async fn four_deliveries_one_after_the_other() {
    let mut stage = Stage::new().await;
    let post = report_and_budget(&stage);
    let mut attempts = Vec::new();
    for num in 0..DELIVERIES {
        attempts.push(delivery(&stage, &post, num).await);
    }
    assert_eq!(answers(&attempts), ["accepted", "duplicate", "duplicate", "duplicate"]);
    assert_once(&mut stage, &post).await;
    // And once more, when all is done.
    assert_eq!(answers(&[delivery(&stage, &post, 4).await]), ["duplicate"]);
    assert_once(&mut stage, &post).await;
}

/// Holds the first answer back until it is let go.
#[derive(Default)]
struct LateAnswer {
    requests: AtomicUsize,
    let_go: Notify,
}

async fn hold_first_answer(State(late): State<Arc<LateAnswer>>, request: Request, next: Next) -> Response {
    let is_first = late.requests.fetch_add(1, Ordering::SeqCst) == 0;
    let answer = next.run(request).await;
    if is_first {
        late.let_go.notified().await;
    }
    answer
}

/// The one test that waits for Slack's three seconds.
#[tokio::test]
async fn the_first_acknowledgement_comes_too_late() {
    let late = Arc::new(LateAnswer::default());
    let layer = from_fn_with_state(Arc::clone(&late), hold_first_answer);
    let mut stage = Stage::with_routes(|ports| ports, |routes| routes.layer(layer)).await;
    let post = report_and_budget(&stage);

    let delivery = stage.deliver(&post.event).await;
    late.let_go.notify_one();
    let reasons: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.failure).collect();
    assert_eq!(reasons, [Some(RetryReason::HttpTimeout), None]);
    assert_eq!(answers(&delivery.attempts[1..]), ["duplicate"]);
    let rest = join_all([2, 3].map(|num| self::delivery(&stage, &post, num))).await;
    assert_eq!(answers(&rest), ["duplicate", "duplicate"]);
    assert_once(&mut stage, &post).await;
}

/// Lets ingest's calls through one at a time, in an order that the test chooses.
struct Turnstile {
    waiting: Mutex<Vec<oneshot::Sender<()>>>,
    /// A permit for each call that came to the turnstile and for each delivery that was answered.
    arrivals: Semaphore,
}

#[async_trait]
impl Doorman for Turnstile {
    async fn before(&self, call: Call) -> Result<(), PortError> {
        self.after(call).await;
        Ok(())
    }

    async fn after(&self, call: Call) {
        if call == "intake.take" {
            let (pass, passed) = oneshot::channel();
            self.waiting.lock().unwrap().push(pass);
            self.arrivals.add_permits(1);
            passed.await.unwrap();
        }
    }
}

impl Turnstile {
    /// Lets one call through after the other, until so many deliveries are answered. Chooses when each delivery
    /// either waits here or is answered, so that the choice is among all there can be.
    async fn conduct(&self, deliveries: u32, choices: &[usize]) {
        self.arrivals.acquire_many(deliveries).await.unwrap().forget();
        for choice in choices.iter().cycle() {
            let pass = {
                let mut waiting = self.waiting.lock().unwrap();
                if waiting.is_empty() {
                    return;
                }
                let index = choice % waiting.len();
                waiting.swap_remove(index)
            };
            // A call that took too long is not waited for any more.
            if pass.send(()).is_ok() {
                self.arrivals.acquire().await.unwrap().forget();
            }
        }
    }
}

async fn interleaved(choices: Vec<usize>) {
    let turnstile = Arc::new(Turnstile { waiting: Mutex::default(), arrivals: Semaphore::new(0) });
    let mut stage = Stage::with(|ports| watched(ports, &turnstile)).await;
    let post = report_and_budget(&stage);
    let through = async |num| {
        let attempt = delivery(&stage, &post, num).await;
        turnstile.arrivals.add_permits(1);
        attempt
    };
    let deliveries = join_all((0..DELIVERIES).map(through));
    let (attempts, ()) = tokio::join!(deliveries, turnstile.conduct(DELIVERIES, &choices));
    assert!(answers(&attempts).contains(&"accepted".to_owned()));
    assert_once(&mut stage, &post).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn four_deliveries_in_any_interleaving(choices in prop::collection::vec(0usize..4, 24)) {
        tokio::runtime::Runtime::new().unwrap().block_on(interleaved(choices));
    }
}
