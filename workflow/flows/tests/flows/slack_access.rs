//! Scopes and events, held against what Slack documents.

use std::collections::BTreeSet;

use ackflow_flows::{Configuration, Documents, Method, Onboarding, functions, scopes_of_event, slack_access};
use serde_json::Value;

use crate::{shared, snapshots};

/// The events that flows may be started by.
const EVENTS: [&str; 9] = [
    "app_mention",
    "member_joined_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
    "team_join",
];

/// Scopes that Slack documents for a method or an event, and that nobody is asked for: they are for kinds of
/// conversation that it is not used for, or allow more than what it is used for.
const NOT_ASKED: [(&str, &[&str]); 5] = [
    ("conversations.info", &["im:read", "mpim:read"]),
    ("conversations.invite", &["channels:manage", "groups:write", "im:write", "mpim:write"]),
    ("conversations.list", &["im:read", "mpim:read"]),
    ("conversations.open", &["channels:manage", "groups:write", "mpim:write"]),
    ("member_joined_channel", &["mpim:read"]),
];

/// The scopes that a method or an event needs by Slack's documentation, but for those that are not asked for.
fn needed(name: &str, documented: &Value) -> BTreeSet<String> {
    let mut needed: BTreeSet<String> = strings(documented).collect();
    let not_asked = NOT_ASKED.iter().find(|(of, _)| *of == name).map(|(_, scopes)| *scopes);
    for &scope in not_asked.unwrap_or_default() {
        assert!(needed.remove(scope), "Slack does not document {scope} for {name}");
    }
    needed
}

fn strings(array: &Value) -> impl Iterator<Item = String> + '_ {
    array.as_array().into_iter().flatten().map(|text| text.as_str().expect("a string").to_owned())
}

fn set(scopes: &[&str]) -> BTreeSet<String> {
    scopes.iter().map(|&scope| scope.to_owned()).collect()
}

#[test]
fn every_method_asks_for_the_scopes_that_slack_documents() {
    let Some(methods) = shared::json("specs/methods.json") else { return };
    for method in Method::ALL {
        let name = method.name();
        let documented = methods.get(name).unwrap_or_else(|| panic!("Slack documents no method {name}"));
        assert_eq!(set(method.scopes()), needed(name, &documented["scopes"]["bot"]), "{name}");
    }
}

#[test]
fn every_event_asks_for_the_scopes_that_slack_documents() {
    let Some(events) = shared::json("specs/events-scopes.json") else { return };
    for event in EVENTS {
        let documented = events.get(event).unwrap_or_else(|| panic!("Slack documents no event {event}"));
        assert!(strings(&documented["apis"]).any(|api| api == "Events"), "{event} is not for the Events API");
        assert_eq!(set(scopes_of_event(event)), needed(event, &documented["scopes"]), "{event}");
    }
}

#[test]
fn the_app_asks_for_no_scope_that_no_event_and_no_method_needs() {
    for configuration in [Configuration::default(), example()] {
        let access = slack_access(&configuration);
        let mut needed = BTreeSet::from(["files:read", "commands"]);
        for &event in &access.bot_events {
            assert!(EVENTS.contains(&event), "the scopes of {event} are held against no documentation");
            needed.extend(scopes_of_event(event));
        }
        for method in functions().iter().flat_map(|function| function.slack_methods) {
            needed.extend(method.scopes());
        }
        let spare: Vec<_> = access.bot_scopes.difference(&needed).collect();
        assert!(spare.is_empty(), "{spare:?}");
    }
}

/// The example of a whole configuration.
fn example() -> Configuration {
    let text = include_str!("../../../../ackflow.example.toml");
    Configuration::parse(text, "ackflow.example.toml").unwrap()
}

#[test]
fn reading_files_needs_its_scope() {
    assert!(slack_access(&Configuration::default()).bot_scopes.contains("files:read"));
}

#[test]
fn the_app_asks_slack_for_this() {
    for (case, configuration) in
        [("slack_access_by_default", Configuration::default()), ("slack_access_of_the_example", example())]
    {
        let access = serde_json::to_string_pretty(&slack_access(&configuration)).unwrap();
        snapshots("synth").bind(|| insta::assert_snapshot!(case, access));
    }
}

#[test]
fn each_section_adds_exactly_its_scopes() {
    let (whole, onboarding) = (example(), example().onboarding.unwrap());
    let nothing = Configuration { documents: Documents { enabled: false }, ..Configuration::default() };
    let onboards = |wanted| Configuration { onboarding: Some(wanted), ..nothing.clone() };
    let sections: [(&str, Configuration, &[&str]); 6] = [
        ("documents", Configuration::default(), &["files:read"]),
        (
            "deploy",
            Configuration { deploy: whole.deploy.clone(), ..nothing.clone() },
            &["app_mentions:read", "commands", "im:write"],
        ),
        (
            "moderation",
            Configuration { moderation: whole.moderation.clone(), ..nothing.clone() },
            &["im:write"],
        ),
        (
            "onboarding without guides",
            onboards(Onboarding { guides: Vec::new(), ..onboarding.clone() }),
            &["channels:write.invites", "groups:write.invites", "im:write", "users:read"],
        ),
        (
            "guides alone",
            onboards(Onboarding { guides: onboarding.guides, ..Onboarding::default() }),
            &["channels:read", "groups:read", "im:write"],
        ),
        ("votes", Configuration { votes: whole.votes.clone(), ..nothing.clone() }, &["reactions:read"]),
    ];
    let base = slack_access(&nothing).bot_scopes;
    let mut all = base.clone();
    for (section, configuration, expected) in sections {
        let scopes = slack_access(&configuration).bot_scopes;
        assert_eq!(scopes.difference(&base).copied().collect::<Vec<_>>(), expected, "{section}");
        all.extend(scopes);
    }
    assert_eq!(slack_access(&whole).bot_scopes, all, "together they add nothing more");
}

#[test]
fn a_mention_alone_needs_no_slash_command() {
    let mut mentions_alone = example();
    mentions_alone.deploy.as_mut().unwrap().slash_command = None;
    let access = slack_access(&mentions_alone);
    assert!(access.commands.is_empty() && !access.bot_scopes.contains("commands"));
    assert!(access.interactivity, "approvals have buttons all the same");
}
