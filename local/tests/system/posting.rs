//! Each notice is one message, whatever becomes of the calls.

use std::{future::pending, sync::Arc};

use ackflow::{
    adapters::NoticeQueue,
    simulator::{Fault, Target},
    system::DataFolder,
};
use ackflow_engine::Status;
use ackflow_handlers::ports::{NoticeTopic, PortError};
use ackflow_schemas::notice::Notice;
use async_trait::async_trait;
use futures_util::FutureExt;
use tokio::sync::watch;

use super::{
    clock::StageClock,
    stage::{Stage, beginning, file},
    watched::{Call, Doorman, watched},
};

fn post_message() -> Target {
    Target::Method("chat.postMessage".into())
}

#[tokio::test]
async fn a_rate_limit_on_a_message_is_waited_for() {
    let mut stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "content")]);
    stage.simulator.fault(post_message(), 2, Fault::RateLimited { retry_after_seconds: 30 });
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage
        .check_account(
            "rate_limited_message",
            "Slack answers chat.postMessage with 429 and `Retry-After: 30`, twice.",
            &post,
        )
        .await;
    assert_eq!(stage.clock.now().duration_since(beginning()).as_secs(), 60);
}

#[tokio::test]
async fn an_answer_is_lost_though_the_message_is_posted() {
    let mut stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "content")]);
    stage.simulator.fault(post_message(), 1, Fault::PostThenDrop);
    // When it is looked up in the thread, Slack fails too.
    stage.simulator.fault(Target::Method("conversations.replies".into()), 1, Fault::ServerError(500));
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage
        .check_account(
            "posted_but_no_answer",
            "Slack posts the message, and the connection drops before the answer.",
            &post,
        )
        .await;
    assert_eq!((stage.told(&post).len(), stage.simulator.faults_left()), (1, 0));
}

#[tokio::test]
async fn a_message_that_meets_server_errors_is_looked_for_and_posted_within_a_minute() {
    let mut stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "content")]);
    stage.simulator.fault(post_message(), 2, Fault::ServerError(500));
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    assert_eq!((stage.told(&post).len(), stage.simulator.faults_left()), (1, 0));
    assert!(stage.clock.now().duration_since(beginning()).as_secs() < 60);
}

#[tokio::test]
async fn a_long_thread_is_looked_through_to_its_end() {
    let mut stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "content")]);
    for number in 0..450 {
        stage.simulator.reply(&stage.channel, &post.message.ts, "U0BEN", &format!("{number}"), &[]).unwrap();
    }
    stage.simulator.fault(post_message(), 1, Fault::PostThenDrop);
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    assert_eq!(stage.told(&post).len(), 1);
    let pages = stage.simulator.requests();
    let pages = pages.iter().filter(|request| request.path == "/api/conversations.replies").count();
    assert_eq!(pages, 3);
}

#[tokio::test]
async fn a_message_that_slack_refuses_is_laid_aside() {
    let mut stage = Stage::new().await;
    let refused = stage.post("Q3 #finance", [file("report.txt", "content")]);
    stage.simulator.fault(post_message(), 1, Fault::SlackError("is_archived".into()));
    assert_eq!(stage.handle(&refused).await, Status::Succeeded, "the files are stored all the same");
    assert_eq!(stage.told(&refused).len(), 0);
    // And it holds up nobody.
    let next = stage.post("Q4 #finance", [file("report.txt", "content")]);
    assert_eq!(stage.handle(&next).await, Status::Succeeded);
    assert_eq!(stage.told(&next).len(), 1);
}

