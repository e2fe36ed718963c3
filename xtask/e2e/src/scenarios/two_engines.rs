//! The same posts on the local engine and on the stand-in's own interpreter of the States Language: same states in the
//! end, same outputs, same objects, same messages.

use std::collections::BTreeMap;

use ackflow::simulator::Fault;
use regex_lite::Regex;
use serde_json::Value;

use crate::{deployment::Deployment, local::Local, post::Post};

/// What people post, and what goes wrong with the last file.
type Case = (&'static str, &'static [(&'static str, &'static str)], Option<(usize, Fault)>);

const FILES: &[(&str, &str)] = &[("report.txt", "Größe: 1 €"), ("budget.csv", "a,b\n"), ("empty.txt", "")];

fn cases() -> [Case; 5] {
    [
        ("Q3 für alle #finance #2026-q3", FILES, None),
        ("no tags", FILES, None),
        ("#gone", FILES, Some((1, Fault::ServerError(404)))),
        ("#hidden", FILES, Some((1, Fault::LoginPage))),
        ("#down", FILES, Some((6, Fault::ServerError(500)))),
    ]
}

/// What is there in the end.
#[derive(Debug, PartialEq)]
struct Result {
    status: String,
    output: String,
    objects: BTreeMap<String, Option<String>>,
    messages: Vec<String>,
}

pub(crate) async fn same(deployment: &Deployment) {
    let local = Local::start().await;
    for (comment, files, fault) in cases() {
        let there = Post::of(&deployment.simulator, comment, files);
        let here = Post::of(&local.simulator, comment, files);
        if let Some((times, fault)) = fault {
            deployment.simulator.fault(there.file(files.len() - 1), times, fault.clone());
            local.simulator.fault(here.file(files.len() - 1), times, fault);
        }
        there.deliver(deployment).await;
        assert!(local.simulator.deliver(&local.url, &here.event).await.is_acknowledged());
        assert_eq!(on_aws(deployment, &there).await, on_this_machine(&local, &here).await, "{comment}");
    }
}

async fn on_aws(deployment: &Deployment, post: &Post) -> Result {
    let (status, output) = deployment.ended("document-pipeline", &post.execution()).await;
    post.is_told(deployment).await;
    let mut objects = BTreeMap::new();
    for key in keys(post) {
        let object = deployment.find_object(&key).await;
        objects.insert(plain(&key, post), object.map(|bytes| text(bytes, post)));
    }
    let messages = post.told(deployment).iter().map(|message| plain(message, post)).collect();
    Result { status: status.as_str().to_owned(), output: sorted(&output, post), objects, messages }
}

async fn on_this_machine(local: &Local, post: &Post) -> Result {
    let (status, output) = local.ended(&post.execution()).await;
    let object = |key: &String| local.object(key).map(|bytes| text(bytes, post));
    let objects = keys(post).iter().map(|key| (plain(key, post), object(key))).collect();
    let thread = local.simulator.thread(&post.message.channel, &post.message.ts);
    let messages = thread.into_iter().filter(|message| message.bot_id.is_some());
    let messages = messages.map(|message| plain(&message.text, post)).collect();
    Result { status, output: sorted(&output, post), objects, messages }
}

fn keys(post: &Post) -> Vec<String> {
    let of_file =
        |index| [format!("files/{}", post.key(index)), format!("metadata/{}.json", post.key(index))];
    (0..post.files.len()).flat_map(of_file).collect()
}

fn text(bytes: Vec<u8>, post: &Post) -> String {
    plain(&String::from_utf8(bytes).unwrap(), post)
}

/// A document whose fields are in the order of their names: that order says nothing.
fn sorted(document: &Value, post: &Post) -> String {
    let mut document = document.clone();
    document.sort_all_objects();
    plain(&document.to_string(), post)
}

/// A text without what is different each time: ids, times, ports.
fn plain(text: &str, post: &Post) -> String {
    let ts = &post.message.ts;
    let mut text =
        text.replace(ts, "TS").replace(&ts.replace('.', ""), "TS").replace(&post.message.channel, "CHANNEL");
    text = text.replace(post.event["event_id"].as_str().unwrap(), "EVENT");
    for (index, file) in post.files.iter().enumerate() {
        text = text.replace(file, &format!("FILE{index}"));
    }
    for (pattern, name) in [(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"), (r"127\.0\.0\.1:\d+", "SLACK")] {
        text = Regex::new(pattern).unwrap().replace_all(&text, name).into_owned();
    }
    text
}
