//! The same posts on the local engine and on the stand-in's own interpreter of the States Language: same states in the
//! end, same outputs, same objects, same messages.

pub(super) mod bot;
mod side;

use std::collections::BTreeMap;

use ackflow::simulator::{Fault, PostedMessage};
use regex_lite::Regex;
use serde_json::Value;

use self::side::Side;
use crate::{
    deployment::{Deployment, until},
    local::Local,
    post::Post,
};

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
        let (aws, local) = (Side::Aws(deployment), Side::Local(&local));
        aws.deliver(&there.event).await;
        local.deliver(&here.event).await;
        assert_eq!(seen(aws, &there).await, seen(local, &here).await, "{comment}");
    }
}

async fn seen(side: Side<'_>, post: &Post) -> Result {
    let names = names(post);
    let (status, output) = side.ended("document-pipeline", &post.execution()).await;
    let messages = until("the message in the thread", async || {
        Some(side.told(&post.message)).filter(|told| !told.is_empty())
    })
    .await;
    let mut objects = BTreeMap::new();
    for key in keys(post) {
        let object = side.object(&key).await.map(|bytes| String::from_utf8(bytes).unwrap());
        objects.insert(plain(&key, &names), object.map(|object| plain(&object, &names)));
    }
    let messages = messages.iter().map(|message| plain(message, &names)).collect();
    Result { status, output: sorted(&output, &names), objects, messages }
}

fn keys(post: &Post) -> Vec<String> {
    let of_file =
        |index| [format!("files/{}", post.key(index)), format!("metadata/{}.json", post.key(index))];
    (0..post.files.len()).flat_map(of_file).collect()
}

/// Ids, each with a name that it has on both sides.
type Names = Vec<(String, String)>;

fn names(post: &Post) -> Names {
    let mut names = names_of(&post.event, Some(&post.message));
    names.extend(post.files.iter().enumerate().map(|(index, file)| (file.clone(), format!("FILE{index}"))));
    names
}

/// The names of an event, and of the message that it is about.
fn names_of(event: &Value, message: Option<&PostedMessage>) -> Names {
    let mut names = vec![(event["event_id"].as_str().unwrap().to_owned(), "EVENT".to_owned())];
    if let Some(PostedMessage { channel, ts, .. }) = message {
        names.push((ts.clone(), "TS".to_owned()));
        names.push((ts.replace('.', ""), "TS".to_owned()));
        names.push((channel.clone(), "CHANNEL".to_owned()));
    }
    names
}

/// A document whose fields are in the order of their names: that order says nothing.
fn sorted(document: &Value, names: &Names) -> String {
    let mut document = document.clone();
    document.sort_all_objects();
    plain(&document.to_string(), names)
}

/// What else is different each time.
const PATTERNS: [(&str, &str); 5] = [
    (r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)", "TIME"),
    (r"<!date\^[^>]*>", "TIME"),
    (r"\bin \d+ s\b", "in N s"),
    (r"127\.0\.0\.1:\d+", "SLACK"),
    (r#""token":"[^"]*""#, r#""token":"TOKEN""#),
];

/// A text without what is different each time: ids, times, ports, tokens.
fn plain(text: &str, names: &Names) -> String {
    let mut text = text.to_owned();
    for (id, name) in names {
        text = text.replace(id, name);
    }
    for (pattern, name) in PATTERNS {
        text = Regex::new(pattern).unwrap().replace_all(&text, name).into_owned();
    }
    text
}