#[tokio::test]
async fn files_posted_in_a_thread_are_answered_in_that_thread() {
    let mut stage = Stage::new().await;
    let question = stage.simulator.post(&stage.channel, "U0BEN", "Where is the report?", &[]).unwrap();
    let id = stage.simulator.add_file(file("report.txt", "content")).unwrap();
    let answer =
        stage.simulator.reply(&stage.channel, &question.ts, "U0DANA", "Here. #finance", &[id]).unwrap();
    let event = stage.simulator.event(&answer);
    stage.deliver(&event).await;
    assert_eq!(stage.settled(&event).await, Status::Succeeded);
    let thread = stage.simulator.thread(&stage.channel, &question.ts);
    let authors: Vec<_> = thread.iter().map(|message| message.user.as_str()).collect();
    assert_eq!(authors, ["U0BEN", "U0DANA", "U0ACKFLOW"]);
}

#[tokio::test]
async fn a_channel_takes_one_message_a_second() {
    let mut stage = Stage::new().await;
    let posts: Vec<_> = (0..8).map(|_| stage.post("#q3", [file("report.txt", "content")])).collect();
    for post in &posts {
        stage.deliver(&post.event).await;
    }
    for post in &posts {
        assert_eq!(stage.settled(&post.event).await, Status::Succeeded);
    }
    let mut times: Vec<f64> =
        posts.iter().flat_map(|post| stage.told(post)).map(|message| message.ts.parse().unwrap()).collect();
    times.sort_by(f64::total_cmp);
    assert_eq!(times.len(), posts.len());
    // Those that wait at once see the clock jump at once: what holds is that none is early.
    let began = f64::from(u32::try_from(beginning().as_second()).unwrap());
    for (time, seconds) in times.iter().zip(0u32..) {
        assert!(time - began >= f64::from(seconds), "{times:?}");
    }
}

/// Never lets the first notice through.
struct Barrier(watch::Sender<bool>);

#[async_trait]
impl Doorman for Barrier {
    async fn before(&self, call: Call) -> Result<(), PortError> {
        if call == "effects.begin" && !self.0.send_replace(true) {
            pending::<()>().await;
        }
        Ok(())
    }

    async fn after(&self, _: Call) {}
}

#[tokio::test]
async fn a_notice_that_hangs_holds_up_no_other_execution() {
    let barrier = Arc::new(Barrier(watch::Sender::new(false)));
    let stage = Stage::with(|ports| watched(ports, &barrier)).await;
    let hanging = stage.post("Q3 #finance", [file("report.txt", "content")]);
    stage.deliver(&hanging.event).await;
    barrier.0.subscribe().wait_for(|is_held| *is_held).await.unwrap();
    let other = stage.post("Q4 #finance", [file("report.txt", "content")]);
    stage.deliver(&other.event).await;
    stage.simulator.until(|_| stage.told(&other).len() == 1).await;
    assert_eq!(stage.told(&hanging).len(), 0);
}

#[tokio::test]
async fn a_notice_that_waits_at_a_crash_is_waited_for_after_it() {
    let stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "content")]);
    stage.clock.stop();
    stage.simulator.fault(post_message(), 1, Fault::RateLimited { retry_after_seconds: 30 });
    stage.deliver(&post.event).await;
    let mut stage = stage;
    stage.process.ended(&post.execution()).await;
    let mut stage = stage.crash(|ports| ports).await;
    stage.clock.go_on();
    assert_eq!(stage.settled(&post.event).await, Status::Succeeded);
    assert_eq!(stage.told(&post).len(), 1);
}

#[tokio::test]
async fn a_queue_that_holds_a_notice_is_not_empty() {
    let folder = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(folder.path()).unwrap();
    let queue = || NoticeQueue::new(folder.database.clone(), Arc::new(StageClock::at(beginning())));
    queue().emptied().await.unwrap();
    let notice = Notice::Operations { id: "n".into(), subject: "News".into(), text: "All is well.".into() };
    queue().publish(&notice).await.unwrap();
    // As a process sees it that has just started: nobody has looked into the queue yet.
    let restarted = queue();
    let emptied = restarted.emptied();
    tokio::pin!(emptied);
    assert!(emptied.as_mut().now_or_never().is_none());
    // An answer of the database comes after that for `emptied`.
    assert_eq!(restarted.count().await.unwrap(), 1);
    assert!(emptied.now_or_never().is_none());
}
