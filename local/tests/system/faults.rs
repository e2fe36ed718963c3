//! Slack goes wrong in each of its ways: the named error or the right result, and a message that people understand.

use std::time::Duration;

use ackflow::simulator::{Fault, FileSource, NewFile, Target, Token, Trap};
use ackflow_engine::Status;
use serde_json::{Value, json};

use super::stage::{Post, Stage, beginning, file};

/// Dana posts one file, after somebody has set the scene.
async fn one_file(fault: impl IntoIterator<Item = (usize, Fault)>) -> (Stage, Post) {
    let mut stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "The third quarter was fine.\n")]);
    for (times, fault) in fault {
        stage.simulator.fault(post.file(0), times, fault);
    }
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    assert_eq!(stage.simulator.faults_left(), 0, "every fault has happened");
    (stage, post)
}

/// What is stored of a post's file.
fn content(stage: &Stage, post: &Post, index: usize) -> Option<Vec<u8>> {
    let mut objects = stage.objects().into_iter();
    objects.find(|(key, _)| key.starts_with("files/") && key.ends_with(&post.files[index])).map(|(_, it)| it)
}

#[tokio::test]
async fn a_rate_limit_on_a_file_is_waited_for() {
    let (stage, post) = one_file([(2, Fault::RateLimited { retry_after_seconds: 7 })]).await;
    stage
        .check_account(
            "rate_limited_file",
            "Slack answers the download with 429 and `Retry-After: 7`, twice.",
            &post,
        )
        .await;
    let waited = stage.clock.now().duration_since(beginning());
    assert_eq!(waited.as_secs(), 14, "as long as Slack asks, and no longer");
}

#[tokio::test]
async fn a_long_rate_limit_on_a_file_is_retried() {
    let (stage, post) = one_file([(1, Fault::RateLimited { retry_after_seconds: 3600 })]).await;
    stage
        .check_account(
            "long_rate_limit_on_file",
            "Slack answers the download with 429 and `Retry-After: 3600`, once.",
            &post,
        )
        .await;
}

#[tokio::test]
async fn a_server_error_passes() {
    let (stage, post) = one_file([(1, Fault::ServerError(500)), (1, Fault::ServerError(503))]).await;
    stage
        .check_account(
            "server_error_then_fine",
            "Slack answers the download with 500, then with 503, then well.",
            &post,
        )
        .await;
}

#[tokio::test]
async fn a_server_error_does_not_pass() {
    let (stage, post) = one_file([(6, Fault::ServerError(500))]).await;
    stage.check_account("server_error_for_ever", "Slack answers each download with 500.", &post).await;
}

#[tokio::test]
async fn a_connection_drops_in_the_middle_of_a_file() {
    let (stage, post) = one_file([(2, Fault::DropConnection { after_bytes: 10 })]).await;
    stage
        .check_account(
            "dropped_connection",
            "The connection drops after ten bytes of the file, twice.",
            &post,
        )
        .await;
    assert_eq!(content(&stage, &post, 0).unwrap(), b"The third quarter was fine.\n");
}

#[tokio::test]
async fn a_login_page_is_no_document() {
    let (stage, post) = one_file([(1, Fault::LoginPage)]).await;
    stage
        .check_account(
            "login_page",
            "Slack answers the download with its login page and 200: the token lacks files:read.",
            &post,
        )
        .await;
    assert_eq!(content(&stage, &post, 0), None);
}

#[tokio::test]
async fn a_web_page_that_is_the_file_is_a_document() {
    let mut stage = Stage::new().await;
    let page = "<!DOCTYPE html><title>Sign in</title>";
    let post = stage.post("#page", [file("page.html", page)]);
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    assert_eq!(content(&stage, &post, 0).unwrap(), page.as_bytes());
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let trap = Trap::start().await.unwrap();
    let (stage, post) = one_file([(1, Fault::RedirectTo(trap.url().to_owned()))]).await;
    stage
        .check_account("redirect_to_another_host", "The download is redirected to another host.", &post)
        .await;
    assert_eq!((trap.requests(), trap.authorizations()), (0, 0), "nothing reached the other host");
}

#[tokio::test]
async fn a_file_is_larger_than_said() {
    let (stage, post) = one_file([(1, Fault::ExtraBytes(1))]).await;
    stage
        .check_account("larger_than_said", "Slack sends one byte more than it says the file has.", &post)
        .await;
}

