//! An edited comment rewrites the tags of its files, in whatever order the events come.

use ackflow::simulator::Fault;
use ackflow_engine::Status;
use serde_json::{Value, json};

use super::stage::{Post, Stage, file};

/// Dana edits the comment of a post; gives the event.
fn edit(stage: &Stage, post: &Post, comment: &str) -> Value {
    stage.simulator.edit(&stage.channel, &post.message.ts, comment).unwrap()
}

fn tags(stage: &Stage, post: &Post) -> Vec<Value> {
    let documents = stage.metadata();
    post.files.iter().map(|id| documents[id]["tags"].clone()).collect()
}

#[tokio::test]
async fn an_edit_rewrites_comment_and_tags() {
    let mut stage = Stage::new().await;
    let post = stage.post("Q3 #draft", [file("a.txt", "a"), file("b.txt", "b")]);
    stage.handle(&post).await;
    let event = edit(&stage, &post, "Q3 &amp; Q4 #final #Finance");
    stage.deliver(&event).await;
    assert_eq!(stage.settled(&event).await, Status::Succeeded);
    assert_eq!(tags(&stage, &post), [json!(["final", "finance"]), json!(["final", "finance"])]);
    let document = &stage.metadata()[&post.files[0]];
    assert_eq!(document["comment"], "Q3 & Q4 #final #Finance");
    assert_eq!(document["comment_edited_ts"], event["event"]["message"]["edited"]["ts"]);
    assert!(document["updated_at"].is_string());
    assert_eq!(stage.told(&post).len(), 1, "an edit is not announced");
}

#[tokio::test]
async fn a_late_edit_does_not_win() {
    let mut stage = Stage::new().await;
    let post = stage.post("#first", [file("a.txt", "a")]);
    stage.handle(&post).await;
    let older = edit(&stage, &post, "#second");
    let newer = edit(&stage, &post, "#third");
    for event in [&newer, &older] {
        stage.deliver(event).await;
        assert_eq!(stage.settled(event).await, Status::Succeeded);
    }
    assert_eq!(tags(&stage, &post), [json!(["third"])]);
}

#[tokio::test]
async fn an_edit_comes_before_the_files() {
    let mut stage = Stage::new().await;
    let post = stage.post("#first", [file("a.txt", "a"), file("b.txt", "b")]);
    let event = edit(&stage, &post, "#second");
    stage.clock.stop();
    stage.deliver(&event).await;
    stage.deliver(&post.event).await;
    stage.clock.go_on();
    assert_eq!(stage.settled(&post.event).await, Status::Succeeded);
    assert_eq!(stage.settled(&event).await, Status::Succeeded);
    assert_eq!(tags(&stage, &post), [json!(["second"]), json!(["second"])]);
}

#[tokio::test]
async fn an_edit_reaches_the_files_that_are_there() {
    let mut stage = Stage::new().await;
    let post = stage.post("#first", [file("a.txt", "a"), file("b.txt", "b")]);
    stage.simulator.fault(post.file(0), 1, Fault::LoginPage);
    stage.handle(&post).await;
    let event = edit(&stage, &post, "#second");
    stage.deliver(&event).await;
    stage.settled(&event).await;
    assert_eq!(stage.metadata()[&post.files[1]]["tags"], json!(["second"]));
    assert_eq!(stage.metadata().len(), 1);
}

#[tokio::test]
async fn an_unfurled_link_is_no_edit() {
    let mut stage = Stage::new().await;
    let post = stage.post("#first https://example.com", [file("a.txt", "a")]);
    stage.handle(&post).await;
    let mut event = edit(&stage, &post, "#first https://example.com");
    event["event"]["message"].as_object_mut().unwrap().remove("edited");
    let delivery = stage.deliver(&event).await;
    assert!(delivery.attempts[0].answer.contains("text_unchanged"), "{delivery:?}");
}
