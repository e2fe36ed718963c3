//! What people say to the bot, and what it takes them to mean.

use std::{collections::BTreeSet, fmt::Write as _};

use ackflow_flows::{Configuration, Ignored, StartRequest};
use ackflow_schemas::devops::{CommandRequest, DeployRequest, Question};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    example::{EXAMPLE, NOW, ignored, input, missing, page, routed, routed_by, started},
    payloads::envelope,
    snapshots,
};

/// What people type. `@bot` stands for a mention of the bot.
const TYPED: [&str; 48] = [
    // The mention, wherever it stands.
    "@bot deploy stg api",
    "deploy stg api @bot",
    "deploy @bot stg api",
    "hey @bot deploy stg api",
    "@bot deploy stg api @bot",
    "@botdeploy stg api",
    "<@U0442US8QGH|ackflow> deploy stg api",
    "@bot, deploy stg api",
    // Mentions of somebody else.
    "<@U0DANA> @bot deploy stg api",
    "@bot deploy stg api <@U0DANA>",
    "@bot deploy stg <@U0DANA>",
    "@bot <!here> <#C0OPS|ops>",
    "@bot deploy <@ api",
    // Capitals, spaces, quotes.
    "@bot Deploy STG Api",
    "  @bot   deploy\tstg    api  ",
    "@bot\ndeploy\r\nstg\n\napi",
    "@bot deploy\u{a0}stg\u{a0}api",
    "@bot deploy “stg” ‘api’",
    "@bot „deploy“ «stg» 'api'",
    "@bot `deploy stg api`",
    "@bot deploy \"stg\" \"\" api",
    // What Slack escapes.
    "@bot deploy stg &lt;api&gt;",
    "@bot deploy stg a&amp;i",
    "@bot deploy stg &amp;lt;api",
    // Questions.
    "@bot",
    "@bot help",
    "@bot HELP me, please",
    "@bot status",
    "@bot Status of prod?",
    // What waits for an approval.
    "@bot deploy prod api",
    "@bot deploy prod web",
    // What there is none of.
    "@bot deplyo stg api",
    "@bot restart api",
    "@bot /deploy stg api",
    "@bot deploy sgt api",
    "@bot deploy moon api",
    "@bot deploy stg apu",
    "@bot deploy stg api.",
    "@bot deploy stg billing",
    // Words in another order, too few, too many.
    "@bot deploy api stg",
    "@bot stg deploy api",
    "@bot deploy",
    "@bot deploy stg",
    "@bot deploy stg api now",
    // Emoji.
    "@bot deploy stg api :rocket:",
    "@bot 🚀",
    "@bot deploy 🚀 api",
    "@bot deploy stg 🚀🚀",
];

/// Somebody writes a text that mentions the bot.
pub(crate) fn mention(text: &str) -> Value {
    envelope(&json!({
        "type": "app_mention",
        "user": "U0DANA",
        "text": text.replace("@bot", "<@U0442US8QGH>"),
        "ts": "1767225599.000100",
        "channel": "C0OPS",
        "event_ts": "1767225599.000100",
    }))
}

/// The mention with a field set, or taken away by null.
fn mention_with(field: &str, value: impl Into<Value>) -> Value {
    let mut payload = mention("@bot deploy prod api");
    payload["event"][field] = value.into();
    payload
}

/// What an execution is asked to do, in a line.
pub(crate) fn asked(start: &StartRequest) -> String {
    if start.flow == "deployments" {
        let DeployRequest { order } = input(start);
        let approval = if order.needs_approval { ", once approved" } else { "" };
        return format!("deploys {} to {}{approval}", order.service, order.environment);
    }
    assert_eq!(start.flow, "commands");
    match input::<CommandRequest>(start).question {
        Question::Help => "help".to_owned(),
        Question::Status => "status".to_owned(),
        Question::NotUnderstood(problem) => problem,
    }
}

/// What the bot takes a text to mean.
fn meant(text: &str) -> String {
    asked(&started(routed(&mention(text))))
}

#[test]
fn what_is_typed_is_what_is_meant() {
    let mut page = String::new();
    for text in TYPED {
        writeln!(page, "{text:?}\n    {}", meant(text)).unwrap();
    }
    snapshots("execution-input").bind(|| insta::assert_snapshot!("commands", page));
}

#[test]
fn a_command_becomes_this_execution() {
    let in_thread = mention_with("thread_ts", "1767220000.000100");
    let cases = [
        ("deploy_at_once", mention("@bot deploy stg api")),
        ("deploy_once_approved", in_thread),
        ("command_not_understood", mention("@bot deploy stg apu")),
    ];
    for (case, payload) in cases {
        let page = page(&started(routed(&payload)));
        snapshots("execution-input").bind(|| insta::assert_snapshot!(case, page));
    }
}