#[tokio::test]
async fn a_file_is_smaller_than_said() {
    let (stage, post) = one_file([(1, Fault::Empty)]).await;
    stage.check_account("smaller_than_said", "Slack sends less than it says the file has.", &post).await;
}

#[tokio::test]
async fn an_empty_file_is_stored() {
    let mut stage = Stage::new().await;
    let post = stage.post("Nothing yet", [file("empty.txt", "")]);
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage.check_account("empty_file", "The file is empty.", &post).await;
    assert_eq!(content(&stage, &post, 0).unwrap(), b"");
}

#[tokio::test]
async fn a_file_is_deleted_before_it_is_fetched() {
    let mut stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "gone")]);
    stage.simulator.delete_file(&post.files[0]).unwrap();
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage
        .check_account("deleted_file", "The file is deleted between the event and the download.", &post)
        .await;
}

#[tokio::test]
async fn a_file_is_deleted_before_the_event() {
    let mut stage = Stage::new().await;
    let mut post = stage.post("Q3 #finance", [file("report.txt", "gone")]);
    stage.simulator.delete_file(&post.files[0]).unwrap();
    post.event = stage.simulator.event(&post.message);
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage
        .check_account(
            "deleted_before_the_event",
            "The file is deleted before the event: it comes as a tombstone.",
            &post,
        )
        .await;
}

#[tokio::test]
async fn an_external_file_is_recorded() {
    let mut stage = Stage::new().await;
    let link = "https://docs.example.com/d/1";
    let post = stage.post("The #plan", [NewFile::new("Plan", FileSource::External(link.into()))]);
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage
        .check_account("external_file", "The file lies with another service: Slack has a link only.", &post)
        .await;
    let document = &stage.metadata()[&post.files[0]];
    assert_eq!((&document["external_url"], document.get("object_key")), (&json!(link), None));
}

#[tokio::test]
async fn a_file_of_slack_connect_is_looked_up() {
    let mut stage = Stage::new().await;
    let post = stage.post("Their #offer", [file("offer.txt", "100").slack_connect()]);
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage
        .check_account(
            "slack_connect_file",
            "The file comes through Slack Connect: the event holds its id only.",
            &post,
        )
        .await;
    assert_eq!(stage.metadata()[&post.files[0]]["name"], "offer.txt");
}

#[tokio::test]
async fn a_file_of_slack_connect_is_hidden() {
    let mut stage = Stage::new().await;
    let post = stage.post("Their #offer", [file("offer.txt", "100").slack_connect()]);
    stage.simulator.fault(Target::Method("files.info".into()), 1, Fault::SlackError("access_denied".into()));
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage
        .check_account(
            "slack_connect_file_hidden",
            "The file comes through Slack Connect, and Slack refuses to tell about it.",
            &post,
        )
        .await;
}

#[tokio::test]
async fn a_name_is_never_a_path() {
    let mut stage = Stage::new().await;
    let names = ["../../etc/passwd", "..", "a/b?c#d.txt", "<!channel> & *bold*", "über \u{202e}fdp.exe\n"];
    let post = stage.post("#names", names.map(|name| file(name, "content")));
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage
        .check_account(
            "name_like_a_path",
            "The files have names that are paths, markup or control characters.",
            &post,
        )
        .await;
    let documents = stage.metadata();
    for (name, id) in names.iter().zip(&post.files) {
        assert_eq!(documents[id]["name"], *name, "the name is kept as data");
    }
    let mut beside: Vec<_> = std::fs::read_dir(stage.folder.path()).unwrap().collect();
    beside.retain(|entry| !entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("ackflow.db"));
    assert_eq!(beside.len(), 2, "the lock and the objects: {beside:?}");
}

#[tokio::test]
async fn two_of_ten_files_fail() {
    let mut stage = Stage::new().await;
    let files = (1..=10).map(|number| file(&format!("{number}.txt"), format!("content {number}")));
    let post = stage.post("All of #q3", files);
    stage.simulator.fault(post.file(2), 6, Fault::ServerError(500));
    stage.simulator.fault(post.file(6), 1, Fault::LoginPage);
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage
        .check_account(
            "two_of_ten_files",
            "Of ten files, the third meets server errors only and the seventh the login page.",
            &post,
        )
        .await;
    for index in 0..10 {
        let stored = content(&stage, &post, index);
        let expected = (![2, 6].contains(&index)).then(|| format!("content {}", index + 1).into_bytes());
        assert_eq!(stored, expected, "file {}", index + 1);
    }
    assert_eq!((stage.metadata().len(), stage.told(&post).len()), (8, 1));
}

