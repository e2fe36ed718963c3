//! Slash commands: what comes after `/deploy` is what comes after `deploy` in a mention.

use std::{collections::BTreeMap, fmt::Write as _};

use ackflow_flows::{Configuration, Ignored, RouteError, Routing, route_slash_command};
use ackflow_schemas::slack::SlashCommand;
use proptest::prelude::*;
use url::form_urlencoded::Serializer;

use crate::{
    commands::{asked, mention},
    example::{self, EXAMPLE, NOW, ignored, missing, page, started},
    snapshots,
};

/// What people type after `/deploy`.
const TYPED: [&str; 18] = [
    "stg api",
    "prod web",
    "  stg   api  ",
    "STG Api",
    "“stg” `api`",
    "",
    "   ",
    "help",
    " HELP ",
    "status",
    "help me",
    "api stg",
    "stg",
    "stg api now",
    "deploy stg api",
    "sgt api",
    "stg apu",
    "&lt;stg&gt; api",
];

/// A slash command as Slack posts it, with some fields set.
fn command(fields: &[(&str, &str)]) -> SlashCommand {
    let mut form = BTreeMap::from([
        ("token", "legacy-token"),
        ("team_id", "T043DB835ML"),
        ("team_domain", "example"),
        ("channel_id", "C0OPS"),
        ("channel_name", "ops"),
        ("user_id", "U0DANA"),
        ("user_name", "dana"),
        ("command", "/deploy"),
        ("text", "stg api"),
        ("api_app_id", "A0442TUPHGR"),
        ("is_enterprise_install", "false"),
        ("response_url", "https://hooks.slack.com/commands/T043DB835ML/1/hush"),
        ("trigger_id", "13345224609.738474920.8088930838d88f008e0"),
    ]);
    form.extend(fields.iter().copied());
    let body = Serializer::new(String::new()).extend_pairs(form).finish();
    SlashCommand::parse(body.as_bytes()).unwrap()
}

fn routed(fields: &[(&str, &str)]) -> Result<Routing, RouteError> {
    route_slash_command(&command(fields), &EXAMPLE, NOW)
}

/// What a text after `/deploy` is taken to mean.
fn meant(text: &str) -> String {
    asked(&started(routed(&[("text", text)])))
}

#[test]
fn what_is_typed_after_the_command_is_what_is_meant() {
    let mut page = String::new();
    for text in TYPED {
        writeln!(page, "{text:?}\n    {}", meant(text)).unwrap();
    }
    snapshots("execution-input").bind(|| insta::assert_snapshot!("slash_commands", page));
}

#[test]
fn a_slash_command_becomes_this_execution() {
    let start = started(routed(&[]));
    assert!(!start.input.get().contains("hush"), "{}", start.input);
    snapshots("execution-input").bind(|| insta::assert_snapshot!("slash_command", page(&start)));
}

#[test]
fn one_command_is_one_execution_and_another_another() {
    let name = |trigger: &str| started(routed(&[("trigger_id", trigger)])).name;
    assert_eq!(name("1.2.a"), name("1.2.a"));
    assert_ne!(name("1.2.a"), name("1.2.b"));
}

#[test]
fn another_command_is_ignored() {
    assert_eq!(routed(&[("command", "/deployed")]), ignored(Ignored::OtherCommand));
    let mut mentions_alone = EXAMPLE.clone();
    mentions_alone.deploy.as_mut().unwrap().slash_command = None;
    let routing = route_slash_command(&command(&[]), &mentions_alone, NOW);
    assert_eq!(routing, ignored(Ignored::OtherCommand));
    let routing = route_slash_command(&command(&[]), &Configuration::default(), NOW);
    assert_eq!(routing, ignored(Ignored::SwitchedOff));
}

#[test]
fn a_missing_field_of_a_slash_command_is_named() {
    for field in ["channel_id", "team_id", "trigger_id", "user_id"] {
        assert_eq!(routed(&[(field, "")]), missing(field));
    }
}

proptest! {
    #[test]
    fn every_text_is_answered(text in "(?s).{0,200}") {
        prop_assert!(!meant(&text).is_empty());
    }

    #[test]
    fn a_mention_means_the_same(text in "(stg|prod|sgt|api|web|apu)( (stg|prod|api|web|apu|now)){0,3}") {
        let mentioned = asked(&started(example::routed(&mention(&format!("@bot deploy {text}")))));
        prop_assert_eq!(meant(&text), mentioned);
    }
}