#[test]
fn where_slack_does_not_tell_who_the_bot_is_the_first_mention_is_it() {
    let somebody_else = json!([{ "team_id": "T043DB835ML", "user_id": "U0ADMIN", "is_bot": false }]);
    for authorizations in [Value::Null, json!([]), somebody_else] {
        let meant = |text: &str| {
            let mut payload = mention(text);
            payload["authorizations"] = authorizations.clone();
            asked(&started(routed(&payload)))
        };
        assert_eq!(meant("<@U0BOT> deploy stg api"), "deploys api to stg");
        assert_eq!(meant("deploy <@U0BOT|ackflow> stg api <@U0BOT>"), "deploys api to stg");
        assert!(meant("<@U0BOT> deploy stg <@U0DANA>").contains("`<@u0dana>`"));
    }
}

#[test]
fn a_service_is_deployed_to_its_own_environments_alone() {
    let mut configuration = EXAMPLE.clone();
    let services = &mut configuration.deploy.as_mut().unwrap().services;
    services.get_mut("api").unwrap().environments = BTreeSet::from(["prod".to_owned()]);
    let meant = |text: &str| asked(&started(routed_by(&configuration, &mention(text), NOW)));
    assert_eq!(meant("@bot deploy prod api"), "deploys api to prod, once approved");
    assert_eq!(meant("@bot deploy stg api"), "`api` is not deployed to `stg`, but to `prod`.");
    assert_eq!(meant("@bot deploy stg apu"), "There is no service `apu`: there is web.");
}

#[test]
fn noise_is_answered_in_a_line() {
    let noise = "x`é".repeat(1_000);
    let texts = [
        noise.clone(),
        "lorem ".repeat(500),
        "deploy ".repeat(400),
        format!("deploy {noise} api"),
        format!("deploy stg {noise}"),
    ];
    for text in texts {
        let answer = meant(&format!("@bot {text}"));
        assert!(answer.chars().count() < 200 && answer.lines().count() == 1, "{answer}");
        assert_eq!(answer.matches('`').count() % 2, 0, "what is quoted ends nowhere: {answer}");
    }
}

#[test]
fn a_secret_is_not_repeated() {
    for command in ["KEY", "deploy KEY api", "deploy stg KEY"] {
        let answer = meant(&format!("@bot {command}").replace("KEY", "AKIAIOSFODNN7EXAMPLE"));
        assert!(answer.contains("`akiaio…`"), "{answer}");
    }
}

#[test]
fn a_command_is_heard_once_and_from_people_alone() {
    let edited = mention_with("edited", json!({ "user": "U0DANA", "ts": "1767225660.000000" }));
    assert_eq!(routed(&edited), ignored(Ignored::Edited));
    assert_eq!(routed(&mention_with("bot_id", "B0CI")), ignored(Ignored::FromBot));
    assert_eq!(
        routed(&mention_with("user", "U0442US8QGH")),
        ignored(Ignored::FromBot),
        "this bot's own user"
    );
    let switched_off = routed_by(&Configuration::default(), &mention("@bot deploy stg api"), NOW);
    assert_eq!(switched_off, ignored(Ignored::SwitchedOff));
}

#[test]
fn a_missing_field_of_a_command_is_named() {
    for field in ["channel", "ts", "user"] {
        assert_eq!(routed(&mention_with(field, Value::Null)), missing(&format!("event.{field}")));
    }
    for field in ["event_id", "team_id"] {
        let mut payload = mention("@bot deploy stg api");
        payload[field] = Value::Null;
        assert_eq!(routed(&payload), missing(field));
    }
    assert_eq!(asked(&started(routed(&mention_with("text", Value::Null)))), "help");
}

/// What commands, mentions and entities are made of.
const PIECES: &[&str] = &[
    " ",
    "\u{a0}",
    "@bot",
    "<@",
    ">",
    "|",
    "<@U0DANA>",
    "&lt;",
    "&amp;",
    "`",
    "“",
    "deploy",
    "help",
    "status",
    "stg",
    "prod",
    "api",
    "web",
];

/// Any text, and any row of pieces.
fn any_text() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select::<&str>(PIECES), 0..12);
    prop_oneof!["(?s).{0,200}", pieces.prop_map(|pieces| pieces.concat())]
}

proptest! {
    #[test]
    fn every_text_is_answered(text in any_text()) {
        let start = started(routed(&mention(&text)));
        prop_assert!(!asked(&start).is_empty());
    }

    #[test]
    fn only_what_is_configured_is_deployed(text in any_text()) {
        let start = started(routed(&mention(&format!("@bot deploy {text}"))));
        if start.flow == "deployments" {
            let (deploy, DeployRequest { order }) = (EXAMPLE.deploy.as_ref().unwrap(), input(&start));
            let environment = &deploy.environments[&order.environment];
            prop_assert!(deploy.service(&order.service).unwrap().is_in(&order.environment));
            prop_assert_eq!(order.needs_approval, environment.needs_approval);
            prop_assert_eq!(order.leads_channel.is_some(), environment.needs_approval);
        }
    }
}