#[tokio::test]
async fn a_message_without_a_permalink_is_stored() {
    let mut stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "The third quarter")]);
    let permalink = Target::Method("chat.getPermalink".into());
    stage.simulator.fault(permalink.clone(), 2, Fault::ServerError(502));
    stage.simulator.fault(permalink, 1, Fault::SlackError("message_not_found".into()));
    assert_eq!(stage.handle(&post).await, Status::Succeeded);
    stage
        .check_account(
            "no_permalink",
            "Slack answers chat.getPermalink with 502, twice, and then with message_not_found.",
            &post,
        )
        .await;
    assert_eq!(stage.metadata()[&post.files[0]].get("permalink"), None);
}

#[tokio::test]
async fn the_token_goes_with_every_request_to_slack() {
    let mut stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "content"), file("b.txt", "b").slack_connect()]);
    stage.handle(&post).await;
    let requests = stage.simulator.requests();
    assert!(requests.iter().all(|request| request.token == Token::Right), "{requests:?}");
    let mut paths: Vec<_> = requests.iter().map(|request| stage.stable(&request.path)).collect();
    paths.sort();
    let expected = [
        "/api/chat.getPermalink",
        "/api/chat.postMessage",
        "/api/files.info",
        "/files-pri/T0ACKFLOW-F002/download/report.txt",
        "/files-pri/T0ACKFLOW-F003/download/b.txt",
    ];
    assert_eq!(paths, expected, "and nothing is asked for twice");
}

#[tokio::test]
async fn what_no_flow_wants_starts_nothing() {
    let stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "content")]);
    let inner = &post.event["event"];
    let with = |changes: Value| {
        let mut event = inner.clone();
        event.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        stage.simulator.wrap(&event)
    };
    let mut textless = inner.clone();
    textless.as_object_mut().unwrap().retain(|field, _| field != "files" && field != "subtype");
    for (event, reason) in [
        (with(json!({"bot_id": "B1"})), "from_bot"),
        (with(json!({"bot_id": stage.simulator.workspace().bot_id})), "from_bot"),
        (with(json!({"subtype": "bot_message"})), "from_bot"),
        (with(json!({"subtype": "channel_join"})), "other_subtype"),
        (with(json!({"subtype": "message_deleted"})), "other_subtype"),
        (with(json!({"files": []})), "no_files"),
        (stage.simulator.wrap(&textless), "no_files"),
        (with(json!({"type": "reaction_added"})), "switched_off"),
        (with(json!({"type": "of_tomorrow"})), "other_type"),
    ] {
        let delivery = stage.deliver(&event).await;
        let answer: Value = serde_json::from_str(&delivery.attempts[0].answer).unwrap();
        assert_eq!(answer, json!({"status": "ignored", "reason": reason}), "{event}");
    }
    stage.process.notices_posted().await;
    assert_eq!(stage.process.journal.list(10).await.unwrap().len(), 0);
    assert_eq!(stage.simulator.requests(), []);
    assert_eq!(stage.clock.now(), beginning(), "no delivery was tried again");
}

#[tokio::test]
async fn what_the_bot_says_starts_nothing() {
    let mut stage = Stage::new().await;
    let post = stage.post("Q3 #finance", [file("report.txt", "content")]);
    stage.handle(&post).await;
    let own = stage.simulator.event(&stage.told(&post)[0]);
    let delivery = stage.deliver(&own).await;
    assert!(delivery.attempts[0].answer.contains("from_bot"), "{delivery:?}");
}

/// A clock that stood still would make every wait here pass unnoticed.
#[tokio::test]
async fn retries_wait_longer_each_time_and_not_over_half_a_minute() {
    let (stage, _) = one_file([(6, Fault::ServerError(500))]).await;
    let waited = stage.clock.now().duration_since(beginning());
    assert!(
        !waited.is_zero() && waited <= Duration::from_secs(1 + 2 + 4 + 8 + 16).try_into().unwrap(),
        "{waited}"
    );
}
